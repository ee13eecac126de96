"""Who was there, who signed, who looked a second time: a session at each boundary."""

from typing import Any

from judged_sessions import (
    CANNOT_TELL,
    FAIL,
    HOUR,
    NA,
    NURSE,
    PASS,
    PHYSICIAN,
    SECOND,
    Case,
    Told,
    X,
    at,
    kept,
    person,
)

from analysis.rules.context import User

CASES = [
    Case("R43", PASS, "24 h after leaving", lambda: _signed("entry_complete", X + 24 * HOUR)),
    Case(
        "R43", FAIL, "24 h and a minute after leaving", lambda: _signed("entry_complete", X + 24 * HOUR + 1)
    ),
    Case("R43", PASS, "as the patient left", lambda: _signed("entry_complete", X)),
    Case("R43", FAIL, "a minute before the patient left", lambda: _signed("entry_complete", X - 1)),
    Case("R43", FAIL, "never", lambda: kept().without("sign").beside(now=at(X + 24 * HOUR + 1))),
    Case(
        "R43",
        CANNOT_TELL,
        "not yet, and there is time",
        lambda: kept().without("sign").beside(now=at(X + 24 * HOUR)),
    ),
    Case("R43", FAIL, "signed by QA", lambda: kept().beside(users=_roles(NURSE, "qa"))),
    Case("R43", FAIL, "signed by nobody that is known", lambda: kept().beside(users=_without(NURSE))),
    Case("R43", CANNOT_TELL, "the ledger has no users", lambda: kept().beside(users=None)),
    Case("R44", FAIL, "signed by a nurse", lambda: kept().beside(users=_roles(PHYSICIAN, "nurse"))),
    Case(
        "R44",
        PASS,
        "signed by a nurse, who had been a physician",
        lambda: kept().beside(
            users=_roles(PHYSICIAN, "nurse", first="physician", changes=((at(181), "nurse"),))
        ),
    ),
    Case(
        "R44",
        PASS,
        "reviewed by who had entered, and again by who had not",
        lambda: (
            kept()
            .says(30, "effect.none", author=PHYSICIAN)
            .says(190, "sign", author="q.example", meaning="review", name="Q. Example", role="physician")
            .beside(users=_roles("q.example", "physician"))
        ),
    ),
    Case(
        "R44",
        FAIL,
        "the reviewer had claimed an entry of nobody's",
        lambda: (
            kept()
            .says(30, "effect.none", author="unattributed", called="none")
            .says(170, "attribute", author=PHYSICIAN, target="none", reason="everybody was locked out")
        ),
    ),
    Case("R44", PASS, "72 h after leaving", lambda: _signed("review", X + 72 * HOUR)),
    Case("R44", FAIL, "72 h and a minute after leaving", lambda: _signed("review", X + 72 * HOUR + 1)),
    Case(
        "R44",
        FAIL,
        "the reviewer had entered a note",
        lambda: kept().says(30, "note", author=PHYSICIAN, text="x").says(30, "effect.none", author=PHYSICIAN),
    ),
    Case(
        "R44", FAIL, "the reviewer had typed a reading", lambda: kept().types(30, author=PHYSICIAN, spo2=97)
    ),
    Case(
        "R44", PASS, "the reviewer amended", lambda: kept().says(170, "exclude", author=PHYSICIAN, reason="x")
    ),
    Case(
        "R44",
        PASS,
        "the protocol lets a solo physician",
        lambda: (
            kept().says(30, "effect.none", author=PHYSICIAN).limits("qa.R44", signer_may_have_entered=True)
        ),
    ),
    Case("R44", CANNOT_TELL, "no limit in the protocol", lambda: kept().limits("qa.R44", within_h=None)),
    Case(
        "R50",
        PASS,
        "there until the patient leaves",
        lambda: kept().says(X, "staff.left", person=person(NURSE)),
    ),
    Case("R50", FAIL, "left a minute before", lambda: kept().says(X - 1, "staff.left", person=person(NURSE))),
    Case("R50", FAIL, "came a minute after the dose", lambda: kept().with_("staff.present", at=1)),
    Case("R50", PASS, "another came as the first left", lambda: _relieved(50)),
    Case("R50", FAIL, "another came a minute later", lambda: _relieved(51)),
    Case("R50", FAIL, "nobody of the role", lambda: kept().with_("staff.present", role="therapist")),
    Case("R50", NA, "no dose was given", lambda: kept().treated_not()),
    Case("R50", CANNOT_TELL, "no roles in the protocol", lambda: kept().limits("qa.R50", roles=None)),
    Case("R55", PASS, "each by their own PIN", kept),
    Case("R55", FAIL, "one only named", lambda: kept().with_("dose.wasted", witness=person(SECOND, False))),
    Case("R55", NA, "nobody is named", lambda: kept().without("dose.")),
    Case("R55", CANNOT_TELL, "the session is still open", lambda: kept().open()),
    Case("R56", PASS, "both made it, with the open effect", lambda: _handed(30, "dissociation")),
    Case("R56", FAIL, "an open effect is not listed", lambda: _handed(30)),
    Case("R56", PASS, "it had ended", lambda: _handed(60)),
    Case("R56", FAIL, "the taker did not take part", lambda: _handed(70, taken=False)),
    Case(
        "R56",
        FAIL,
        "another is responsible without a handover",
        lambda: kept().says(
            70, "staff.present", person=person(SECOND), role="registered_nurse", responsible=True
        ),
    ),
    Case("R56", NA, "nobody took over", kept),
    Case("R56", CANNOT_TELL, "nobody is recorded as responsible", lambda: kept().without("staff.")),
    Case("R59", PASS, "a reason and a second person", lambda: _moved()),
    Case("R59", FAIL, "no second person", lambda: _moved(second=None)),
    Case("R59", FAIL, "the author twice", lambda: _moved(second=person(NURSE))),
    Case("R59", FAIL, "the author in capitals", lambda: _moved(second=person(NURSE.upper()))),
    Case("R59", FAIL, "no reason", lambda: _moved(reason="")),
    Case("R59", NA, "nothing was moved", kept),
    Case("R59", CANNOT_TELL, "the session is still open", lambda: kept().open()),
    Case("R60", PASS, "claimed after 24 h", lambda: _claimed(24 * HOUR)),
    Case("R60", FAIL, "claimed after 24 h and a minute", lambda: _claimed(24 * HOUR + 1)),
    Case(
        "R60",
        FAIL,
        "not claimed in 24 h and a minute",
        lambda: _claimed(None).beside(now=at(20 + 24 * HOUR + 1)),
    ),
    Case(
        "R60",
        FAIL,
        "one not claimed and there is time, another claimed too late",
        lambda: _claimed(24 * HOUR + 1).says(21 + 24 * HOUR, "note", author="unattributed", text="y"),
    ),
    Case("R60", NA, "every entry has its author", kept),
    Case("R60", CANNOT_TELL, "not claimed yet, and there is time", lambda: _claimed(None)),
]


def _signed(meaning: str, minute: float) -> Told:
    made = kept()
    made.words = [word for word in made.words if word.payload.get("meaning") != meaning]
    return made.says(minute, "sign", author=PHYSICIAN, meaning=meaning, name="P. Example", role="physician")


def _roles(name: str, role: str, **more: Any) -> dict[str, User]:
    """Return the ledger's users, one of them in another role."""
    return {**(kept().context.users or {}), name: User(name, role, ((at(-1000), None),), **more)}


def _without(name: str) -> dict[str, User]:
    return {known: user for known, user in (kept().context.users or {}).items() if known != name}


def _relieved(minute: float) -> Told:
    made = kept().says(50, "staff.left", person=person(NURSE))
    return made.says(minute, "staff.present", person=person(SECOND), role="registered_nurse")


def _handed(minute: float, *effects: str, taken: bool = True) -> Told:
    taker = person(SECOND, authenticated=taken)
    return kept().says(minute, "staff.handover", giver=person(NURSE), taker=taker, open_effects=list(effects))


def _moved(**more: Any) -> Told:
    said = {"direction": "out", "session": "other", "target": "b2:3", "count": 1, "reason": "wrong room"}
    said |= {"second": person(SECOND)} | more
    return kept().says(115, "move", **{name: value for name, value in said.items() if value is not None})


def _claimed(waited: float | None) -> Told:
    made = kept().says(20, "note", author="unattributed", called="note", text="x")
    if waited is not None:
        made.says(20 + waited, "attribute", target="note", reason="everybody was locked out")
    return made.beside(now=at(20 + 24 * HOUR if waited is None else 20 + waited + 1))
