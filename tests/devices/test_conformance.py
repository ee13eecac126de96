"""The law of every decoder, asked of every adapter that the registry finds; see devices/contract.py."""

from __future__ import annotations

import device_captures
import pytest
from decoder_laws import (
    assert_any_bytes_are_an_answer,
    assert_bounded,
    assert_law_chosen_by,
    assert_lawful,
    assert_no_number_from_a_broken_byte,
    assert_same_in_pieces,
    assert_tiles,
    capture,
    frames,
    numbers,
    opening,
    pieces,
    protected,
    read,
)
from hypothesis import given
from hypothesis import strategies as st

from devices import registry
from devices.contract import Send, Unread, decode

NAMES = registry.names()


def named(told: device_captures.Told) -> tuple[str, str]:
    return told["vital"], told.get("variant", "")


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
def test_a_device_is_asked_once_a_second_at_most_however_often_its_decoder_is(name):
    decoder = registry.adapter(name).decoder()
    if hasattr(decoder, "opening"):
        decoder.opening()
        asked = [tick for tick in range(1, 60 * 20) if decoder.due(tick / 20)]
        assert len(asked) < 60


@pytest.mark.parametrize("name", NAMES)
@given(data=st.data())
def test_events_are_the_same_for_any_chunking(name, data):
    adapter, whole = registry.adapter(name), b"".join(opening(name))
    cuts = sorted(data.draw(st.sets(st.integers(0, len(whole)), max_size=12)))
    chunks = [whole[a:b] for a, b in zip([0, *cuts], [*cuts, len(whole)], strict=True)]
    assert_same_in_pieces(adapter, whole, chunks)


@pytest.mark.parametrize("name", NAMES)
def test_events_are_the_same_byte_by_byte(name):
    adapter, whole = registry.adapter(name), b"".join(opening(name))
    assert_same_in_pieces(adapter, whole, pieces(whole, 1))


@pytest.mark.parametrize("name", NAMES)
@given(data=st.data())
def test_damage_is_an_answer_that_tiles_and_keeps_to_any_chunking(name, data):
    raw = data.draw(damaged(b"".join(opening(name))))
    assert_any_bytes_are_an_answer(registry.adapter(name), raw, data.draw(st.integers(1, 64)))


@pytest.mark.parametrize("name", NAMES)
@given(raw=st.binary(max_size=4000))
def test_arbitrary_bytes_tile_and_raise_nothing(name, raw):
    assert_tiles(registry.adapter(name), raw)


@pytest.mark.parametrize("name", NAMES)
def test_what_stays_pending_has_a_bound(name):
    for byte in (b"\0", b"\x7e", b"\xff", b"\x01", b"a", b"\r"):
        assert_bounded(registry.adapter(name), byte)


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
    at = data.draw(st.integers(0, len(b"".join(opening(name))) - 1))
    assert_no_number_from_a_broken_byte(registry.adapter(name), at, 1 << data.draw(st.integers(0, 7)))


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


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("choice", range(4))
def test_the_fuzzed_law_holds_for_what_the_fuzzing_starts_with(name, choice):
    assert_law_chosen_by(bytes([choice, 0, 9]) + b"".join(opening(name)), registry.adapter(name))
