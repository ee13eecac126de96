"""The REMS form of a nasal session: filled in from the record, never from a conclusion."""

from __future__ import annotations

import csv
from datetime import UTC, datetime, timedelta
from pathlib import Path

import invented_sessions as invented
import pytest
from invented_sessions import START, at, cuff, event
from matplotlib.text import Text

from analysis import rems
from analysis.session import Session

NASAL = "esketamine_nasal"
LATER = START + timedelta(days=2)


def nasal(*events: dict[str, object], readings: list[dict[str, object]] | None = None) -> Session:
    first = event(0, "dose.device", 1, number=1, drug="esketamine", mg=28, lot="DEMO-LOT-9")
    second = event(5, "dose.device", 2, number=2, drug="esketamine", mg=28, lot="DEMO-LOT-9")
    rows = readings if readings is not None else [*cuff(-8, 122, 78, 10), *cuff(41, 146, 92, 11)]
    return invented.session(readings=rows, events=[first, second, *events], protocol_id=NASAL)


def value(session: Session, label: str) -> str:
    (found,) = [field.value for field in rems.form_of(session) if field.label.startswith(label)]
    return found


def test_the_dose_is_the_devices_together_with_their_lot():
    assert (value(nasal(), "Dose, mg"), value(nasal(), "Lot")) == ("56", "DEMO-LOT-9")


@pytest.mark.parametrize(
    ("minute", "said"), [(34.9, ""), (35, "146/92 at +35 min"), (50, "146/92 at +50 min")]
)
def test_the_pressure_at_40_minutes_is_one_within_the_protocols_window(minute, said):
    assert value(nasal(readings=cuff(minute, 146, 92, 11)), "At 40 minutes") == said


def test_the_pressures_before_and_at_the_end_are_the_last_of_each():
    rows = [*cuff(-12, 130, 80, 9), *cuff(-8, 122, 78, 10), *cuff(60, 140, 90, 11), *cuff(118, 124, 79, 12)]
    session = nasal(readings=rows)
    assert value(session, "Before the treatment") == "122/78 at -8 min"
    assert value(session, "Before it was completed") == "124/79 at +118 min"


def test_an_effect_is_told_with_its_worst_severity_and_its_times():
    mild = event(18, "effect.report", 3, term="dissociation", severity="mild")
    worse = event(30, "effect.report", 4, term="dissociation", severity="moderate")
    ended = event(70, "effect.resolved", 5, term="dissociation")
    assert value(nasal(mild, worse, ended), "Dissociation") == "yes, moderate, from +18 min to +70 min"
    assert value(nasal(mild), "Dissociation") == "yes, mild, from +18 min ongoing"


@pytest.mark.parametrize(
    "label",
    ["Sedation", "Serious adverse event", "Vital signs acceptable before the", "Benzodiazepine", "Sex"],
)
def test_what_no_record_says_stays_empty(label):
    assert value(nasal(), label) == ""


def test_it_has_to_be_submitted_within_the_protocols_days_of_the_first_device():
    due = rems.due_of(nasal())
    assert due.by == at(0) + timedelta(days=7)
    assert due.said(LATER) == f"to be submitted by {due.by:%Y-%m-%d} (5 days left)"
    assert due.said(due.by + timedelta(seconds=1)) == f"was to be submitted by {due.by:%Y-%m-%d}"


@pytest.mark.parametrize(
    ("days", "said"), [(7, "submitted 2026-03-09"), (8, "submitted 2026-03-10, after its time")]
)
def test_a_form_that_was_submitted_says_when_and_whether_in_time(days, said):
    sent = (START + timedelta(days=days)).isoformat()
    assert rems.due_of(nasal(event(130, "rems.submitted", 9, submitted_at=sent))).said(LATER) == said


def test_the_day_it_is_due_is_one_of_the_clinics_calendar():
    first = event(11 * 60, "dose.device", 1, number=1, drug="esketamine", mg=28)  # 20:00 there, 01:00 UTC
    late = invented.session(readings=[], events=[first], protocol_id=NASAL)
    assert rems.due_of(late).said(LATER).startswith("to be submitted by 2026-03-09 (")


def test_only_a_nasal_session_is_asked_for_it():
    assert rems.is_asked(nasal())
    assert not rems.is_asked(invented.quiet())


def test_a_serious_event_is_told_to_its_end_however_long_it_is():
    words = [f"word{number}" for number in range(300)]
    kept = {"criterion": "hospitalisation", "description": " ".join(words)}
    session = nasal(event(50, "effect.serious", 6, term="nausea", **kept))
    pages = rems.draw_form(session, rems.form_of(session), LATER)
    drawn = " ".join(text.get_text() for page in pages for text in page.findobj(Text)).split()
    assert {*words, "page"} <= set(drawn)
    assert (len(pages), len(rems.draw_form(nasal(), rems.form_of(nasal()), LATER))) == (2, 1)


def test_it_is_written_as_a_table_and_as_a_page(tmp_path: Path):
    now = datetime(2026, 3, 4, tzinfo=UTC)
    rems.save_form(nasal(), tmp_path / "form.csv", now)
    rems.save_form(nasal(), tmp_path / "form.pdf", now)
    with (tmp_path / "form.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["label"]: row["value"] for row in rows}["Dose, mg"] == "56"
    assert (tmp_path / "form.pdf").read_bytes().startswith(b"%PDF")
