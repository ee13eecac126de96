"""The due check: what the protocol expects from a person, on one page with one button."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from devices.errors import UsageError
from logger.entering.answers import number_of
from logger.errors import BadEntry
from logger.times import with_times
from logger.web.at_session import Entering, Row, answered, asked_again, page, session_for
from logger.web.clinic import Clinic
from logger.web.due import protocol_of
from logger.web.entry_fields import typed_of
from logger.web.forms import happened_at, key_of
from logger.web.guards import Form, TheClinic
from logger.web.pages.quick_entries import PAD, reading_typed
from logger.web.panel import OpenEffect, Panel, panel
from logger.web.visits import Visitor

if TYPE_CHECKING:
    from analysis.instruments import Instrument, Item, Version

router = APIRouter()

Entry = tuple[str, str, dict[str, Any]]
"""A word for its key, a kind and its payload."""


@dataclass(frozen=True, slots=True)
class Rating:
    """One item by which a parameter of the protocol is rated: *name* is its field."""

    name: str
    label: str
    instrument: Instrument
    version: Version
    item: Item


@router.get("/sessions/{session}/due")
def ask(request: Request, session: str, visitor: Entering, clinic: TheClinic) -> Response:
    """Ask for all that is due from a person."""
    row = session_for(clinic, visitor, session)
    return page(request, visitor, clinic, row, "nurse/due.html", **_values(clinic, row, visitor))


@router.post("/sessions/{session}/due")
def enter(request: Request, session: str, visitor: Entering, clinic: TheClinic, form: Form) -> Response:
    """Record what was checked: all of it, or nothing where something of it can't be."""
    row, typed = session_for(clinic, visitor, session), typed_of(form)
    values = _values(clinic, row, visitor)
    try:
        at = happened_at(form)
        entries = [
            (word, kind, said | {"happened_at": at})
            for word, kind, said in entries_typed(typed, values["ratings"], values["panel"])
        ]
        enter_together(clinic, visitor, row, entries, key_of(form))
    except UsageError as error:
        names = (*PAD, "confirmed", *(one.name for one in values["ratings"]))
        values |= {"typed": typed}
        return asked_again(request, visitor, clinic, row, "nurse/due.html", error, names, **values)
    return answered(request, row, "The check is saved.")


def _values(clinic: Clinic, row: Row, visitor: Visitor) -> dict[str, Any]:
    with clinic.desk() as desk:
        text = desk.store.protocol_text(row["protocol_digest"])
    protocol = protocol_of(text, row["protocol"])
    wanted = {id: one.label for id, one in protocol.parameters.items() if one.kind == "assessment"}
    return {"panel": panel(clinic, row, visitor), "ratings": ratings_for(wanted)}


def ratings_for(wanted: Mapping[str, str]) -> list[Rating]:
    """Return by which single item each parameter is rated at the bedside, of those that have one.

    *wanted* are labels by parameter. Of several items the one with the fewest answers is taken.
    """
    from analysis.instruments import instruments

    found: dict[str, Rating] = {}
    for known in instruments().values():
        for version in known.versions:
            for item in version.items:
                alone = known.measures if len(version.items) == 1 else ""
                measures = item.measures or alone
                if measures not in wanted or not item.whole:
                    continue
                rating = Rating(f"rated.{measures}", wanted[measures], known, version, item)
                before = found.get(measures)
                if before is None or item.highest - item.lowest < before.item.highest - before.item.lowest:
                    found[measures] = rating
    return [found[measures] for measures in wanted if measures in found]


def entries_typed(typed: Mapping[str, str], ratings: Sequence[Rating], shown: Panel) -> list[Entry]:
    """Return the entries that a due check makes.

    Raises:
        BadEntry: nothing was typed, or something that is no number or answer.
    """
    found: list[Entry] = []
    if any(typed.get(vital, "").strip() for vital in PAD):
        found.append(("reading", "reading", reading_typed(dict(typed))))
    for rating in ratings:
        if text := typed.get(rating.name, "").strip():
            found.append((rating.name.replace(".", "-"), "assessment.score", _score(rating, text)))
    if typed.get("none") and not shown.open_effects:
        found.append(("none", "effect.none", {}))
    for number, effect in enumerate(shown.open_effects):
        found += _of_effect(number, effect, typed.get(f"effect.{effect.ref}", ""))
    if not found:
        raise BadEntry("due check: nothing is filled in; type the respiratory rate or choose an answer")
    return found


def _score(rating: Rating, text: str) -> dict[str, Any]:
    try:
        answer = number_of(rating.instrument, rating.item, rating.item.id, text)
    except BadEntry as error:
        raise BadEntry(f"score: {rating.name}: {error}") from None
    return {
        "instrument": rating.instrument.id,
        "version": rating.version.id,
        "answers": {rating.item.id: answer},
        "answered_by": "clinician" if "clinician" in rating.instrument.answered_by else "patient",
    }


def _of_effect(number: int, effect: OpenEffect, said: str) -> list[Entry]:
    """Return what was said of a side effect that was open: it ended, or how bad it is now."""
    if said == "ended":
        return [(f"effect-{number}", "effect.resolved", {"term": effect.term})]
    if said in ("mild", "moderate", "severe"):
        return [(f"effect-{number}", "effect.report", {"term": effect.term, "severity": said})]
    return []


def enter_together(
    clinic: Clinic, visitor: Visitor, row: Row, entries: Sequence[Entry], key: str | None
) -> None:
    """Record several entries of one form: each is looked at before the first is recorded."""
    with clinic.desk() as desk:
        for _, kind, said in entries:
            given = {name: value for name, value in said.items() if value is not None}
            looked_at = with_times(given, clinic.now(), clinic.zone(row["id"]), clinic.settings.late_hours)
            desk.check(row["id"], kind, visitor.name, looked_at, proved=True)
        for word, kind, said in entries:
            clinic.enter(visitor, row["id"], kind, said, key=f"{key}-{word}"[:64] if key else None)
