"""QA's audits: which sessions, what every rule said, what was decided about it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import FileResponse, RedirectResponse, Response

from analysis.rules import RULES
from logger import kinds
from logger.errors import BadEntry, NoSuchRecord, NotAllowed
from logger.ledger.finding import newest_of, of_kind
from logger.ledger.models import Written
from logger.reviewing.audit_files import MATRIX, RATES
from logger.reviewing.auditing_words import Asked
from logger.web.audits import audits_of
from logger.web.clinic import Clinic
from logger.web.guards import Form, TheClinic, visitor_with
from logger.web.pages.signing_in import sentence
from logger.web.rendering import Link, render
from logger.web.visits import Visitor

router = APIRouter()
LINKS = (Link("Audit", "/audit", ("qa",)),)
EXAMPLES = {"rule": "R01", "name": MATRIX}
Qa = Annotated[Visitor, Depends(visitor_with("qa"))]

RUNS = 20
"""Runs on a page."""


@router.get("/audit")
def audit(request: Request, visitor: Qa, clinic: TheClinic) -> Response:
    """Ask which sessions to judge, and list the runs on record."""
    return _audits(request, visitor, clinic)


@router.post("/audit")
def begin(request: Request, visitor: Qa, clinic: TheClinic, form: Form) -> Response:
    """Have an audit made; the page says how far it is."""
    try:
        begun = audits_of(request).begin(visitor, _asked(form))
    except BadEntry as error:
        return _audits(request, visitor, clinic, form, sentence(error), 422)
    if not begun:
        return _audits(request, visitor, clinic, form, "An audit is at work; wait until it is done.", 409)
    return RedirectResponse("/audit", 303)


@router.get("/audit/{run}")
def one(request: Request, visitor: Qa, clinic: TheClinic, run: str) -> Response:
    """Show a run: what failed and what can't be told, the gravest first, by rule."""
    return _run(request, visitor, clinic, run)


@router.post("/audit/{run}/again")
def again(request: Request, visitor: Qa, clinic: TheClinic, run: str) -> Response:
    """Have the files of a run made again, as everything stood then."""
    _record(clinic, run)
    audits_of(request).again(visitor, run)
    return RedirectResponse("/audit", 303)


@router.get("/audit/{run}/files/{name}")
def file(request: Request, visitor: Qa, clinic: TheClinic, run: str, name: str) -> Response:
    """Return a table or a picture of a run."""
    _record(clinic, run)
    audits = audits_of(request)
    if name not in (MATRIX, RATES, "audit.pdf") and not name.endswith(".png"):
        raise NoSuchRecord(f"the audit {run} has no file of this name")
    if "/" in name or not (audits.of(run) / name).is_file():
        return RedirectResponse(f"/audit/{run}", 303)  # which says how they are made again
    if not name.endswith(".png"):
        clinic.saw(visitor, "exported", what=f"audit {run}: {name}")
    saved_as = None if name.endswith(".png") else f"audit-{run.replace(':', '-')}-{name}"
    return FileResponse(audits.of(run) / name, filename=saved_as)


@router.get("/audit/{run}/{rule}")
def rule(request: Request, visitor: Qa, clinic: TheClinic, run: str, rule: str) -> Response:
    """Show a run's verdicts of one rule, with their evidence and what was decided about them."""
    return _rule(request, visitor, clinic, run, rule)


@router.post("/audit/{run}/{rule}")
def decide(request: Request, visitor: Qa, clinic: TheClinic, run: str, rule: str, form: Form) -> Response:
    """Record what QA decided about a verdict: it stands beside the verdict, never instead of it."""
    session = str(form.get("session", ""))
    try:
        shown = audits_of(request).shown(run)
        found = [one for one in _told(shown, rule) if one["session"] == session] if shown else []
        if not found:
            raise BadEntry("this audit has no such verdict; open the audit again")
        said = {name: str(form.get(name, "")).strip() for name in ("disposition", "reason")}
        said_of = said | {"session": session, "rule": rule, "evidence": found[0]["evidence"][:20]}
        clinic.enter(visitor, kinds.SYSTEM, "audit.finding", said_of, key=str(form.get("key", "")))
    except (BadEntry, NotAllowed) as error:
        return _rule(request, visitor, clinic, run, rule, form, sentence(error), 422)
    return RedirectResponse(f"/audit/{run}/{rule}#s-{session}", 303)


def _audits(
    request: Request,
    visitor: Visitor,
    clinic: Clinic,
    typed: Mapping[str, Any] | None = None,
    error: str = "",
    status: int = 200,
) -> Response:
    with clinic.desk() as desk:
        found, count = newest_of(desk.store, kinds.SYSTEM, ["audit.run"], limit=RUNS)
    audits = audits_of(request)
    wrong = sentence(BadEntry(audits.wrong)) if audits.wrong else ""
    values = {"runs": [_row(record) for record in found], "count": count, "at_work": audits.at_work}
    values |= {"typed": dict(typed or {}), "error": error or wrong}
    return render(request, visitor, "qa/audit.html", status=status, **values)


def _row(record: Written) -> dict[str, Any]:
    said = json.loads(record.payload)
    failed = sum(rate["fail"] for rate in said["rates"].values())
    row = {"ref": record.ref, "at": record.at, "author": said.get("signed_as") or record.author}
    return row | {"sessions": len(said["sessions"]), "failed": failed, "seed": said.get("seed")}


def _run(request: Request, visitor: Visitor, clinic: Clinic, run: str) -> Response:
    record, audits = _record(clinic, run), audits_of(request)
    shown = audits.shown(run)
    values: dict[str, Any] = {"run": _row(record), "shown": shown, "at_work": audits.at_work}
    values |= {"rules": RULES, "groups": _groups(shown), "pictures": audits.pictures(run)}
    return render(request, visitor, "qa/run.html", **values)


def _groups(shown: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """Return the rules of a run that have something to look at, the gravest first."""
    found: dict[str, dict[str, Any]] = {}
    for session in shown["sessions"] if shown else ():
        for said in session["rules"]:
            start = {"rule": said["rule"], "severity": said["severity"], "fail": 0, "cannot_tell": 0}
            found.setdefault(said["rule"], start)[said["verdict"]] += 1
    return sorted(found.values(), key=lambda one: (one["severity"], not one["fail"], one["rule"]))


def _told(shown: Mapping[str, Any], rule: str) -> list[dict[str, Any]]:
    """Return the verdicts of a rule, those that failed first."""
    found = [
        said | {"session": one["session"], "room": one["room"], "demo": one["demo"]}
        for one in shown["sessions"]
        for said in one["rules"]
        if said["rule"] == rule
    ]
    return sorted(found, key=lambda one: (one["verdict"] != "fail", one["session"]))


PER_PAGE = 50
"""Verdicts on a page."""


def _rule(
    request: Request,
    visitor: Visitor,
    clinic: Clinic,
    run: str,
    rule: str,
    typed: Mapping[str, Any] | None = None,
    error: str = "",
    status: int = 200,
) -> Response:
    record = _record(clinic, run)
    if rule not in RULES:
        raise NoSuchRecord(f"there is no rule of this name; they are R01 to R{len(RULES)}")
    shown = audits_of(request).shown(run)
    if shown is None:
        return RedirectResponse(f"/audit/{run}", 303)
    told, page = _told(shown, rule), page_of(request)
    with clinic.desk() as desk:
        said = of_kind(desk.store, kinds.SYSTEM, "audit.finding", f'"rule":"{rule}"')
    decided = {kinds.Finding.model_validate_json(one.payload).session: one for one in said}
    bodies = {
        session: json.loads(one.payload) | {"author": one.author, "at": one.at}
        for session, one in decided.items()
    }
    values: dict[str, Any] = {"run": _row(record), "rule": RULES[rule], "decided": bodies, "error": error}
    values |= {"told": told[(page - 1) * PER_PAGE : page * PER_PAGE], "count": len(told), "page": page}
    values |= {"typed": dict(typed or {}), "pages": -(-len(told) // PER_PAGE)}
    rates = [one for one in shown["rates"] if one["rule"] == rule]
    return render(request, visitor, "qa/rule.html", status=status, **values, rate=rates[0])


def page_of(request: Request) -> int:
    """Return the page of a list that an address asks for, from 1."""
    text = request.query_params.get("page", "1")
    return max(int(text), 1) if text.isdecimal() and len(text) < 7 else 1


def _record(clinic: Clinic, run: str) -> Written:
    """Return the record of a run; raises `NoSuchRecord`."""
    writer, _, seq = run.partition(":")
    with clinic.desk() as desk:
        found = (
            desk.store.record(kinds.SYSTEM, writer, int(seq)) if seq.isdecimal() and len(seq) < 12 else None
        )
    if found is None or found.kind != "audit.run":
        raise NoSuchRecord("no audit has this reference; the page Audit lists them")
    return found


def _asked(form: Mapping[str, Any]) -> Asked:
    """Return what a form asks for.

    Raises:
        BadEntry: a sample is no number.
    """
    said = {
        name: str(form.get(name, "")).strip() for name in ("from", "to", "room", "sessions", "sample", "seed")
    }
    numbers: dict[str, int | None] = {}
    for name in ("sample", "seed"):
        if said[name] and not (said[name].isdecimal() and len(said[name]) < 10):
            raise BadEntry(f"the {name} is a whole number, as 20")
        numbers[name] = int(said[name]) if said[name] else None
    if numbers["sample"] == 0:
        raise BadEntry("a sample has 1 session or more")
    named, demo = tuple(said["sessions"].replace(",", " ").split()), bool(form.get("demo"))
    span = (said["from"] or None, said["to"] or None)
    return Asked(named, *span, demo, numbers["sample"], numbers["seed"], said["room"] or None)
