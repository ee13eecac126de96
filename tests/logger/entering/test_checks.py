"""What is looked at before an entry becomes a record, and what is refused with a sentence."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ledgers import NURSE, Hands, Nurse, at, desk_at, open_session, reading

from devices.errors import BadAddress, UnknownAdapter
from logger.clock import SECOND
from logger.entering.checks import AHEAD, BEFORE, PEOPLE_SAY
from logger.errors import BadEntry, NoSuchRecord, NoSuchSession
from logger.kinds import KINDS
from logger.ledger.models import Written

ATTACHED = {"source": "monitor", "event": "attached", "adapter": "nonin", "url": "/dev/ttyUSB0"}


@pytest.fixture
def nurse(tmp_path: Path) -> Iterator[Nurse]:
    hands = Hands()
    desk = desk_at(tmp_path / "clinic.db", hands)
    yield Nurse(desk, hands)
    desk.close()


# What is accepted.


@pytest.mark.parametrize(
    ("kind", "payload"),
    [
        ("effect.resolved", {"term": "nausea"}),  # never reported
        ("effect.none", {}),
        ("infusion.end", {}),  # never started
        ("infusion.pause", {"reason": "vomiting"}),
        ("infusion.rate", {"ml_h": 30}),
        ("infusion.start", {"drug": "ketamine", "mg": 40}),
        ("mark", {}),
        ("device", ATTACHED),
    ],
)
def test_what_happened_is_accepted_whatever_should_have_come_before(nurse, kind, payload):
    assert nurse.says(kind, **payload).kind == kind


def test_the_same_may_happen_twice(nurse):
    assert [nurse.says("infusion.start").seq for _ in range(2)] == [2, 3]


def test_what_happened_before_the_session_is_accepted(nurse):
    said = nurse.says("effect.report", term="nausea", severity="mild", happened_at=at(-86_400))
    assert json.loads(said.payload)["happened_at"] == at(-86_400).replace("+00:00", "Z")


def test_clocks_of_a_clinic_may_differ_by_a_minute(nurse):
    assert nurse.says("note", text="x", happened_at=at(AHEAD / SECOND))


def test_a_person_may_have_no_value(nurse):
    assert nurse.types(spo2=None)


def test_what_people_say_and_what_the_recorder_says_is_parted():
    assert {"note", "effect.none", "infusion.end", "session.end"} <= PEOPLE_SAY < KINDS.keys()
    own = {"unread", "link", "clock", "session.open", "session.resume", "session.pause", "close", "storage"}
    assert own <= KINDS.keys() - PEOPLE_SAY


# Times.


@pytest.mark.parametrize("seconds", [AHEAD / SECOND + 1, 3600])
@pytest.mark.parametrize(
    ("kind", "field", "payload"),
    [
        ("note", "happened_at", {"text": "x"}),
        ("reading", "happened_at", {"source": "manual", "readings": []}),
        ("adopt", "taken_at", {"target": "w:1", "reason": "x"}),
    ],
)
def test_a_time_that_has_not_come_is_refused(nurse, seconds, kind, field, payload):
    assert_refused(nurse, "has not come yet", kind, **payload, **{field: at(seconds)})


def test_a_time_of_another_year_is_refused(nurse):
    long_ago = at(-BEFORE.total_seconds() - 1)
    assert_refused(
        nurse, "7 days before this session; look at the date", "note", text="x", happened_at=long_ago
    )
    assert nurse.says("note", text="x", happened_at=at(-BEFORE.total_seconds()))


def test_what_a_record_already_has_behind_it_has_come(nurse):
    simulated = open_session(nurse.desk, "2", patient="INVENTED-2", clock_speed=60.0, demo=True)
    newest = nurse.desk.clock.now() + 3600 * SECOND
    nurse.desk.store.append([reading(simulated, newest, spo2=97.0)])
    assert nurse.desk.append(simulated, "note", NURSE, {"text": "x", "happened_at": at(3600)})


# Typed values.


@pytest.mark.parametrize(
    ("vital", "value", "said"),
    [
        ("spo2", 101, "spo2=101 is outside "),
        ("nibp_sys", 20, "outside 40-280 mm"),
        ("nibp_sys", 1420, "outside 40-280 mm"),
        ("blood", 5, "no vital sign; known are nibp_sys"),
        ("nibp", 120, "no vital sign"),  # a set of values has none of its own
    ],
)
def test_a_typed_value_that_can_not_be_is_refused_with_what_can(nurse, vital, value, said):
    assert_refused(nurse, said, "reading", source="manual", readings=[{"vital": vital, "value": value}])


def test_a_value_is_looked_at_when_it_is_amended_too(nurse):
    typed = nurse.types(nibp_sys=142)
    assert_refused(nurse, "outside 40-280 mm", "amend", **amending(typed, {"nibp_sys": 1420}))


def test_what_is_really_so_is_recorded_once_it_is_confirmed(nurse):
    odd = [{"vital": "nibp_sys", "value": 291}]
    typed = nurse.says("reading", source="manual", readings=odd, confirmed=True)
    assert '"confirmed":true' in typed.payload
    amended = nurse.says("amend", **amending(typed, {"nibp_sys": 292}), confirmed=True)
    assert '"confirmed":true' in amended.payload


def test_each_of_several_typed_values_is_looked_at(nurse):
    with pytest.raises(BadEntry, match="nibp_dia=2 is outside"):
        nurse.types(nibp_sys=120, nibp_dia=2)


def test_a_value_that_is_given_twice_is_refused(nurse):
    twice = [{"vital": "spo2", "value": 97}, {"vital": "spo2", "value": 98}]
    assert_refused(nurse, "spo2 is given twice", "reading", source="manual", readings=twice)


@pytest.mark.parametrize("edge", [40, 280])
def test_the_edges_of_what_can_be_can_be(nurse, edge):
    assert nurse.types(nibp_sys=edge)


@pytest.mark.parametrize("said", [{"source": "monitor"}, {"capture": 0}, {"offset": 0}])
def test_a_persons_reading_can_not_pass_for_a_devices(nurse, said):
    readings = [{"vital": "spo2", "value": 97}]
    assert_refused(
        nurse, "has the source manual", "reading", **{"source": "manual", "readings": readings} | said
    )


# The form.


@pytest.mark.parametrize("kind", ["session.open", "close", "clock", "link", "unheard.of"])
def test_a_kind_that_no_person_enters_is_refused(nurse, kind):
    assert_refused(nurse, f"{kind} is no kind that a person enters; known are adopt, amend", kind)


@pytest.mark.parametrize("author", ["", "  ", "two\nlines", "tab\there", "lone \udcff"])
def test_an_entry_needs_an_author_on_one_line(nurse, author):
    with pytest.raises(BadEntry, match="author's name on one line"):
        nurse.says("note", author, text="x")
    assert len(nurse.records()) == 2


@pytest.mark.parametrize(
    ("kind", "payload", "said"),
    [
        ("note", {}, "note: text: Field required"),
        ("note", {"text": "x", "colour": "blue"}, "note: colour: "),
        ("note", {"text": "x", "happened_at": "9999-12-31T23:59:59+00:00"}, "note: happened_at"),
        ("effect.report", {"term": "nausea", "severity": "awful"}, "effect.report: severity: "),
        ("reading", {"source": "manual", "readings": [{"value": 1}]}, "reading: readings.0.vital: "),
        ("exclude", {"reason": "x"}, "either one record is meant, or a vital"),
        ("device", ATTACHED | {"source": "../x"}, "device: source: "),
        ("device", {"source": "x", "event": "attached"}, "needs an adapter and a url"),
    ],
)
def test_a_payload_that_is_not_of_its_kind_is_refused_and_names_the_field(nurse, kind, payload, said):
    assert_refused(nurse, said, kind, **payload)


def test_an_entry_for_no_session_is_refused(nurse):
    with pytest.raises(NoSuchSession):
        nurse.desk.append("nobody", "note", NURSE, {"text": "x"})


def test_a_session_ends_once(nurse):
    nurse.says("session.end")
    assert_refused(nurse, r"was ended by nurse.example at \d\d:\d\d:\d\d already", "session.end")


# Devices.


@pytest.mark.parametrize(
    ("said", "error"), [({"adapter": "no_such"}, UnknownAdapter), ({"url": "ftp://somewhere"}, BadAddress)]
)
def test_a_device_that_makes_no_sense_is_refused(nurse, said, error):
    with pytest.raises(error):
        nurse.says("device", **ATTACHED | said)
    assert len(nurse.records()) == 2


def test_a_simulated_device_beside_a_patient_is_refused(nurse):
    assert_refused(nurse, "taken for a patient's", "device", **ATTACHED | {"url": "simulate:nonin"})


def test_a_device_of_another_clock_is_refused(nurse):
    simulated = open_session(nurse.desk, "2", patient="INVENTED-2", clock_speed=60.0, demo=True)
    with pytest.raises(BadEntry, match="clock runs at 60, the device's at 1"):
        nurse.desk.append(simulated, "device", NURSE, ATTACHED)


def test_a_device_that_was_never_attached_can_not_be_detached(nurse):
    assert_refused(nurse, "is no device of this session", "device", source="monitor", event="detached")
    nurse.says("device", **ATTACHED)
    assert nurse.says("device", source="monitor", event="detached")


# What speaks of another record.


@pytest.mark.parametrize(
    ("kind", "payload"),
    [
        ("amend", {"changes": {"spo2": 97}}),
        ("exclude", {}),
        ("adopt", {"taken_at": at(-60)}),
    ],
)
def test_a_record_that_is_not_there_can_not_be_meant(nurse, kind, payload):
    with pytest.raises(NoSuchRecord, match=r"has no record abc:9; `infusionlog show`"):
        nurse.says(kind, target="abc:9", reason="x", **payload)


def test_a_record_of_another_session_can_not_be_meant(nurse):
    other = open_session(nurse.desk, "2", patient="INVENTED-2")
    nurse.desk.store.append([reading(other, nurse.desk.clock.now(), spo2=97.0)])
    with pytest.raises(NoSuchRecord):
        nurse.says("amend", target=f"{nurse.desk.store.writer}:2", changes={"spo2": 98}, reason="x")


@pytest.mark.parametrize(
    ("kind", "payload"),
    [("amend", {"changes": {"spo2": 97}}), ("adopt", {"taken_at": at(-60)}), ("exclude", {})],
)
def test_what_is_no_reading_can_not_be_corrected(nurse, kind, payload):
    note = nurse.says("note", text="x")
    assert_refused(nurse, "is a record of note, and", kind, target=note.ref, reason="x", **payload)


def test_a_reading_can_be_amended_and_its_amendment_again(nurse):
    first = nurse.types(spo2=79)
    second = nurse.says("amend", **amending(first, {"spo2": 97}))
    assert nurse.says("amend", **amending(second, {"spo2": 98})).kind == "amend"


def test_a_value_that_the_record_does_not_have_can_not_be_amended(nurse):
    first = nurse.types(nibp_sys=120, nibp_dia=80)
    said = "has no spo2 of its own to amend, only nibp_dia, nibp_sys"
    assert_refused(nurse, said, "amend", **amending(first, {"spo2": 97}))
    second = nurse.says("amend", **amending(first, {"nibp_sys": 130}))
    assert_refused(nurse, "amended nibp_sys, not nibp_dia", "amend", **amending(second, {"nibp_dia": 70}))


def test_a_repeat_of_a_cuff_cycle_is_amended_where_it_was_first_recorded(nurse):
    again = nurse.heard({"vital": "nibp_sys", "value": 120.0, "repeat": True})
    assert_refused(nurse, "only repeats of an earlier", "amend", **amending(again, {"nibp_sys": 130}))


def test_a_value_of_a_devices_own_code_can_be_amended(nurse):
    heard = nurse.heard({"vital": "local:test:x", "value": 1.0, "unit": "1"})
    assert nurse.says("amend", **amending(heard, {"local:test:x": 5000}))


def test_a_held_reading_can_be_claimed(nurse):
    held = nurse.heard({"vital": "nibp_sys", "value": 120.0, "reason": "held", "quality": "invalid"})
    assert nurse.says("adopt", target=held.ref, taken_at=at(-60), reason="seen to be taken").kind == "adopt"


@pytest.mark.parametrize("said", [{}, {"reason": "held", "repeat": True}])
def test_where_nothing_is_held_nothing_can_be_claimed(nurse, said):
    heard = nurse.heard({"vital": "nibp_sys", "value": 120.0} | said)
    assert_refused(nurse, "holds no cuff reading", "adopt", target=heard.ref, taken_at=at(-60), reason="x")


def test_a_reading_and_a_span_can_be_excluded(nurse):
    heard = nurse.heard({"vital": "spo2", "value": 60.0})
    assert nurse.says("exclude", target=heard.ref, reason="x")
    assert nurse.says("exclude", vital="spo2", start=at(-60), end=at(0), reason="x")


@pytest.mark.parametrize("span", [{}, {"start": at(0)}, {"end": at(0)}, {"start": at(0), "end": at(-1)}])
def test_a_span_has_a_beginning_and_an_end_behind_it(nurse, span):
    assert_refused(
        nurse, "give --from and --to, the earlier first", "exclude", vital="spo2", reason="x", **span
    )


def test_a_span_of_no_vital_is_refused(nurse):
    span = {"start": at(-60), "end": at(0)}
    assert_refused(nurse, "blood is no vital sign", "exclude", vital="blood", reason="x", **span)


def amending(record: Written, changes: dict[str, float]) -> dict[str, Any]:
    return {"target": record.ref, "changes": changes, "reason": "typed wrong"}


def assert_refused(nurse: Nurse, said: str, kind: str, **payload: Any) -> None:
    before = nurse.records()
    with pytest.raises(BadEntry, match=said) as refused:
        nurse.says(kind, **payload)
    assert nurse.records() == before
    assert len(str(refused.value).splitlines()) == 1


@pytest.mark.parametrize("kind", ["session.end", "discharge"])
def test_nothing_ends_before_it_was_opened(nurse, kind):
    said = {"decided_by": {"name": "p.p"}, "role": "physician", "escort_present": True}
    with pytest.raises(BadEntry, match="before the session was opened"):
        nurse.says(kind, happened_at=at(-60), **(said if kind == "discharge" else {}))


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("check.intake", {"last_food": at(3600)}),
        ("rems.submitted", {"submitted_at": at(3600)}),
        ("gap.reason", {"start": at(0), "end": at(3600), "reason": "x"}),
    ],
)
def test_no_time_that_a_person_states_has_yet_to_come(nurse, kind, said):
    with pytest.raises(BadEntry, match="has not come yet"):
        nurse.says(kind, **said)


def test_a_typed_reading_is_a_vital_and_its_value(nurse):
    typed = {"vital": "spo2", "value": 97, "measured_at": at(-60)}
    with pytest.raises(BadEntry, match="when it was taken goes in --at"):
        nurse.says("reading", source="manual", readings=[typed])


def test_a_person_gives_no_entry_an_origin(nurse):
    origin = {"session": "zzz", "ref": "w:1", "at": at(0)}
    with pytest.raises(BadEntry, match="infusionlog move"):
        nurse.says("note", text="x", origin=origin)


@pytest.mark.parametrize(("was", "patient"), [("NOBODY", "INVENTED-9"), ("INVENTED-1", "INVENTED-1")])
def test_a_session_goes_from_its_patient_to_another_one(nurse, was, patient):
    with pytest.raises(BadEntry, match="is of patient INVENTED-1"):
        nurse.says("session.patient", was=was, patient=patient, reason="x")
