"""HL7 messages of a session, read by hl7apy (strict), by python-hl7, and by the project's own decoder."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import bundles
import invented_extremes
import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from invented_sessions import (
    cuff,
    event,
    failed_cuff,
    infusion,
    nearly_empty,
    reading,
    seconds,
    session,
    stormy,
    with_seconds,
)

from analysis.exports import hl7 as exported
from analysis.session import Patient, Session
from devices.adapters.hl7_oru import Hl7Decoder
from devices.contract import Frame, Reading
from devices.vocabulary import codes_of

read = pytest.importorskip("hl7", reason="the extra 'formats' is not installed")


def test_every_message_is_valid_hl7_in_the_eyes_of_hl7apy() -> None:
    for message in exported.messages(odd(), with_identity=True):
        assert strictly(message)


def test_hl7apy_would_find_a_message_that_is_not() -> None:
    segments = next(exported.messages(odd())).split("\r")
    without_order = "\r".join(line for line in segments if not line.startswith("OBR"))
    with pytest.raises(Exception, match="ORDER_OBSERVATION"):
        strictly(without_order)


def test_another_library_reads_every_number_of_the_session() -> None:
    made = thinned(stormy())
    found = []
    for message in exported.messages(made):
        for row in read.parse(message).segments("OBX"):
            if str(row[11]) != "X":
                found.append((str(row[3][0][0]), float(str(row[5])), str(row[14])))
    there = may_be_read(made.readings[made.readings["value"].notna()])
    said = [
        (codes_of(vital).mdc, value, f"{at.tz_convert(made.zone):%Y%m%d%H%M%S}.0000-0500")
        for vital, value, at in zip(there["vital"], there["value"], there["measured_at"], strict=True)
    ]
    assert sorted(found) == sorted(said)


def test_the_projects_own_decoder_reads_back_what_was_recorded() -> None:
    made = thinned(stormy())
    frames = decoded("".join(exported.messages(made)))
    rows = made.readings.sort_values(["at", "writer", "seq"], kind="stable")
    in_records = [group for _, group in rows.groupby(["at", "writer", "seq"], sort=False)]
    assert len(frames) == len(in_records)
    for frame, record in zip(frames, in_records, strict=True):
        assert values(frame.readings) == values_of(record)


@pytest.mark.parametrize("made", invented_extremes.EVERY, ids=lambda made: made.__name__)
def test_every_session_can_be_read_back(made: Any) -> None:
    few = bundles.thinned(made(), 120)
    messages = list(exported.messages(few, with_identity=True))
    frames = decoded("".join(messages))
    said = [one for frame in frames for one in values(frame.readings)]
    assert sorted(vital for vital, _ in said) == sorted(few.readings["vital"])
    numbers = sorted(value for _, value in said if value is not None)
    assert numbers == sorted(may_be_read(few.readings)["value"].dropna())
    assert all(strictly(message) for message in messages[:1] + messages[-1:])


def test_the_decoder_reads_no_value_as_none_and_what_was_withdrawn_as_invalid() -> None:
    taken_back = cuff(1, 120, 80, 1, excluded=True)
    frames = decoded("".join(exported.messages(session([*taken_back, failed_cuff(2, 2)], []))))
    assert [(one.value, one.quality, one.reason) for one in frames[0].readings[:1]] == [
        (120.0, "invalid", "withdrawn")
    ]
    assert frames[1].readings[0].value is None


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({}, "R"),
        ({"source": "manual", "entered_by": "n.example"}, "F"),
        ({"excluded": True}, "W"),
        ({"superseded_by": "b2:9"}, "D"),
        ({"writer": "b2", "seq": 9, "entered_by": "n.example"}, "C"),
        ({"value": np.nan, "reason": "sensor_off", "quality": "invalid"}, "X"),
    ],
)
def test_a_status_says_what_became_of_a_value(more: dict[str, Any], status: str) -> None:
    old = reading(0, "spo2", 90, 1, superseded_by="b2:9")
    message = list(exported.messages(session([old, reading(1, "spo2", 97, 2) | more], [])))[-1]
    assert field(message, 11) == status


@pytest.mark.parametrize(
    ("more", "flag"),
    [
        ({"reason": "held", "quality": "invalid"}, "INV"),
        ({"reason": "held"}, "INV"),
        ({"quality": "invalid"}, "INV"),
        ({"reason": "not_calibrated", "quality": "invalid"}, "CALI"),
    ],
)
def test_a_number_that_may_not_be_the_patients_goes_out_in_words_only(
    more: dict[str, str], flag: str
) -> None:
    message = next(exported.messages(session([reading(0, "nibp_sys", 188, 1, **more)], [])))
    assert [field(message, at) for at in (2, 5, 8, 11)] == ["", "", flag, "X"]
    (note,) = (line for line in message.split("\r") if line.startswith("NTE"))
    assert note.endswith("number withheld from OBX-5: 188")
    assert decoded(message)[0].readings[0].value is None
    assert strictly(message)


def test_what_was_taken_between_two_times_says_so() -> None:
    message = next(exported.messages(session(cuff(89, 131, 84, 1, measured_from=stamp("15:23")), [])))
    assert "taken between 20260302102300.0000-0500 and OBX-14" in message


def test_times_carry_the_offset_of_their_own_hour() -> None:
    before, after = pd.Timestamp("2026-03-08 06:59:59.999999", tz="UTC"), stamp("07:00", "2026-03-08")
    rows = [reading(0, "spo2", 97, n, at=at, measured_at=at) for n, at in enumerate((before, after))]
    times = [field(message, 14) for message in exported.messages(session(rows, []))]
    assert times == ["20260308015959.9999-0500", "20260308030000.0000-0400"]


def test_two_values_of_one_vital_stand_at_two_places() -> None:
    rows = [*cuff(0, 120, 80, 1), *cuff(0, 131, 84, 1, variant="left | arm")]
    message = next(exported.messages(session(rows, [])))
    places = [str(row[4]) for row in read.parse(message).segments("OBX") if str(row[5])]
    assert len(set(places)) == len(places) == 6
    assert "NTE|1||variant left \\F\\ arm" in message


def test_a_vital_without_a_code_keeps_its_own_name() -> None:
    message = next(exported.messages(session([reading(0, "local:x:7", 0.00004, 1, unit="")], [])))
    assert field(message, 3).startswith("local:x:7^")
    assert field(message, 5) == "0.00004"


def test_the_patients_name_leaves_only_where_it_was_asked_for() -> None:
    made = odd()
    without, asked = ("".join(exported.messages(made, with_identity=wanted)) for wanted in (False, True))
    assert made.patient.id in without
    assert "Μαρία" not in without
    assert "19440229" not in without
    message = read.parse(next(exported.messages(made, with_identity=True)))
    assert "19440229" in asked
    assert message.unescape(str(message.segment("PID")[5][0][0])) == made.patient.name


@pytest.mark.parametrize("born", ["29.02.1980", "1980", "1980-02-30"])
def test_a_birth_that_is_no_date_is_left_out_and_said(born: str, tmp_path: Path) -> None:
    made = session(cuff(1, 120, 80, 1), [], patient=Patient("INVENTED-1", "Nobody", born))
    copy = exported.write(made, tmp_path, with_identity=True)
    patient = read.parse(next(exported.messages(made, with_identity=True))).segment("PID")
    assert len(patient) <= 7 or str(patient[7]) == ""
    assert any("birth" in line for line in copy.not_held)


def test_the_words_in_the_readme_open_the_file_whatever_its_texts_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = session([*cuff(1, 120, 80, 1, variant="MSH|MSH"), *cuff(2, 121, 80, 2)], [])
    exported.write(replace(made, patient=Patient("MSH|1", "MSH")), tmp_path, with_identity=True)
    monkeypatch.chdir(tmp_path)
    found: dict[str, Any] = {}
    exec(exported.OPENING.removeprefix("Python:").partition("\nOr:")[0], found)  # noqa: S102
    assert [str(one.segment("MSH")[9]) for one in found["messages"]] == ["ORU^R01^ORU_R01"] * 2


def test_the_same_session_gives_the_same_bytes(tmp_path: Path) -> None:
    texts = ["".join(exported.messages(thinned(stormy()))) for _ in range(2)]
    assert texts[0] == texts[1]
    numbers = [str(read.parse(one).segment("MSH")[10]) for one in exported.messages(thinned(stormy()))]
    assert len(set(numbers)) == len(numbers)


def test_a_session_without_readings_says_that_its_file_is_empty(tmp_path: Path) -> None:
    copy = exported.write(nearly_empty(), tmp_path)
    assert copy.paths[0].read_bytes() == b""
    assert "The session has no readings: session.hl7 is empty." in copy.not_held


def test_what_the_messages_cannot_hold_is_counted(tmp_path: Path) -> None:
    many = [event(n, "effect.report", n, term="nausea", severity="mild") for n in range(80)]
    copy = exported.write(session(cuff(1, 120, 80, 1), [*infusion(), *many]), tmp_path)
    assert any("80 effect.report, 1 infusion.end, 1 infusion.start" in line for line in copy.not_held)


def test_what_every_page_shows_loudly_is_told_beside_the_messages(tmp_path: Path) -> None:
    made = session(cuff(1, 120, 80, 1), [], banners=("Experimental adapter: monitor",))
    not_held = exported.write(made, tmp_path).not_held
    assert "What every page shows loudly: Experimental adapter: monitor." in not_held


def test_numbers_of_a_simulator_go_out_as_training() -> None:
    made = replace(session(cuff(1, 120, 80, 1), []), demo=True)
    assert str(read.parse(next(exported.messages(made))).segment("MSH")[11]) == "T"


def odd() -> Session:
    """One of each kind of message, of a patient whose name has every letter that means something else."""
    rows = [
        *cuff(12, 131, 84, 5),
        failed_cuff(14, 7),
        reading(15, "local:x:1", 4.25, 9, unit="u"),
        reading(15, "ipi", 4, 9, unit="{score}"),
        reading(16, "spo2", None, 10, reason="sensor_off", quality="invalid"),
        *cuff(57, 150, 90, 41, writer="b2", source="manual", entered_by="nurse.example"),
    ]
    name = "Παπα|δοπούλου ^ Георгиевская & ~\\ Μαρία-Ὀδύσσεια Քրիստափոր 60"
    return session(rows, [], patient=Patient("P-0001", name, "1944-02-29"))


def thinned(made: Session) -> Session:
    """The same with a value each half minute in place of each second."""
    few = made.readings[~made.readings["vital"].isin(["spo2", "spo2_pr", "resp_rate"])]
    return with_seconds(replace(made, readings=few.reset_index(drop=True)), seconds(step_s=30))


def strictly(message: str) -> bool:
    apy = pytest.importorskip("hl7apy.parser", reason="hl7apy is not installed")
    levels = pytest.importorskip("hl7apy.consts").VALIDATION_LEVEL
    parsed = apy.parse_message(message, validation_level=levels.STRICT, find_groups=True)
    return bool(parsed.validate())


def decoded(text: str) -> list[Frame]:
    decoder = Hl7Decoder()
    events = [*decoder.feed(text.encode()), *decoder.end()]
    assert all(isinstance(one, Frame) for one in events)
    return [one for one in events if isinstance(one, Frame)]


def may_be_read(readings: pd.DataFrame) -> pd.DataFrame:
    return readings[(readings["quality"] != "invalid") & (readings["reason"] != "held")]


def values(readings: Iterable[Reading]) -> list[tuple[str, float | None]]:
    return sorted((str(one.vital), one.value) for one in readings)


def values_of(record: pd.DataFrame) -> list[tuple[str, float | None]]:
    known = record["value"].where(record.index.isin(may_be_read(record).index))
    numbers = [None if np.isnan(value) else float(value) for value in known]
    return sorted(zip(record["vital"], numbers, strict=True))


def field(message: str, number: int) -> str:
    """A field of the last observation of a message."""
    return str(read.parse(message).segments("OBX")[-1][number])


def stamp(clock: str, day: str = "2026-03-02") -> datetime:
    return datetime.fromisoformat(f"{day}T{clock}:00+00:00")


@given(value=st.floats(0, 1e6, allow_nan=False))
@example(value=5e-324)
def test_every_number_is_read_back_equal_and_without_an_exponent(value: float) -> None:
    text = field(next(exported.messages(session([reading(0, "local:x:1", value, 1)], []))), 5)
    assert (float(text), "e" in text.lower()) == (value, False)


@given(name=st.text(min_size=1))
def test_no_name_breaks_a_message_and_each_is_read_back(name: str) -> None:
    made = session([reading(0, "spo2", 97, 1)], [], patient=Patient("INVENTED-1", name))
    message = next(exported.messages(made, with_identity=True))
    assert [line[:3] for line in message.split("\r")[:-1]] == [
        "MSH",
        "PID",
        "PV1",
        "OBR",
        "OBX",
        "OBX",
        "OBX",
    ]
    parsed = read.parse(message)
    assert parsed.unescape(str(parsed.segment("PID")[5][0][0])) == name
