"""The laws of every decoder, for the conformance tests and for the fuzzing; see devices/contract.py.

A law takes an adapter and bytes, and raises AssertionError where the decoder breaks it.
"""

from __future__ import annotations

from functools import cache

import device_captures

from devices import registry
from devices.contract import Adapter, Decoder, Event, Frame, Quality, Reading, Send, completed, decode
from devices.vocabulary import unit_of

AFTER = 5
"""Records of a capture, after the first that says a number, that the tests with many examples look at."""
LONG = 20_000
"""Bytes after which a decoder that holds back all it gets would be seen."""
MOST_HELD = 5_000
"""Bytes that a decoder may hold back."""


@cache
def capture(name: str) -> device_captures.Capture:
    """Return an adapter's capture, read once."""
    return device_captures.capture(name)


def protected(how: str) -> list[str]:
    """Return the adapters whose capture says that it is protected in this way."""
    with_capture = [name for name in registry.names() if (device_captures.FOLDER / f"{name}.json").exists()]
    return [name for name in with_capture if capture(name).protection == how]


@cache
def opening(name: str) -> list[bytes]:
    """Return a piece of the capture that says numbers: its records up to a few after the first of them."""
    held = capture(name)
    first = next(number for number, told in enumerate(held.told) if told)
    return held.records[: first + 1 + AFTER]


def read(adapter: Adapter, chunks: list[bytes]) -> tuple[list[Event], bytes]:
    """Return what a fresh decoder makes of *chunks* and of their end, and what it holds back."""
    decoder: Decoder = adapter.decoder()
    return decode(decoder, chunks) + completed(decoder), decoder.pending


def frames(events: list[Event]) -> list[Frame]:
    """Return the good records."""
    return [event for event in events if isinstance(event, Frame)]


def numbers(frame: Frame) -> dict[tuple[str, str], float | None]:
    """Return a frame's values by vital and variant."""
    return {(reading.vital, reading.variant): reading.value for reading in frame.readings}


def raw_of(events: list[Event], pending: bytes) -> bytes:
    """Return the bytes that were taken, as the events and the rest give them back."""
    return b"".join(event.raw for event in events if not isinstance(event, Send)) + pending


def pieces(raw: bytes, size: int) -> list[bytes]:
    """Return *raw* in chunks of *size* bytes."""
    return [raw[at : at + size] for at in range(0, len(raw), size)]


def assert_lawful(reading: Reading, name: str) -> None:
    """A reading has a name and a unit, and says why where it has no value."""
    if reading.vital.startswith("local:"):
        assert reading.vital.startswith(f"local:{name}:")
        assert reading.unit
    else:
        assert unit_of(reading.vital) is not None, f"{reading.vital} is not in the vocabulary"
        assert reading.unit is None, "a unit is written once, in the vocabulary"
    if reading.value is None:
        assert reading.reason, f"{reading.vital} has no value and says not why"
        assert reading.quality is Quality.INVALID


def assert_tiles(adapter: Adapter, raw: bytes) -> None:
    """No bytes raise anything, and all of them come back, in order."""
    assert raw_of(*read(adapter, [raw])) == raw


def assert_same_in_pieces(adapter: Adapter, raw: bytes, chunks: list[bytes]) -> None:
    """How the bytes are cut makes no difference."""
    (events, pending), (whole, rest) = read(adapter, chunks), read(adapter, [raw])
    for event, meant in zip(events, whole, strict=False):
        assert event == meant, f"in pieces of {[len(chunk) for chunk in chunks[:9]]}: {event}, whole: {meant}"
    assert (len(events), pending) == (len(whole), rest)


def assert_any_bytes_are_an_answer(adapter: Adapter, raw: bytes, size: int) -> None:
    """They tile, are the same in pieces of *size*, and what they say is lawful."""
    assert_tiles(adapter, raw)
    assert_same_in_pieces(adapter, raw, pieces(raw, size))
    for frame in frames(read(adapter, [raw])[0]):
        for reading in frame.readings:
            assert_lawful(reading, adapter.name)


def assert_bounded(adapter: Adapter, over_and_over: bytes) -> None:
    """What is held back has a bound, however long such bytes go on."""
    decoder = adapter.decoder()
    decode(decoder, [over_and_over * (LONG // len(over_and_over))])
    held = len(decoder.pending)
    assert held < MOST_HELD, f"{held} bytes of {over_and_over[:40]!r} over and over are held back"


def assert_no_number_from_a_broken_byte(adapter: Adapter, at: int, flipped: int) -> None:
    """With bits of one byte flipped, the opening of a capture with a checksum says no other numbers."""
    raw = bytearray(b"".join(opening(adapter.name)))
    clean = [numbers(frame) for frame in frames(read(adapter, [bytes(raw)])[0])]
    raw[at % len(raw)] ^= flipped
    for frame in frames(read(adapter, [bytes(raw)])[0]):
        assert numbers(frame) in clean, f"byte {at % len(raw)} ^ {flipped:#04x}: {frame}"


def assert_law_chosen_by(told: bytes, adapter: Adapter) -> None:
    """Ask one law of a decoder: the first three bytes of *told* choose it, the rest is read.

    This is what a fuzzer mutates, and so finds its own way to every law.
    """
    if len(told) < 4:
        return
    choice, first, second, rest = told[0] % 4, told[1], told[2], told[3:]
    if choice == 0 and adapter.name in protected("checksum"):
        assert_no_number_from_a_broken_byte(adapter, first << 8 | second, 1 << rest[0] % 8)
    elif choice == 1:
        assert_bounded(adapter, rest)
    else:
        assert_any_bytes_are_an_answer(adapter, rest, 1 + first % 64)
