"""The record itself: a session at each boundary."""

from dataclasses import replace
from typing import Any

from judged_sessions import (
    CANNOT_TELL,
    CLOSED,
    DAY,
    FAIL,
    HEAD,
    HOUR,
    NA,
    OPENED,
    PASS,
    Case,
    Told,
    approval,
    at,
    iso,
    kept,
    nasal,
    neighbour,
)

from analysis.rules.context import PatientScore
from analysis.session import Head

CASES = [
    Case(
        "R38",
        PASS,
        "the next session begins as this one is closed",
        lambda: kept().beside(others=(neighbour(CLOSED, CLOSED + 100),)),
    ),
    Case(
        "R38",
        FAIL,
        "the next session began a minute before",
        lambda: kept().beside(others=(neighbour(CLOSED - 1, CLOSED + 100),)),
    ),
    Case(
        "R38",
        FAIL,
        "the last session ended a minute after the opening",
        lambda: kept().beside(others=(neighbour(-200, OPENED + 1),)),
    ),
    Case(
        "R38",
        FAIL,
        "another patient's session on the same line",
        lambda: kept().beside(others=(neighbour(0, 50, "INVENTED-2", "/dev/ttyUSB0"),)),
    ),
    Case(
        "R38",
        PASS,
        "another patient's session on another line",
        lambda: kept().beside(others=(neighbour(0, 50, "INVENTED-2", "/dev/ttyUSB1"),)),
    ),
    Case(
        "R38",
        PASS,
        "ended and never closed, before the next one",
        lambda: kept().has(state="ended", closed_at=None).beside(others=(neighbour(CLOSED, CLOSED + 100),)),
    ),
    Case("R38", CANNOT_TELL, "other sessions were not looked at", lambda: kept().beside(others=None)),
    Case("R45", PASS, "verified with the last signature", lambda: _verified(180)),
    Case("R45", CANNOT_TELL, "verified a minute before it", lambda: _verified(179)),
    Case("R45", FAIL, "found broken", lambda: _verified(200, broken="b2:7 is not as it was written")),
    Case("R45", NA, "nobody has signed", lambda: kept().without("sign")),
    Case("R46", PASS, "verified up to its heads", kept),
    Case("R46", FAIL, "found broken", lambda: _verified(200, broken="b2:7 is missing")),
    Case("R46", CANNOT_TELL, "one record came after", lambda: kept().has(heads=(Head("b2", 99, "1" * 64),))),
    Case("R46", FAIL, "a chain has vanished", lambda: _verified(200, heads=frozenset([HEAD, "1" * 64]))),
    Case(
        "R46",
        CANNOT_TELL,
        "a chain has come",
        lambda: kept().has(heads=(Head("b2", 9, HEAD), Head("c3", 9, "1" * 64))),
    ),
    Case("R46", CANNOT_TELL, "never verified", lambda: kept().beside(verification=None)),
    Case("R47", PASS, "approved with the opening", lambda: kept().beside(approvals=approval(OPENED))),
    Case("R47", FAIL, "approved a minute after", lambda: kept().beside(approvals=approval(OPENED + 1))),
    Case("R47", PASS, "its text says that it is approved", kept),
    Case("R47", FAIL, "not approved", lambda: kept().limits("meta", approved_by="")),
    Case(
        "R47", FAIL, "the protocol changed", lambda: kept().says(10, "session.open", protocol_digest="1" * 64)
    ),
    Case(
        "R47",
        CANNOT_TELL,
        "no protocol text is named",
        lambda: kept().with_("session.open", protocol_digest=None),
    ),
    Case("R48", PASS, "7 days before", lambda: _scored(-7 * DAY)),
    Case("R48", FAIL, "7 days and a minute before", lambda: _scored(-7 * DAY - 1)),
    Case("R48", FAIL, "one item is missing", lambda: _scored(-DAY, items=8)),
    Case(
        "R48",
        PASS,
        "in another session of the patient",
        lambda: (
            kept()
            .without_scores("phq9")
            .beside(
                scores=(PatientScore(at(-DAY), "phq9", "phq9-en", {str(i): 0 for i in range(1, 10)}, "x:1"),)
            )
        ),
    ),
    Case("R48", NA, "the second session of the course", lambda: _scored(-DAY, number=2)),
    Case(
        "R48",
        FAIL,
        "asked before each session",
        lambda: _scored(-8 * DAY, number=2).limits("qa.R48", each_session=True),
    ),
    Case("R48", CANNOT_TELL, "another session can't be read", lambda: _scored(-8 * DAY).beside(scores=None)),
    Case("R48", CANNOT_TELL, "no course", lambda: kept().with_("session.open", course=None)),
    Case("R49", PASS, "7 days after", lambda: _sent(7)),
    Case("R49", FAIL, "8 days after", lambda: _sent(8)),
    Case("R49", FAIL, "not in 8 days", lambda: nasal().without("rems.").beside(now=at(8 * DAY))),
    Case("R49", NA, "ketamine", kept),
    Case(
        "R49",
        CANNOT_TELL,
        "not yet, and there is time",
        lambda: nasal().without("rems.").beside(now=at(7 * DAY)),
    ),
    Case("R52", PASS, "with the dose", lambda: kept().with_("check.room", at=0)),
    Case("R52", FAIL, "a minute after the dose", lambda: kept().with_("check.room", at=1)),
    Case("R52", FAIL, "the day before", lambda: kept().with_("check.room", at=-DAY)),
    Case("R52", FAIL, "no suction", lambda: kept().with_("check.room", suction=False)),
    Case("R52", NA, "no dose was given", lambda: kept().treated_not()),
    Case("R52", CANNOT_TELL, "no dose is on record", lambda: kept().without("infusion.")),
    Case("R57", PASS, "closed after 24 h", lambda: kept().has(closed_at=at(OPENED + 24 * HOUR))),
    Case(
        "R57",
        FAIL,
        "closed after 24 h and a minute",
        lambda: kept().has(closed_at=at(OPENED + 24 * HOUR + 1)),
    ),
    Case(
        "R57",
        FAIL,
        "open for 24 h and a minute",
        lambda: kept().open().beside(now=at(OPENED + 24 * HOUR + 1)),
    ),
    Case("R57", PASS, "open for 24 h", lambda: kept().open().beside(now=at(OPENED + 24 * HOUR))),
    Case(
        "R57",
        NA,
        "imported years after",
        lambda: kept().says(0, "session.import", file="old.csv").has(closed_at=at(OPENED + 2000 * DAY)),
    ),
    Case("R57", CANNOT_TELL, "no limit in the protocol", lambda: kept().limits("qa.R57", max_open_h=None)),
    Case("R58", PASS, "agrees", kept),
    Case("R58", FAIL, "does not agree", lambda: _outside("a head is not the one of the checkpoint")),
    Case("R58", CANNOT_TELL, "never checked", lambda: kept().beside(checkpoint=None)),
]


def _verified(minute: float, **more: Any) -> Told:
    made = kept()
    assert made.context.verification is not None
    return made.beside(verification=replace(made.context.verification, at=at(minute), **more))


def _outside(broken: str) -> Told:
    made = kept()
    assert made.context.checkpoint is not None
    return made.beside(checkpoint=replace(made.context.checkpoint, broken=broken))


def _scored(minute: float, items: int = 9, number: int = 1) -> Told:
    made = (
        kept()
        .without_scores("phq9")
        .scored(minute, "phq9", "phq9-en", **{f"_{i + 1}": 1 for i in range(items)})
    )
    course = {"id": "C-1", "phase": "induction", "number": number}
    return made.with_("session.open", course=course)


def _sent(days: int) -> Told:
    return nasal().with_("rems.submitted", submitted_at=iso(days * DAY))
