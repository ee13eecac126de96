"""The laws of decoders, asked of every adapter that reads waves, on what a simulated device sends."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest
from decoder_laws import (
    assert_any_bytes_are_an_answer,
    assert_bounded,
    assert_same_in_pieces,
    assert_tiles,
    frames,
    pieces,
    protected,
    read,
)
from hypothesis import given
from hypothesis import strategies as st

from devices import registry
from devices.contract import Adapter, Event, Frame, Send, Wave
from devices.simulators.actor import Said
from devices.simulators.faults import parse_faults
from devices.simulators.plan import Plan
from devices.simulators.rehearsal import rehearse
from devices.vocabulary import WaveName

NAMES = [name for name, adapter in registry.adapters().items() if adapter.waves]
RECORDS = 8
"""Of a rehearsal, from the first that says a wave on: those that the tests with many examples look at."""


@cache
def said(name: str) -> list[Said]:
    return rehearse(Plan(name, seed=2), 40.0, waves=True)


def raw(name: str) -> bytes:
    return b"".join(one.raw for one in said(name))


@cache
def opening(name: str) -> bytes:
    first = next(number for number, one in enumerate(said(name)) if one.waves)
    return b"".join(one.raw for one in said(name)[first : first + RECORDS])


@cache
def waving(name: str) -> Adapter:
    return registry.adapter(name).wanting_waves()


def waves(events: list[Event]) -> list[Wave]:
    return [replace(wave, follows=True) for frame in frames(events) for wave in frame.waves]


def without_waves(events: list[Event]) -> list[Event]:
    kept = [event for event in events if not isinstance(event, Send)]
    return [replace(event, waves=()) if isinstance(event, Frame) else event for event in kept]


def test_the_devices_of_the_requirement_have_waves():
    assert {"nonin", "datex_dri", "intellivue", "contec_cms50"} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_the_samples_read_are_those_that_were_sent(name):
    events, _ = read(waving(name), [one.raw for one in said(name)])
    assert waves(events) == [wave for one in said(name) for wave in one.waves]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("fault", ["probe_off@12+6", "power_cycle@12+6"])
def test_the_samples_read_are_those_that_were_sent_whatever_happens_to_the_device(name, fault):
    told = rehearse(Plan(name, seed=2, faults=parse_faults([fault])), 60.0, waves=True)
    events, _ = read(waving(name), [one.raw for one in told])
    assert waves(events) == [wave for one in told for wave in one.waves]
    assert any(None in wave.samples for wave in waves(events)) == fault.startswith("probe_off")


@pytest.mark.parametrize("name", NAMES)
def test_only_the_first_samples_of_a_wave_follow_no_others(name):
    events, _ = read(waving(name), [one.raw for one in said(name)])
    rows = [wave for frame in frames(events) for wave in frame.waves]
    kinds = {(wave.name, wave.variant) for wave in rows}
    assert [wave.follows for wave in rows] == [False] * len(kinds) + [True] * (len(rows) - len(kinds))


@pytest.mark.parametrize("name", NAMES)
def test_no_wave_is_read_where_none_is_wanted(name):
    events, _ = read(registry.adapter(name), [raw(name)])
    assert waves(events) == []


@pytest.mark.parametrize("name", NAMES)
def test_reading_waves_changes_nothing_else(name):
    wanting, plain = read(waving(name), [raw(name)]), read(registry.adapter(name), [raw(name)])
    assert (without_waves(wanting[0]), wanting[1]) == (without_waves(plain[0]), plain[1])


@pytest.mark.parametrize("name", NAMES)
def test_a_wave_has_a_name_a_rate_and_samples(name):
    for wave in waves(read(waving(name), [raw(name)])[0]):
        assert wave.name in set(WaveName) or wave.name.startswith(f"local:{name}:")
        assert wave.rate > 0
        assert wave.samples
        assert wave.scale is None or (wave.scale.unit and wave.scale.step)


@pytest.mark.parametrize("name", NAMES)
def test_waves_are_asked_for_only_where_they_are_wanted(name):
    plain, adapter = registry.adapter(name), waving(name)
    asked = adapter.decoder()
    sends = [*asked.opening(), *asked.due(1.0), *asked.due(3600.0)] if hasattr(asked, "opening") else []
    sends += [event for event in read(adapter, [raw(name)])[0] if isinstance(event, Send)]
    sends += asked.stop() if hasattr(asked, "stop") else []
    assert all(adapter.permits(send.raw) for send in sends)
    assert not any(adapter.permits(send.raw + b"\0") or adapter.permits(send.raw[:-1]) for send in sends)
    more = set(adapter.may_send) - set(plain.may_send)
    assert not any(
        plain.permits(send.raw) for send in sends for pattern in more if pattern.fullmatch(send.raw)
    )


@pytest.mark.parametrize("name", NAMES)
@given(data=st.data())
def test_waves_are_the_same_for_any_chunking(name, data):
    whole = opening(name)
    cuts = sorted(data.draw(st.sets(st.integers(0, len(whole)), max_size=12)))
    chunks = [whole[a:b] for a, b in zip([0, *cuts], [*cuts, len(whole)], strict=True)]
    assert_same_in_pieces(waving(name), whole, chunks)


@pytest.mark.parametrize("name", NAMES)
def test_waves_are_the_same_byte_by_byte(name):
    assert_same_in_pieces(waving(name), opening(name), pieces(opening(name), 1))


@pytest.mark.parametrize("name", NAMES)
@given(data=st.data())
def test_damage_tiles_and_keeps_to_any_chunking(name, data):
    broken = bytearray(opening(name))
    at = data.draw(st.integers(0, len(broken) - 1))
    if data.draw(st.booleans()):
        del broken[at : at + data.draw(st.integers(1, 8))]
    else:
        broken[at:at] = data.draw(st.binary(min_size=1, max_size=8))
    assert_any_bytes_are_an_answer(waving(name), bytes(broken), data.draw(st.integers(1, 64)))


@pytest.mark.parametrize("name", NAMES)
@given(noise=st.binary(max_size=2000))
def test_arbitrary_bytes_tile(name, noise):
    assert_tiles(waving(name), noise)


@pytest.mark.parametrize("name", NAMES)
def test_what_stays_pending_has_a_bound(name):
    for byte in (b"\0", b"\x7e", b"\xc0", b"\x01", b"\x80"):
        assert_bounded(waving(name), byte)


@pytest.mark.parametrize("name", sorted(set(NAMES) & set(protected("checksum"))))
@given(data=st.data())
def test_a_flipped_bit_makes_no_sample_where_there_is_a_checksum(name, data):
    broken, clean = bytearray(opening(name)), waves(read(waving(name), [opening(name)])[0])
    broken[data.draw(st.integers(0, len(broken) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    assert all(wave in clean for wave in waves(read(waving(name), [bytes(broken)])[0]))


@pytest.mark.parametrize("name", sorted(set(NAMES) - {"intellivue_lan"}))
def test_what_comes_after_a_lost_record_does_not_follow(name):
    records = [one for one in said(name) if one.waves]
    kept = [*records[:4], *records[6:10]]
    broken = b"".join(one.raw for one in kept[:4]) + kept[3].raw[:23] + b"".join(one.raw for one in kept[4:])
    read_waves = [wave for frame in frames(read(waving(name), [broken])[0]) for wave in frame.waves]
    kinds = {(wave.name, wave.variant) for wave in read_waves}
    assert sum(not wave.follows for wave in read_waves) == 2 * len(kinds)
