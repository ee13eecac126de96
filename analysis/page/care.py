"""Later pages on what people did: signatures, checks, doses with their balance, scores, staff, leaving."""

from __future__ import annotations

from analysis.doses import Amount
from analysis.page.answers import amount_text
from analysis.page.content import Content
from analysis.scoring import definition
from analysis.session import in_force
from analysis.wording import in_minutes, named

MEANING = {"entry_complete": "entry complete", "review": "review", "qa": "QA"}
DONE = {
    "dose.ordered": "ordered",
    "dose.drawn": "drawn",
    "dose.given": "given",
    "dose.wasted": "wasted",
    "dose.returned": "returned",
    "dose.device": "nasal device",
    "dose.injection": "injection",
    "dose.swallowed": "swallowed",
}
PEOPLE = (
    ("ordered_by", "ordered by"), ("given_by", "given by"), ("second_check_by", "second check by"),
    ("wasted_by", "wasted by"), ("returned_by", "returned by"), ("witness", "witness"),
)  # fmt: skip
NUMBERS = (("concentration_mg_ml", "mg/ml"), ("volume_ml", "ml"), ("duration_min", "min"))
WORDS = (
    ("route", "route"), ("lot", "lot"), ("expiry", "expiry"), ("vial", "vial"), ("method", "by"),
    ("site", "site"),
)  # fmt: skip
ANSWERS = {"yes": "yes", "no": "NO", "not_applicable": "not applicable", None: "not answered"}
CHECKS = ("check.", "course.")
STAFF = ("staff.",)
FORMS = ("rems.",)
REASONS = ("gap.", "downtime")
"""What people say of a time in which nothing was heard."""


def signature_lines(content: Content) -> list[str]:
    """Return every signature with printed name, time and meaning, and what was changed after it."""
    lines = []
    for each in content.signatures.given:
        said = f"{each.name}, {each.role}, {content.signed_at(each)}: {MEANING[each.meaning]}"
        if each.not_recorded:
            said += f"; signed though not recorded: {', '.join(each.not_recorded)}"
        said += f" ({each.reason})" if each.reason else ""
        current = content.signatures.latest(each.meaning) is each
        changed = f"; AMENDED AFTER: {', '.join(each.changes)}" if each.changes else ""
        lines.append(said + (changed if current else "; another of this meaning came after it"))
    return lines


def dose_lines(content: Content) -> list[str]:
    """Return the records of doses with the people in them, and the balance of each drug."""
    doses = content.doses
    given = doses.given if doses.basis == "dose.given" else ()
    found = [*doses.ordered, *doses.drawn, *doses.taken, *given, *doses.wasted, *doses.returned]
    lines = [_amount(content, amount) for amount in sorted(found, key=lambda each: each.minute)]
    lines += told(content, "dose.vomited")
    basis = "" if doses.basis == "dose.given" else f" (by {doses.basis})" if doses.basis else ""
    lines += [
        f"Balance of {b.drug}: drawn {b.drawn:g} mg, given {b.given:g}{basis}, wasted {b.wasted:g}, "
        f"returned {b.returned:g}; difference {b.difference:g} mg".replace("-", "−")
        for b in doses.balances
    ]
    return lines


def _amount(content: Content, amount: Amount) -> str:
    said, per_kg = amount.payload, amount.kind not in ("dose.drawn", "dose.wasted", "dose.returned")
    facts = [f"{said[name]:g} {unit}" for name, unit in NUMBERS if said.get(name)]
    facts += [f"{word} {said[name]}" for name, word in WORDS if said.get(name)]
    facts += ["left in the line"] if said.get("line_residue") else []
    facts += ["self-administered"] if said.get("self_administered") else []
    facts += [f"weight {amount.weight_kg:g} kg"] if per_kg and amount.per_kg is not None else []
    facts += [f"{word} {named(said[name])}" for name, word in PEOPLE if said.get(name)]
    why = f"; why: {amount.reason}" if amount.reason else ""
    number = f" {said['number']}" if "number" in said else ""
    done = DONE.get(amount.kind, amount.kind)
    whole = ", ".join([amount_text(amount, per_kg=per_kg), *facts])
    return f"{_when(content, amount.minute)}  {done}{number}: {whole}{why}"


def score_lines(content: Content) -> list[str]:
    """Return every score with who answered, then how each version that was used is added up."""
    lines = []
    for each in content.scores:
        speaks = f", of {each.state}" if each.state else ""
        lines.append(
            f"{_when(content, each.minute)}  {each.said} ({each.version}; answered by the "
            f"{each.answered_by}{speaks}; by {each.author})"
        )
    used = {each.version: each.scored for each in content.scores if each.scored is not None}
    return lines + [definition(scored.version) for scored in used.values()]


def leaving_lines(content: Content) -> list[str]:
    """Return the discharge: who decided, each item with its answer, escort, follow-up of effects."""
    leaving = content.leaving
    lines = []
    if leaving is not None:
        ready = "not recorded" if leaving.ready is None else in_minutes(leaving.ready)
        lines.append(
            f"{_when(content, leaving.minute)}  decided by {leaving.decided_by}, {leaving.role} "
            f"(entered by {leaving.author}); would have been ready at: {ready}"
        )
        lines += [
            f"{item.text}: {ANSWERS[item.answer]}{f' ({item.reason})' if item.reason else ''}"
            for item in leaving.found
        ]
        reason = f" ({leaving.escort_reason})" if leaving.escort_reason else ""
        lines.append(f"Escort present: {'yes' if leaving.escort_present else 'NO'}{reason}")
        lines.append(f"Instructions given: {'yes' if leaving.instructions_given else 'not recorded'}")
    return lines + [
        f"{each.label} had not ended: {each.text} (by {each.author})" for each in content.effects.follow_ups
    ]


def serious_lines(content: Content) -> list[str]:
    """Return every effect that meets a seriousness criterion, and to whom it was reported."""
    lines = []
    for each in content.effects.serious:
        told_to = each.reported_to or "nobody on record"
        lines.append(
            f"{_when(content, each.minute)}  {each.label}: {each.criterion}; {each.description}; reported to "
            f"{told_to}{', form sent' if each.form_sent else ''} (by {each.author})"
        )
    return lines


def told(content: Content, *kinds: str) -> list[str]:
    """Return the records of *kinds* (or of what they begin with) by their time, in one line each."""
    return [
        f"{_when(content, content.timeline.since(row.happened))}  {row.summary} (by {row.author})"
        for row in in_force(content.session.events, *kinds)
    ]


def _when(content: Content, minute: float) -> str:
    return f"{in_minutes(minute)} ({content.clock(minute)})"
