"""Rules about the record itself: whose it is, whether it is whole, under what protocol, closed and sent."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from analysis.instruments import UnknownInstrument
from analysis.rules.context import Verification
from analysis.rules.cut import Cut, beyond, refs
from analysis.rules.verdict import Answer, cannot_tell, failed, not_applicable, passed, rule, told
from analysis.scoring import score

EQUIPMENT = ("oxygen", "suction", "airway", "defibrillator", "oximeter")
DEPRESSION = "phq9"


@rule("R38", "Patient–session binding", 1, "wrong-patient hazard")
def bound_to_one_patient(c: Cut) -> Answer:
    """One session, one patient: no other of this patient or of one of its devices ran at the same time."""
    openings = c.said("session.open")
    if len(openings) > 1:
        return failed(f"opened {len(openings)} times", *refs(openings))
    opening = c.opening
    if c.context.others is None:
        raise cannot_tell("other sessions were not looked at", opening.reference)
    bound = [one.payload["patient"] for one in c.said("session.patient")]
    patient = str(bound[-1] if bound else opening.payload["patient"])
    devices = devices_of(c)
    end = c.minute(c.session.closed_at or c.context.now)
    if c.session.closed_at is None and (ends := c.said("session.end")):
        end = ends[-1].minute
    wrong = []
    for other in c.context.others:
        until = c.minute(other.end or c.context.now)
        if not (beyond(until, c.opened) and beyond(end, c.minute(other.start))):
            continue
        if other.patient == patient:
            wrong.append(f"session {other.session} of the same patient ran at the same time")
        if shared := devices & other.devices:
            wrong.append(f"session {other.session} had {', '.join(sorted(shared))} at the same time")
    return told(
        not wrong, "; ".join(wrong) or "one patient, nothing else at the same time", opening.reference
    )


@rule("R45", "Signature integrity", 1, "11.70")
def signatures_hold(c: Cut) -> Answer:
    """The last verification, made after the last signature, found all that was signed whole."""
    signatures = c.said("sign")
    if not signatures:
        raise not_applicable("nobody has signed")
    checked = _verification(c)
    if checked.at < c.moment(signatures[-1].entered):
        raise cannot_tell(
            f"signed after the last verification of {_day(checked)}", checked.reference, *refs(signatures)
        )
    why = checked.broken or f"{len(signatures)} signatures hold, verified {_day(checked)}"
    return told(not checked.broken, why, checked.reference, *refs(signatures))


@rule("R46", "Audit-trail continuity", 1, "11.10(a)(e)")
def trail_continuous(c: Cut) -> Answer:
    """The last verification found all writers' records numbered and chained, up to the heads of now.

    A chain that was there then and is gone is a fail.
    """
    checked = _verification(c)
    if checked.broken:
        return failed(f"{checked.broken} (verified {_day(checked)})", checked.reference)
    now = {head.digest for head in c.session.heads}
    if len(checked.heads) > len(now):
        gone = f"{len(checked.heads) - len(now)} of {len(checked.heads)} chains are gone"
        return failed(f"{gone} since they were verified {_day(checked)}", checked.reference)
    if checked.heads != now:
        raise cannot_tell(f"records came after the last verification of {_day(checked)}", checked.reference)
    return passed(f"{len(c.session.heads)} chains whole, verified {_day(checked)}", checked.reference)


@rule("R47", "Protocol approved and pinned", 2, "11.10(k)", "meta.approved_by")
def protocol_approved(c: Cut) -> Answer:
    """The session was opened once under the digest of a protocol that the clinic had approved by then."""
    openings = c.said("session.open")
    digests = {one.payload.get("protocol_digest") for one in openings} - {None, ""}
    if not digests:
        raise cannot_tell("no record says under which protocol text the session ran", *refs(openings))
    if len(digests) > 1:
        return failed("the protocol changed within the session", *refs(openings))
    approval = c.context.approvals.get(str(next(iter(digests))))
    if approval is not None:
        when = f"approved by {approval.by} on {approval.at:%Y-%m-%d}"
        in_time = approval.at <= c.session.opened_at
        return told(
            in_time, when if in_time else f"{when}, after the opening", refs(openings)[0], approval.reference
        )
    if not c.protocol.approved_by:
        return failed("the protocol is not approved by the clinic", refs(openings)[0])
    if not c.protocol.approved_at:
        raise cannot_tell(f"approved by {c.protocol.approved_by}, at no stated time", refs(openings)[0])
    at = datetime.fromisoformat(c.protocol.approved_at)
    why = f"approved by {c.protocol.approved_by} on {at:%Y-%m-%d}"
    return told(at <= c.session.opened_at, why, refs(openings)[0])


@rule("R48", "PHQ-9 on schedule", 3, 'seed "standardized measures"', "qa.R48.within_d", "qa.R48.each_session")
def depression_scored(c: Cut) -> Answer:
    """A complete PHQ-9 was answered within the limit before the first session of the course.

    Before each session, where the protocol says so. Scores of the same patient in other sessions count.
    """
    course = c.opening.payload.get("course")
    if not course:
        raise cannot_tell(
            "the session stands in no course: which one it is is not on record", c.opening.reference
        )
    if course["number"] != 1 and c.setting("qa.R48.each_session") is not True:
        raise not_applicable(
            f"session {course['number']} of its course; asked before the first", c.opening.reference
        )
    within = c.limit("qa.R48.within_d") * 1440
    own = [(one.minute, one.payload, one.reference) for one in c.said("assessment.score")]
    others = [
        (
            c.minute(one.at),
            {"instrument": one.instrument, "version": one.version, "answers": one.answers},
            one.reference,
        )
        for one in c.context.scores or ()
    ]
    found = [one for one in [*own, *others] if one[1]["instrument"] == DEPRESSION]
    timely = [one for one in found if not beyond(one[0], 0.0) and not beyond(-one[0], within)]
    complete = [one for one in timely if _complete(one[1])]
    if complete:
        return passed(f"complete PHQ-9 of {c.moment(complete[-1][0]):%Y-%m-%d}", complete[-1][2])
    if c.context.scores is None:
        raise cannot_tell("another session of the patient can't be read", *(one[2] for one in found))
    days = f"within {within / 1440:g} d before the session"
    why = f"PHQ-9 {days} is not complete" if timely else f"no PHQ-9 {days}"
    return failed(why, *(one[2] for one in timely or found))


@rule("R49", "REMS form in time", 1, "REMS [C]", "qa.R49.within_d")
def rems_form_in_time(c: Cut) -> Answer:
    """After esketamine, the monitoring form was submitted within the limit of days from the session's day."""
    c.need_dose()
    given = c.said("dose.device", "dose.given", "infusion.start", "dose.injection", "dose.swallowed")
    drugs = {str(one.payload.get("drug") or "").casefold() for one in given}
    if not any("esketamine" in drug or "spravato" in drug for drug in drugs):
        raise not_applicable(f"the drug is {', '.join(sorted(drugs - {''})) or 'not said'}, not esketamine")
    limit, day = c.limit("qa.R49.within_d"), c.moment(0).date()
    forms = c.said("rems.submitted")
    if not forms:
        passed_days = (c.moment(c.now).date() - day).days
        if passed_days <= limit:
            raise cannot_tell(f"no form yet; {passed_days} of {limit:g} days have passed")
        return failed(f"no form submitted in {passed_days} days (limit {limit:g})")
    at = datetime.fromisoformat(forms[0].payload["submitted_at"])
    days = (c.moment(c.minute(at)).date() - day).days
    return told(days <= limit, f"submitted after {days} days (limit {limit:g})", forms[0].reference)


@rule("R52", "Room readiness", 2, "seed; Sanacora [M]")
def room_ready(c: Cut) -> Answer:
    """On that day and before the first dose, the room's equipment was looked at and found ready.

    Oxygen, suction, airway, defibrillator and oximeter; the entry stands in the session or in the room's own.
    """
    c.need_dose()
    own = [(one.minute, one.payload, one.reference) for one in c.said("check.room")]
    rooms = [(c.minute(one.at), one.payload, one.reference) for one in c.context.room_checks]
    today = c.moment(0).date()
    checks = [
        one for one in sorted([*own, *rooms], key=lambda one: one[0]) if c.moment(one[0]).date() == today
    ]
    before = [one for one in checks if not beyond(one[0], 0.0)]
    if not before:
        late = f"; the first check is of {c.clock(checks[0][0])}" if checks else ""
        return failed(
            f"no check of the room on {today} before {c.clock(0)}{late}", *(one[2] for one in checks)
        )
    minute, payload, reference = before[-1]
    missing = [name for name in EQUIPMENT if not payload.get(name)]
    if missing:
        return failed(f"at {c.clock(minute)} not ready: {', '.join(missing)}", reference)
    return passed(f"{', '.join(EQUIPMENT)} ready at {c.clock(minute)}", reference)


@rule("R57", "Closed in time", 2, "D", "qa.R57.max_open_h", open_too=True)
def closed_in_time(c: Cut) -> Answer:
    """The session was closed, or has been open, for no longer than the limit."""
    if brought := c.said("session.import"):  # it ended years before it came, and was closed as it came
        raise not_applicable("imported: it was never open here", *refs(brought))
    limit = c.limit("qa.R57.max_open_h")
    closed = c.session.closed_at
    hours = (c.minute(closed or c.context.now) - c.opened) / 60
    said = f"{'closed after' if closed else 'still open after'} {hours:.4g} h (limit {limit:g})"
    return told(not beyond(hours * 60, limit * 60), said, *refs(c.said("session.open", "session.end")))


@rule("R58", "Outside checkpoint", 2, "11.10(a)")
def checkpoint_agrees(c: Cut) -> Answer:
    """The last verification against a checkpoint that was kept elsewhere found the session's heads in it."""
    checked = c.context.checkpoint
    if checked is None:
        raise cannot_tell("never checked against a checkpoint from outside")
    why = f"{checked.broken or 'agrees with a checkpoint from outside'} (checked {_day(checked)})"
    return told(not checked.broken, why, checked.reference)


def devices_of(c: Cut) -> frozenset[str]:
    """Return what the session's devices were heard on: their addresses, and the identities of their lines."""
    urls = {str(one.payload["url"]) for one in c.said("device") if one.payload.get("url")}
    named = {str(one.payload["identity"]) for one in c.said("link") if one.payload.get("identity")}
    return frozenset(urls | named)


def _verification(c: Cut) -> Verification:
    if c.context.verification is None:
        raise cannot_tell("never verified: run `infusionlog verify`")
    return c.context.verification


def _day(checked: Verification) -> str:
    return f"{checked.at:%Y-%m-%d %H:%M} UTC"


def _complete(payload: Mapping[str, Any]) -> bool:
    try:
        return score(payload["instrument"], payload["version"], payload["answers"]).complete
    except UnknownInstrument:
        return False
