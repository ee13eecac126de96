from __future__ import annotations

import json
from collections import Counter

import device_captures
import pytest
from device_captures import ivy_record

from devices import registry
from devices.contract import Frame, Quality, Unread, decode
from devices.vocabulary import NIBP

TEXT = "HR=1;66;ECG-II-DIAG;\rSPO2=1;98;PR=66 ;\r"


def events(*records: bytes):
    return decode(registry.adapter("ivy_ansarb").decoder(), [b"".join(records)])


def values(frame: Frame) -> dict[tuple[str, str], float | None]:
    return {(str(reading.vital), reading.variant): reading.value for reading in frame.readings}


def test_the_recording_says_what_its_owner_says():
    said = json.loads(device_captures.real("ivy_450c/expected.json").read_text())
    raw = device_captures.real("ivy_450c/Ivy450C.1.data").read_bytes()
    joined, *frames = events(raw)
    assert len(raw) == said["bytes"]
    assert joined.raw.count(b"NIBP=") + len(frames) == said["text_blocks"]
    assert (joined.why, len(frames)) == ("before the start of a record", said["sync_marks"])
    assert {len(frame.raw) for frame in frames} == {said["record_pitch"]}
    for frame in frames:
        read = values(frame)
        assert read["ecg_hr", ""] == said["hr"]
        assert read["resp_rate", ""] == said["rr"]
        assert read["etco2", ""] is said["etco2"]
        assert (read["spo2", ""], read["spo2_pr", ""]) == (said["spo2"], said["spo2_pr"])
        assert [read[vital, ""] for vital in ("nibp_sys", "nibp_dia", "nibp_map", "nibp_pulse")] == said[
            "nibp"
        ]
        assert {read[key] for key in read if key[1] in {"P2", "T1", "T2"}} == {None}
        assert {name: int(frame.raw_flags[name]) for name in said["status"]} == said["status"]
        assert frame.raw_flags["P2_text"] == "NO TRANSDUCER"
        assert frame.raw_flags["RR_text"] == "APNEA: 20 SEC"
    pressures = Counter(tuple(values(f)[v, "P1"] for v in ("ibp_sys", "ibp_dia", "ibp_map")) for f in frames)
    whole, short = (tuple(row[:3]) for row in said["p1"])
    assert pressures == {
        whole: said["p1"][0][3] - 1,
        short: said["p1"][1][3],
    }  # one stands in the joined text


def test_the_cuff_reading_of_the_recording_is_one_reading():
    _, *frames = events(device_captures.real("ivy_450c/Ivy450C.1.data").read_bytes())
    cuffs = [[r for r in frame.readings if r.vital in NIBP] for frame in frames]
    assert {reading.repeat for reading in cuffs[0]} == {False}
    assert {reading.repeat for cuff in cuffs[1:] for reading in cuff} == {True}
    assert {reading.repeat_by for cuff in cuffs for reading in cuff} == {"value"}


def test_a_changed_cuff_value_is_a_new_reading():
    first, again, changed = events(ivy_record(), ivy_record(), ivy_record((131, 84, 99, 70)))
    assert [f.readings[5].repeat for f in (first, again, changed)] == [False, True, False]


def test_a_cuff_value_that_went_away_and_came_back_is_a_new_reading():
    frames = events(ivy_record(), ivy_record(None), ivy_record())
    assert [f.readings[5].repeat for f in frames] == [False, False, False]
    assert frames[1].readings[5].value is None


def test_a_record_that_is_unread_does_not_take_the_cuff_reading_with_it():
    broken = ivy_record(text="NIBP=4;118;71;87;66;;\rT1=x;;;\r")
    unread, frame = events(broken, ivy_record())
    assert isinstance(unread, Unread)
    assert frame.readings[5].repeat is False


def test_order_is_systolic_diastolic_mean():
    (frame,) = events(ivy_record((118, 71, 87, 66)))
    assert (values(frame)["nibp_dia", ""], values(frame)["nibp_map", ""]) == (71.0, 87.0)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("HR=1;660;ECG-II-DIAG;\r", "HR: '660' is no number from 0 to 350"),
        ("HR=1;66;;ECG-II-DIAG;\r", "HR: 4 fields"),
        ("SPO2=1;101;PR=66 ;\r", "SPO2: '101' is over 100"),
        ("SPO2=1;98;PR=66;\r", "SPO2: 'PR=66' is no pulse rate"),
        ("NIBP=4;71;118;87;66;;\r", "NIBP: systolic, diastolic, mean in no order"),
        ("NIP=4;118;71;87;66;;\r", "no line 'NIP' belongs here"),
        ("HR=1;66;;\rHR=1;67;;\r", "no line 'HR' belongs here"),
        ("HR=1;66;;", "waves and text are not where they belong"),
    ],
)
def test_a_broken_text_makes_the_record_unread(text, why):
    (event,) = events(ivy_record(text=text))
    assert event.why == why


@pytest.mark.parametrize("byte", ["\0", "\n", "\x1b", "\x7f"])
def test_a_control_character_in_a_name_makes_the_record_unread(byte):
    (event,) = events(ivy_record(text=f"HR=1;66;E{byte}CG-II-DIAG;\r"))
    assert event.why == f"byte {ord(byte):02x} in the text"


def test_a_lost_wave_byte_makes_the_record_unread():
    whole = ivy_record()
    (event,) = events(whole[:100] + whole[101:])
    assert isinstance(event, Unread)


def test_a_record_without_its_end_leaves_the_next_one_whole():
    unread, frame = events(ivy_record()[:-1], ivy_record())
    assert unread.why == "a record without its end"
    assert isinstance(frame, Frame)


def test_a_rate_that_is_not_from_the_ecg_is_no_heart_rate():
    (frame,) = events(ivy_record(text=TEXT.replace("ECG-II-DIAG", "PLETH")))
    assert values(frame)["pulse_generic", ""] == 66.0


def test_a_co2_number_is_questionable_for_its_unit_was_never_seen():
    (frame,) = events(ivy_record(text="ETCO2=1;38;;\r"))
    assert (frame.readings[0].quality, frame.readings[0].reason) == (Quality.QUESTIONABLE, "unit_unproved")
