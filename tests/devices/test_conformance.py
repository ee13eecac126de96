"""The law of every decoder, asked of every adapter that the registry finds; see devices/contract.py."""

from __future__ import annotations

from functools import cache

import device_captures
import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices import registry
from devices.contract import Adapter, Decoder, Event, Frame, Quality, Reading, Send, Unread, completed, decode
from devices.vocabulary import unit_of

NAMES = registry.names()
MANY = 6
"""Records of a capture that the tests with many examples look at."""


@cache
def capture(name: str) -> device_captures.Capture:
    return device_captures.capture(name)


def protected(how: str) -> list[str]:
    with_capture = [name for name in NAMES if (device_captures.FOLDER / f"{name}.json").exists()]
    return [name for name in with_capture if capture(name).protection == how]


@cache
def opening(name: str) -> list[bytes]:
    """A piece of the capture that says numbers: its records up to a few after the first of them."""
    held = capture(name)
    first = next(number for number, told in enumerate(held.told) if told)
    return held.records[: first + MANY]


def read(adapter: Adapter, chunks: list[bytes]) -> tuple[list[Event], bytes]:
    decoder: Decoder = adapter.decoder()
    return decode(decoder, chunks) + completed(decoder), decoder.pending


def frames(events: list[Event]) -> list[Frame]:
    return [event for event in events if isinstance(event, Frame)]


def numbers(frame: Frame) -> dict[tuple[str, str], float | None]:
    return {(reading.vital, reading.variant): reading.value for reading in frame.readings}


def named(told: device_captures.Told) -> tuple[str, str]:
    return told["vital"], told.get("variant", "")


def raw_of(events: list[Event], pending: bytes) -> bytes:
    return b"".join(event.raw for event in events if not isinstance(event, Send)) + pending


def assert_lawful(reading: Reading, name: str) -> None:
    if reading.vital.startswith("local:"):
        assert reading.vital.startswith(f"local:{name}:")
        assert reading.unit
    else:
        assert unit_of(reading.vital) is not None, f"{reading.vital} is not in the vocabulary"
        assert reading.unit is None, "a unit is written once, in the vocabulary"
    if reading.value is None:
        assert reading.reason, f"{reading.vital} has no value and says not why"
        assert reading.quality is Quality.INVALID


@st.composite
def damaged(draw: st.DrawFn, good: bytes) -> bytes:
    """Good bytes with a few flips, deletions, insertions, and perhaps their end cut off."""
    raw = bytearray(good)
    for kind in draw(st.lists(st.sampled_from(["flip", "delete", "insert", "cut"]), min_size=1, max_size=4)):
        at = draw(st.integers(0, max(0, len(raw) - 1)))
        if kind == "flip" and raw:
            raw[at] ^= 1 << draw(st.integers(0, 7))
        elif kind == "delete":
            del raw[at : at + draw(st.integers(1, 8))]
        elif kind == "insert":
            raw[at:at] = draw(st.binary(min_size=1, max_size=8))
        elif kind == "cut" and draw(st.booleans()):
            del raw[at:]
    return bytes(raw)


@pytest.mark.parametrize("name", NAMES)
def test_every_adapter_has_a_capture_that_says_numbers(name):
    assert any(capture(name).told), f"no record of tests/captures/{name}.json holds a reading"


@pytest.mark.parametrize("name", NAMES)
def test_a_capture_says_what_stands_beside_it(name):
    held = capture(name)
    events, pending = read(registry.adapter(name), held.records)
    assert pending == b""
    assert not [event for event in events if isinstance(event, Unread)]
    for frame, told in zip(frames(events), held.told, strict=True):
        said = {(reading.vital, reading.variant): reading for reading in frame.readings}
        for reading in told:
            found = said[named(reading)]
            assert (found.value, found.reason) == (reading["value"], reading.get("reason")), reading


@pytest.mark.parametrize("name", NAMES)
def test_an_adapter_reads_only_what_it_declares(name):
    adapter = registry.adapter(name)
    events, _ = read(adapter, capture(name).records)
    assert {reading.vital for frame in frames(events) for reading in frame.readings} <= set(adapter.vitals)
    assert adapter.name == name
    for frame in frames(events):
        for reading in frame.readings:
            assert_lawful(reading, name)
        said = [(reading.vital, reading.variant) for reading in frame.readings]
        assert len(said) == len(set(said)), "two readings of one frame can't be told apart"


@pytest.mark.parametrize("name", NAMES)
def test_an_adapter_may_send_what_it_asks_and_nothing_else(name):
    adapter = registry.adapter(name)
    decoder = adapter.decoder()
    asks = hasattr(decoder, "opening")
    sends = [*decoder.opening(), *decoder.due(1.0), *decoder.due(3600.0)] if asks else []
    sends += [event for event in decode(decoder, capture(name).records) if isinstance(event, Send)]
    assert all(adapter.permits(send.raw) for send in sends)
    assert bool(sends) == bool(adapter.may_send)
    assert not any(adapter.permits(send.raw + b"\0") or adapter.permits(send.raw[:-1]) for send in sends)


@pytest.mark.parametrize("name", NAMES)
@given(data=st.data())
def test_events_are_the_same_for_any_chunking(name, data):
    adapter, whole = registry.adapter(name), b"".join(opening(name))
    cuts = sorted(data.draw(st.sets(st.integers(0, len(whole)), max_size=12)))
    chunks = [whole[a:b] for a, b in zip([0, *cuts], [*cuts, len(whole)], strict=True)]
    assert read(adapter, chunks) == read(adapter, [whole])


@pytest.mark.parametrize("name", NAMES)
def test_events_are_the_same_byte_by_byte(name):
    adapter, whole = registry.adapter(name), b"".join(opening(name))
    assert read(adapter, [whole[at : at + 1] for at in range(len(whole))]) == read(adapter, [whole])


@pytest.mark.parametrize("name", NAMES)
@given(data=st.data())
def test_damage_is_an_answer_that_tiles_and_keeps_to_any_chunking(name, data):
    adapter = registry.adapter(name)
    raw = data.draw(damaged(b"".join(opening(name))))
    size = data.draw(st.integers(1, 64))
    events, pending = read(adapter, [raw])
    assert raw_of(events, pending) == raw
    assert read(adapter, [raw[at : at + size] for at in range(0, len(raw), size)]) == (events, pending)
    for frame in frames(events):
        for reading in frame.readings:
            assert_lawful(reading, name)


@pytest.mark.parametrize("name", NAMES)
@given(raw=st.binary(max_size=4000))
def test_arbitrary_bytes_tile_and_raise_nothing(name, raw):
    assert raw_of(*read(registry.adapter(name), [raw])) == raw


@pytest.mark.parametrize("name", NAMES)
def test_what_stays_pending_has_a_bound(name):
    for byte in (b"\0", b"\x7e", b"\xff", b"\x01", b"a", b"\r"):
        _, pending = read(registry.adapter(name), [byte * 20_000])
        assert len(pending) < 5_000, f"{len(pending)} bytes of {byte!r} are held back"


@pytest.mark.parametrize("name", NAMES)
@given(garbage=st.binary(min_size=1, max_size=150))
def test_garbage_costs_one_good_record_at_most(name, garbage):
    adapter, records = registry.adapter(name), capture(name).records
    clean = [numbers(frame) for frame in frames(read(adapter, records)[0])]
    after = [numbers(frame) for frame in frames(read(adapter, [garbage, *records])[0])]
    assert after[-(len(clean) - 1) :] == clean[1:]


@pytest.mark.parametrize("name", protected("checksum"))
@given(data=st.data())
def test_a_flipped_bit_makes_no_number_where_there_is_a_checksum(name, data):
    adapter, raw = registry.adapter(name), bytearray(b"".join(opening(name)))
    clean = [numbers(frame) for frame in frames(read(adapter, [bytes(raw)])[0])]
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    assert all(numbers(frame) in clean for frame in frames(read(adapter, [bytes(raw)])[0]))


@pytest.mark.parametrize("name", protected("width"))
def test_a_lost_byte_makes_no_other_number_where_fields_have_a_width(name):
    adapter = registry.adapter(name)
    for record in opening(name):
        clean = [numbers(frame) for frame in frames(read(adapter, [record])[0])]
        for at in range(len(record)):
            broken, _ = read(adapter, [record[:at] + record[at + 1 :]])
            for frame in frames(broken):
                assert numbers(frame).items() <= clean[0].items(), f"byte {at} lost: {frame}"


@pytest.mark.parametrize("name", NAMES)
def test_a_missing_value_is_never_zero(name):
    adapter, held = registry.adapter(name), capture(name)
    for frame, told in zip(frames(read(adapter, held.records)[0]), held.told, strict=True):
        missing = {named(reading) for reading in told if reading["value"] is None}
        assert all(numbers(frame)[key] is None for key in missing)
