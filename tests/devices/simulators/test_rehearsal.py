"""What a simulated device says it sent is what its decoder reads; the same for every device."""

from dataclasses import replace
from functools import cache

import pytest

from devices.contract import Frame, Reading, Send, Unread, completed, decode
from devices.errors import BadAddress
from devices.registry import adapter
from devices.simulators.faults import RECORD, parse_faults
from devices.simulators.plan import Plan, devices
from devices.simulators.rehearsal import record_capture, rehearse

SECONDS = 360.0
BODY = (
    "probe_off@100+30",
    "cuff_failed@650",
    "power_cycle@200+30",
    "clock_wrong@700",
    "low_perfusion@200+60",
    "same_arm@0+150",
    "motion@270+15",
    "cuff_aborted@200",
    "module_off@300+20",
    "demo@290+20",
    "test@300+20",
    "foreign_texts@0",
    "silent_mode@340+5",
    "overload@350+1",
)


NO_CHECKSUM = {
    "capnostream_report",
    "accutorr3",
    "berry_bci",
    "contec_08a",
    "contec_cms50",
    "contec_cms50_v5",
    "harvard",
    "hl7_oru",
    "hl7_query",
    "intellivue_lan",
    "ivy_ansarb",
    "masimo_ascii1",
    "ne1000",
    "nellcor_ascii",
    "nonin_8",
    "nonin_ascii",
    "stx_nibp",
}


@pytest.mark.parametrize("seed", [1410, 3])
@pytest.mark.parametrize("name", devices())
def test_the_decoder_reads_what_was_said(name, seed):
    said = whole(name, seed, can_show(name, *BODY))
    for one, frames in zip(said, heard(name, said), strict=True):
        read = {timeless(reading) for frame in frames for reading in frame.readings}
        assert {timeless(reading) for reading in one.readings} <= read


@pytest.mark.parametrize("name", devices())
def test_the_decoder_reads_no_vital_that_was_not_said(name):
    said = whole(name, faults=can_show(name, *BODY))
    for one, frames in zip(said, heard(name, said), strict=True):
        told = {(str(reading.vital), reading.variant) for reading in one.readings}
        read = {(str(r.vital), r.variant) for frame in frames for r in frame.readings if ":" not in r.vital}
        assert read <= told


@pytest.mark.parametrize("name", devices())
def test_the_decoder_reads_the_time_that_was_claimed(name):
    said = [one for one in whole(name, faults=can_show(name, "clock_wrong@300")) if one.device_time]
    claimed = [frame.device_time for frames in heard(name, said) for frame in frames]
    assert claimed == [one.device_time for one in said]


@pytest.mark.parametrize("name", devices())
def test_the_decoder_sees_a_cuff_measurement_at_its_time(name):
    said = whole(name)
    read = {r.measured_at for frames in heard(name, said) for frame in frames for r in frame.readings}
    assert read - {None} <= {r.measured_at for one in said for r in one.readings}


@pytest.mark.parametrize("name", devices())
@pytest.mark.parametrize("fault", [*RECORD, "wrong_baud"])
def test_a_broken_record_never_becomes_another_number(name, fault):
    if fault in ("bit_flip", "dropped_byte") and name in NO_CHECKSUM:
        pytest.skip("without a checksum a changed digit is a digit")
    if fault == "wrong_baud" and name == "nonin_8":
        pytest.skip("four bytes without a checksum: what another speed makes of them may be four such bytes")
    if fault == "digit_flip" and not can_show(name, f"{fault}@100+120"):
        pytest.skip("its records are no text")
    said = whole(name, faults=parse_faults([f"{fault}@100+120"]))
    asked = fault == "wrong_baud" and adapter(name).may_send  # it understands nothing and is silent
    assert any(one.fault for one in said) or fault == "doubled_crlf" or asked
    told = {(str(r.vital), r.variant, r.value) for one in whole(name) for r in one.readings}
    frames = [frame for frames in heard(name, said) for frame in frames]
    read = {(str(r.vital), r.variant, r.value) for frame in frames for r in frame.readings}
    assert {one for one in read if ":" not in one[0] and one[2] is not None} <= told


@pytest.mark.parametrize("name", [name for name in devices() if name not in ("bbraun_bcc", "medibus")])
def test_a_doubled_line_end_costs_no_record(name):
    said = whole(name, faults=parse_faults(["doubled_crlf@0+1000"]))
    numbers = [sum(len(frame.readings) for frame in frames) for frames in heard(name, said)]
    assert sum(numbers) >= sum(len(one.readings) for one in said)


@pytest.mark.parametrize("name", devices())
def test_a_joined_line_is_understood_from_its_second_record_on(name):
    said = whole(name)
    joined = adapter(name).decoder()
    events = joined.feed(said[0].raw[len(said[0].raw) // 2 + 1 :] + b"".join(one.raw for one in said[1:8]))
    assert any(isinstance(event, Unread) for event in events)
    assert any(isinstance(event, Frame) and event.readings for event in events)


@pytest.mark.parametrize("name", devices())
def test_the_same_seed_is_the_same_recording(name):
    assert record_capture(name, 150, seed=5) == record_capture(name, 150, seed=5)
    assert record_capture(name, 150, seed=5) != record_capture(name, 150, seed=6)


@pytest.mark.parametrize("name", devices())
def test_a_device_that_is_switched_off_says_nothing(name):
    said = whole(name, faults=parse_faults(["power_cycle@200+30"]))
    assert [one for one in said if 200 <= one.at < 230] == []
    assert [one for one in said if 230 <= one.at < 260] != []


@pytest.mark.parametrize("name", devices())
def test_a_pulled_cable_brings_nothing(name):
    said = whole(name, faults=parse_faults(["unplug@200+30"]))
    assert [one for one in said if 200 <= one.at < 230] == []
    assert [one for one in said if one.at >= 230] != []


def can_show(name, *faults):
    """Return those of *faults* that this device shows."""
    shown = []
    for fault in parse_faults(faults):
        try:
            Plan(name, faults=(fault,))
        except BadAddress:
            continue
        shown.append(fault)
    return tuple(shown)


@cache
def whole(name, seed=1410, faults=()):
    return rehearse(Plan(name, seed, faults=faults, cuff_every=150, held=(188, 112)), SECONDS)


def timeless(reading: Reading) -> Reading:
    """Return a reading without whether it was said before, and without the time of its cuff cycle."""
    when = {"measured_at": None, "measured_at_from": None, "age": None}
    return replace(reading, vital=str(reading.vital), repeat=False, repeat_by=None, **when)


def heard(name, said):
    """Return for each record the frames that end in its bytes, though a decoder may have waited for more."""
    decoder = adapter(name).decoder()
    events = decode(decoder, [one.raw for one in said]) + completed(decoder)
    frames = [[] for _ in said]
    at, number, end = 0, -1, 0
    for event in events:
        at += 0 if isinstance(event, Send) else len(event.raw)
        while at > end:
            number += 1
            end += len(said[number].raw)
        if isinstance(event, Frame):
            frames[number].append(event)
    return frames
