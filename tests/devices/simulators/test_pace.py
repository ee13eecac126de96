"""How bytes come along the line: byte by byte, late, in the chunks of a UART or of a USB adapter."""

import math

import pytest

from devices.contract import Link
from devices.simulators.actor import Said
from devices.simulators.faults import parse_faults
from devices.simulators.pace import OUTBOX, STORE, USB_PACKET, Pace

PLAIN, EVEN = Link(9600), Link(9600, parity="E")
HANDSHAKE = Link(19200, parity="E", handshake="rtscts")
BYTES = bytes(range(100))


def pieces(*faults, link=PLAIN, raw=BYTES, seed=1):
    """Return when each piece of a record of second 10 reaches the logger, and the piece."""
    pace, came = Pace(parse_faults(faults), link, seed), []
    pace.take(Said(10.0, raw))
    while (at := pace.due(10.0)) < math.inf:
        came += [(at, piece) for piece, _ in pace.reached(at)]
    return came


def whole(came):
    return b"".join(piece for _, piece in came)


def test_without_a_fault_a_record_comes_at_once():
    assert pieces() == [(10.0, BYTES)]


@pytest.mark.parametrize(("link", "bits"), [(PLAIN, 10), (EVEN, 11), (Link(9600, 7, "E"), 10)])
def test_a_byte_takes_ten_bits_or_eleven(link, bits):
    came = pieces("paced@0", link=link)
    assert [piece for _, piece in came] == [bytes([byte]) for byte in BYTES]
    assert came[-1][0] == pytest.approx(10.0 + 100 * bits / 9600)


def test_a_ninth_bit_that_is_always_mark_makes_bytes_longer_and_changes_none():
    came = pieces("mark_parity@0")
    assert whole(came) == BYTES
    assert came[-1][0] == pytest.approx(10.0 + 100 * 11 / 9600)


def test_jitter_makes_bytes_late_and_keeps_their_order():
    came = pieces("jitter@0")
    assert whole(came) == BYTES
    assert came[-1][0] > 10.0 + 100 * 10 / 9600
    assert [at for at, _ in came] == sorted(at for at, _ in came)


def test_a_uart_hands_over_what_its_store_holds():
    came = pieces("chunks@0")
    assert whole(came) == BYTES
    assert {len(piece) for _, piece in came} <= set(range(1, STORE + 1))
    assert len({len(piece) for _, piece in came}) > 1


def test_a_usb_adapter_hands_over_what_came_in_sixteen_milliseconds():
    first, *_ = pieces("usb_latency@0", raw=bytes(200))
    assert (first[0], len(first[1])) == (pytest.approx(10.0 + 10 / 9600 + 0.016), 16)


def test_a_usb_adapter_hands_over_sixty_two_bytes_of_a_quick_line():
    came = pieces("usb_latency@0", link=Link(115200), raw=bytes(200))
    assert [len(piece) for _, piece in came] == [USB_PACKET] * 3 + [14]


def test_a_record_waits_until_the_one_before_it_is_over():
    pace = Pace(parse_faults(["paced@0"]), PLAIN, 1)
    pace.take(Said(10.0, b"aa"))
    pace.take(Said(10.0, b"bb"))
    assert b"".join(piece for piece, _ in pace.reached(11.0)) == b"aabb"


@pytest.mark.parametrize("fault", ["jitter", "chunks"])
def test_the_same_seed_paces_alike(fault):
    assert pieces(f"{fault}@0") == pieces(f"{fault}@0") != pieces(f"{fault}@0", seed=2)


def test_a_device_waits_for_rts():
    pace = Pace(parse_faults(["rts_off@10+5"]), HANDSHAKE, 1)
    pace.take(Said(11.0, b"x"))
    assert (list(pace.reached(14.9)), pace.due(11.0)) == ([], 15.0)
    assert [piece for piece, _ in pace.reached(15.0)] == [b"x"]


def test_what_has_no_room_while_it_waits_is_lost_whole():
    pace = Pace(parse_faults(["rts_off@0+60"]), HANDSHAKE, 1)
    kept, lost = Said(1.0, bytes(OUTBOX)), Said(2.0, b"x")
    pace.take(kept)
    pace.take(lost)
    assert list(pace.reached(61.0)) == [(kept.raw, kept), (None, lost)]


def test_a_device_without_a_handshake_does_not_look_at_rts():
    pace = Pace((), PLAIN, 1)
    pace.rts = False
    assert not pace.blocked(0.0)
