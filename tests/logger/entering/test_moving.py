"""Wrong patient, wrong line, wrong session: found later, put right, and nothing of it is hidden."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from clinic import COLLEAGUE, NURSE, Clinic
from ledgers import at, frame, opening, reading
from payloads import EXAMPLES

from analysis.signatures import signatures_of
from logger.clock import SECOND
from logger.entering.moving import MOVABLE
from logger.entering.opening import open_or_resume
from logger.errors import BadEntry
from logger.keeping.verifying import verify_session
from logger.kinds import KINDS, Move, Payload, canonical, text_of
from logger.ledger.models import Entry, Written
from logger.reviewing.frames import build

SECONDS = 300


@pytest.fixture
def clinic(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Clinic]:
    clinic = Clinic(tmp_path / "clinic.db", monkeypatch)
    yield clinic
    clinic.desk.close()


@pytest.fixture
def five_minutes(clinic: Clinic) -> Clinic:
    """Five minutes in the wrong session: 300 readings, 2 effects and a dose."""
    now = clinic.desk.clock.now()
    clinic.desk.store.append(
        [reading(clinic.session, now + second * SECOND, spo2=97, spo2_pr=72) for second in range(SECONDS)]
    )
    clinic.hands.move(SECONDS)
    for term in ("nausea", "dizziness"):
        clinic.says(NURSE, "effect.report", term=term, severity="mild")
    clinic.says(NURSE, "dose.given", drug="ketamine", route="IV", mg=40, given_by={"name": NURSE})
    return clinic


def test_a_line_of_the_other_room_goes_there_with_its_times(five_minutes):
    clinic, other = five_minutes, five_minutes.opens("2", "INVENTED-2")
    _moves(clinic, other, source="monitor", start=at(0), end=at(SECONDS))
    here, there = build(clinic.desk.file(clinic.session)), build(clinic.desk.file(other))
    assert (here.readings["superseded_by"] != "").all()
    assert len(here.readings) == len(there.readings) == 2 * SECONDS
    assert list(there.readings["at"]) == list(here.readings["at"])
    assert not (there.readings["superseded_by"] != "").any()


def test_a_part_of_a_line_is_moved_to_the_second(five_minutes):
    clinic, other = five_minutes, five_minutes.opens("2", "INVENTED-2")
    _moves(clinic, other, source="monitor", start=at(0), end=at(59))
    assert len(build(clinic.desk.file(other)).readings) == 2 * 60


def test_an_entry_in_the_wrong_session_is_moved_and_both_sessions_say_so(five_minutes):
    clinic, other = five_minutes, five_minutes.opens("2", "INVENTED-2")
    effect = next(record for record in clinic.records() if record.kind == "effect.report")
    moved = _moves(clinic, other, target=effect.ref)
    said = json.loads(moved.payload)
    assert (said["direction"], said["session"], said["count"]) == ("out", other, 1)
    assert said["second"] == {"authenticated": True, "name": COLLEAGUE}
    here, there = (build(clinic.desk.file(one)).events for one in (clinic.session, other))
    gone = here[here["kind"] == "effect.report"]
    assert list(gone["superseded_by"]) == [moved.ref, ""]
    arrived = there[there["kind"] == "effect.report"]
    assert [row["term"] for row in arrived["payload"]] == ["nausea"]
    assert list(arrived["happened_at"]) == list(gone["happened_at"][:1])
    assert arrived["payload"].iloc[0]["origin"]["session"] == clinic.session


def test_both_chains_are_whole_after_a_move(five_minutes, tmp_path):
    clinic, other = five_minutes, five_minutes.opens("2", "INVENTED-2")
    _moves(clinic, other, source="monitor", start=at(0), end=at(SECONDS))
    for session in (clinic.session, other):
        assert verify_session(clinic.desk.file(session), tmp_path)["ok"]


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"target": "w:1"}, "no record is meant"),
        ({"source": "monitor", "start": at(-60), "end": at(-1)}, "no record is meant"),
        ({"source": "monitor", "start": at(0)}, "one record, or a device with the time"),
        ({}, "one record, or a device with the time"),
    ],
)
def test_a_move_of_nothing_is_refused(five_minutes, said, why):
    other = five_minutes.opens("2", "INVENTED-2")
    with pytest.raises(BadEntry, match=why):
        _moves(five_minutes, other, **said)


def test_what_a_session_is_made_of_stays_in_it(clinic):
    other = clinic.opens("2", "INVENTED-2")
    with pytest.raises(BadEntry, match=r"session\.open and stays"):
        _moves(clinic, other, target=clinic.records()[0].ref)
    with pytest.raises(BadEntry, match="another session"):
        _moves(clinic, clinic.session, target=clinic.records()[0].ref)


def test_only_readings_and_what_people_say_happened_leave_a_session(clinic):
    other = clinic.opens("2", "INVENTED-2")
    for kind in sorted(KINDS.keys() - MOVABLE):
        stays = written(clinic, kind, EXAMPLES[kind])
        with pytest.raises(BadEntry, match=r"stays where it is|no record is meant"):
            _moves(clinic, other, target=stays.ref)


def test_what_arrives_is_of_its_kinds_form(clinic):
    other = clinic.opens("2", "INVENTED-2")
    for kind in sorted(MOVABLE):
        _moves(clinic, other, target=written(clinic, kind, EXAMPLES[kind]).ref)
        arrived = clinic.records(other)[-1]
        assert arrived.kind == kind
        assert KINDS[kind].model_validate_json(arrived.payload).origin.session == clinic.session


def test_a_signature_that_was_moved_by_an_earlier_program_is_none(clinic):
    body = json.loads(text_of(EXAMPLES["sign"])) | {"origin": {"session": "other", "ref": "w:9", "at": at(0)}}
    clinic.desk.store.append([Entry(clinic.session, clinic.desk.clock.now(), "sign", NURSE, canonical(body))])
    assert signatures_of(build(clinic.desk.file(clinic.session))).state == "DRAFT"


def test_a_signature_that_an_earlier_program_moved_away_is_none(clinic):
    signed = written(clinic, "sign", EXAMPLES["sign"])
    written(clinic, "move", Move(direction="out", session="other", target=signed.ref, count=1, reason="x"))
    assert signatures_of(build(clinic.desk.file(clinic.session))).state == "DRAFT"


def test_a_move_of_an_earlier_program_that_named_nothing_took_what_came_in_its_span(five_minutes):
    clinic, other = five_minutes, five_minutes.opens("2", "INVENTED-2")
    span = {"source": "monitor", "start": at(0), "end": at(9)}
    earlier = written(clinic, "move", Move(direction="out", session="other", count=10, reason="x", **span))
    assert set(build(clinic.desk.file(clinic.session)).readings["superseded_by"][:20]) == {earlier.ref}
    with pytest.raises(BadEntry, match=f"moved already by {earlier.ref}"):
        _moves(clinic, other, **span)


@pytest.mark.parametrize("made", [{"demo": True}, {"demo": True, "clock_speed": 60.0}])
def test_a_demos_numbers_never_reach_a_patient(five_minutes, made):
    clinic = five_minutes
    wanted = replace(opening("3", "INVENTED-3"), author=NURSE, secrets=clinic.secrets(NURSE), **made)
    demo, _ = open_or_resume(clinic.desk, wanted)
    for here, there in ((clinic.session, demo), (demo, clinic.session)):
        with pytest.raises(BadEntry, match="a demo's numbers are no patient's"):
            _moves(clinic, there, here=here, source="monitor", start=at(0), end=at(SECONDS))


def test_a_record_is_moved_once(five_minutes):
    clinic, other, third = five_minutes, *(five_minutes.opens(n, f"INVENTED-{n}") for n in "23")
    effect = first_effect(clinic)
    first = _moves(clinic, other, target=effect.ref)
    with pytest.raises(BadEntry, match=f"moved already by {first.ref}"):
        _moves(clinic, third, target=effect.ref)
    line = _moves(clinic, other, source="monitor", start=at(0), end=at(9))
    with pytest.raises(BadEntry, match=f"moved already by {line.ref}"):
        _moves(clinic, third, source="monitor", start=at(0), end=at(9))
    _moves(clinic, third, source="monitor", start=at(0), end=at(19))
    assert [len(build(clinic.desk.file(one)).readings) for one in (other, third)] == [20, 20]


def test_what_was_withdrawn_is_not_moved(five_minutes):
    clinic, other = five_minutes, five_minutes.opens("2", "INVENTED-2")
    effect = first_effect(clinic)
    back = clinic.says(NURSE, "amend", target=effect.ref, withdrawn=True, reason="mis-tap")
    with pytest.raises(BadEntry, match=f"withdrawn already by {back.ref}"):
        _moves(clinic, other, target=effect.ref)


def test_an_entry_that_was_corrected_arrives_as_it_stands(five_minutes):
    clinic, other = five_minutes, five_minutes.opens("2", "INVENTED-2")
    effect = first_effect(clinic)
    entry = {"term": "headache", "severity": "mild"}
    clinic.says(COLLEAGUE, "amend", target=effect.ref, entry=entry, reason="was no nausea")
    _moves(clinic, other, target=effect.ref)
    arrived = clinic.records(other)[-1]
    assert (json.loads(arrived.payload)["term"], arrived.author) == ("headache", COLLEAGUE)
    here = build(clinic.desk.file(clinic.session)).events
    standing = here[(here["kind"] == "effect.report") & (here["superseded_by"] == "")]
    assert [body["term"] for body in standing["payload"]] == ["dizziness"]


def test_a_line_that_was_moved_here_by_mistake_is_moved_back_by_the_times_it_was_heard(five_minutes):
    clinic, other = five_minutes, five_minutes.opens("2", "INVENTED-2")
    _moves(clinic, other, source="monitor", start=at(0), end=at(9))
    back = _moves(clinic, clinic.session, here=other, source="monitor", start=at(0), end=at(4))
    assert json.loads(back.payload)["count"] == 5
    there = build(clinic.desk.file(other)).readings
    assert list(there["superseded_by"]) == [back.ref] * 10 + [""] * 10


def test_a_moved_reading_is_a_devices_still(five_minutes):
    clinic, other = five_minutes, five_minutes.opens("2", "INVENTED-2")
    _moves(clinic, other, source="monitor", start=at(0), end=at(9))
    assert set(build(clinic.desk.file(other)).readings["entered_by"]) == {""}


def test_what_was_said_of_a_reading_goes_with_it(clinic):
    other = clinic.opens("2", "INVENTED-2")
    amended, held, left_out = clinic.desk.store.append(
        [
            frame(clinic.session, clinic.desk.clock.now(), value)
            for value in (
                {"vital": "spo2", "value": 79},
                {"vital": "nibp_sys", "value": 130, "reason": "held", "quality": "invalid"},
                {"vital": "rr", "value": 14},
            )
        ]
    )
    for value in (89, 97):
        clinic.says(NURSE, "amend", target=amended.ref, changes={"spo2": value}, reason="typed wrong")
    clinic.says(NURSE, "adopt", target=held.ref, taken_at=at(-60), reason="seen to be taken")
    clinic.says(NURSE, "exclude", target=left_out.ref, reason="it was the fan")
    was = build(clinic.desk.file(clinic.session)).readings
    _moves(clinic, other, source="monitor", start=at(-1), end=at(1))
    here, there = (build(clinic.desk.file(one)).readings for one in (clinic.session, other))
    same = ["at", "measured_at", "vital", "value", "quality", "reason", "excluded", "entered_by", "source"]
    pd.testing.assert_frame_equal(there[same], was[same])
    assert list(there["superseded_by"] == "") == list(was["superseded_by"] == "")
    assert (here["superseded_by"] != "").all()


def test_a_reading_in_an_excluded_span_is_moved_once_that_is_taken_back(five_minutes):
    clinic, other = five_minutes, five_minutes.opens("2", "INVENTED-2")
    span = {"vital": "spo2", "start": at(5), "end": at(6), "reason": "the cuff's arm"}
    excluded = clinic.says(NURSE, "exclude", **span)
    with pytest.raises(BadEntry, match=f"the span that {excluded.ref} excludes"):
        _moves(clinic, other, source="monitor", start=at(0), end=at(9))
    clinic.says(NURSE, "exclude", undo=True, **span)
    _moves(clinic, other, source="monitor", start=at(0), end=at(9))
    assert not build(clinic.desk.file(other)).readings["excluded"].any()


def test_a_reading_that_was_moved_twice_came_in_when_it_was_heard_first(five_minutes):
    clinic, other, third = five_minutes, *(five_minutes.opens(n, f"INVENTED-{n}") for n in "23")
    for here, there in ((clinic.session, other), (other, third)):
        _moves(clinic, there, here=here, source="monitor", start=at(7), end=at(7))
    assert [when.isoformat() for when in build(clinic.desk.file(third)).readings["at"]] == [at(7)] * 2


def test_the_right_patient_takes_the_session_over(five_minutes):
    clinic = five_minutes
    rebound = {"was": "INVENTED-1", "patient": "INVENTED-9", "reason": "namesake"}
    clinic.says(NURSE, "session.patient", with_=(COLLEAGUE,), second={"name": COLLEAGUE}, **rebound)
    file = clinic.desk.file(clinic.session)
    assert file.row["patient"] == file.patient["id"] == "INVENTED-9"
    assert [row["patient"] for row in clinic.desk.store.sessions()] == ["INVENTED-9"]
    assert build(file).identifiers == ("Patient INVENTED-9", "id INVENTED-9")


def test_the_place_in_the_course_was_the_other_patients(clinic):
    rebound = {"was": "INVENTED-1", "patient": "INVENTED-9", "reason": "namesake"}
    clinic.says(NURSE, "session.patient", **rebound)
    assert build(clinic.desk.file(clinic.session)).number == ""
    course = {"id": "C8", "phase": "maintenance", "number": 2}
    again = {"was": "INVENTED-9", "patient": "INVENTED-8", "reason": "another namesake"}
    clinic.says(NURSE, "session.patient", course=course, **again)
    made = build(clinic.desk.file(clinic.session))
    assert (made.course, made.number) == ("Maintenance", "2")


def first_effect(clinic: Clinic) -> Written:
    return next(record for record in clinic.records() if record.kind == "effect.report")


def written(clinic: Clinic, kind: str, said: Payload) -> Written:
    """Return a record of any kind, as the recorder or an earlier program may have made it."""
    entry = Entry(clinic.session, clinic.desk.clock.now(), kind, NURSE, text_of(said))
    return clinic.desk.store.append([entry])[0]


def _moves(clinic: Clinic, other: str, here: str | None = None, **said: object) -> Written:
    payload = {"direction": "out", "session": other, "reason": "wrong room", "second": {"name": COLLEAGUE}}
    secrets = clinic.secrets(NURSE, COLLEAGUE)
    return clinic.desk.append(here or clinic.session, "move", NURSE, payload | said, secrets)
