"""Scores: the items of each instrument; where its text is not shipped, the clinic's own form has it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import Response

from analysis.wording import ANSWERS_STATEMENT
from devices.errors import UsageError
from logger.entering.answers import number_of
from logger.errors import BadEntry
from logger.web.at_session import Entering, answered, asked_again, page, session_for
from logger.web.entry_fields import Typed, typed_of
from logger.web.forms import happened_at, key_of
from logger.web.guards import Form, TheClinic

if TYPE_CHECKING:
    from analysis.instruments import Instrument, Version

router = APIRouter()
EXAMPLES = {"instrument": "phq9"}


@router.get("/sessions/{session}/scores")
def choose(request: Request, session: str, visitor: Entering, clinic: TheClinic) -> Response:
    """List the instruments."""
    from analysis.instruments import instruments

    row = session_for(clinic, visitor, session)
    return page(request, visitor, clinic, row, "nurse/scores.html", instruments=instruments().values())


@router.get("/sessions/{session}/scores/{instrument}")
def ask(
    request: Request, session: str, instrument: str, visitor: Entering, clinic: TheClinic, version: str = ""
) -> Response:
    """Ask for the answers to an instrument."""
    row = session_for(clinic, visitor, session)
    known, used = meant_by(instrument, version)
    return page(request, visitor, clinic, row, "nurse/score.html", **values_of(known, used))


@router.post("/sessions/{session}/scores/{instrument}")
def enter(
    request: Request, session: str, instrument: str, visitor: Entering, clinic: TheClinic, form: Form
) -> Response:
    """Record answers; totals are computed where they are shown."""
    row, typed = session_for(clinic, visitor, session), typed_of(form)
    known, used = meant_by(instrument, typed.get("version", ""))
    try:
        said = score_typed(known, used, typed) | {"happened_at": happened_at(form)}
        clinic.enter(visitor, row["id"], "assessment.score", said, key=key_of(form))
    except UsageError as error:
        names = [f"item.{item.id}" for item in used.items] + ["answered_by", "state"]
        values = values_of(known, used) | {"typed": typed}
        return asked_again(request, visitor, clinic, row, "nurse/score.html", error, names, **values)
    return answered(request, row, f"{known.name}: saved.")


def meant_by(name: str, version: str) -> tuple[Instrument, Version]:
    """Return an instrument and the version that is named, else its first; an unknown one has no page."""
    from analysis.instruments import UnknownInstrument, instrument, instruments

    known = instruments().get(name)
    if known is None:
        raise HTTPException(404)
    try:
        return instrument(name, version or known.versions[0].id)
    except UnknownInstrument:
        raise HTTPException(404) from None


def values_of(known: Instrument, used: Version) -> dict[str, Any]:
    """Return what the form of an instrument shows."""
    statement = ANSWERS_STATEMENT if known.statement else ""
    return {"instrument": known, "version": used, "answers_statement": statement}


def score_typed(known: Instrument, used: Version, typed: Typed) -> dict[str, Any]:
    """Return the payload of a score: what was left empty was not answered, or not asked.

    Raises:
        BadEntry: an answer is none, or nobody is said to have answered.
    """
    answers: dict[str, int | float | None] = {}
    for item in used.items:
        text = typed.get(f"item.{item.id}", "").strip().replace(",", ".", 1)
        if text:
            answers[item.id] = _answer(known, used, item.id, text)
        elif used.scoring != "each" and (not item.asked_if or answers.get(item.asked_if)):
            answers[item.id] = None
    if all(answer is None for answer in answers.values()):
        raise BadEntry(f"score: item.{used.items[0].id}: answer at least one item")
    by = typed.get("answered_by") or (known.answered_by[0] if len(known.answered_by) == 1 else "")
    if by not in known.answered_by:
        raise BadEntry("score: answered_by: say who answered")
    said = {"instrument": known.id, "version": used.id, "answers": answers, "answered_by": by}
    return said | {"state": typed.get("state")}


def _answer(known: Instrument, used: Version, id: str, text: str) -> int | float | None:
    from analysis.instruments import WrongAnswers, check_answers

    try:
        answer = number_of(known, used.item(id), id, text[:40])
        if answer is not None:
            check_answers(known.id, used.id, {id: answer}, known.answered_by[0])
    except (BadEntry, WrongAnswers, OverflowError) as error:
        raise BadEntry(f"score: item.{id}: {error}") from None
    return answer
