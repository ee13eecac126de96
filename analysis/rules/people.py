"""Rules about who was there, who signed and who looked a second time."""

from __future__ import annotations

from analysis.rules.cut import Cut, beyond, refs
from analysis.rules.said import Said
from analysis.rules.verdict import Answer, cannot_tell, failed, not_applicable, passed, rule, told, weighed

REVIEWING = frozenset({"amend", "exclude", "adopt", "move", "attribute", "note", "followup", "sign"})
"""What a reviewer may have entered in a session that they review."""

OF_A_PERSON = (
    "effect.", "dose.", "infusion.", "staff.", "check.", "assessment.", "note", "mark", "intervention",
    "medication", "notified", "discharge", "course.", "gap.", "downtime",
)  # fmt: skip
"""The beginnings of the kinds that are entries of the session itself."""

SIGNERS = {"entry_complete": frozenset({"nurse", "physician"}), "review": frozenset({"physician"})}
"""The roles of users that may give a meaning. Source: 21 CFR 11.10(g)."""

SECONDS = {
    "dose.drawn": ("second_check_by",),
    "dose.given": ("second_check_by",),
    "dose.wasted": ("witness",),
    "dose.returned": ("witness",),
    "adopt": ("second",),
    "move": ("second",),
    "session.patient": ("second",),
}
"""Where a second person stands in a record."""


@rule("R43", "Nurse signature", 1, "11.50", "qa.R43.within_h")
def entries_signed(c: Cut) -> Answer:
    """Somebody who may signed "entry complete" after the patient left, within the limit.

    Who may is a nurse or a physician among the ledger's users. Any such signature counts.
    """
    return _signed(c, "entry_complete", c.limit("qa.R43.within_h"))[0]


@rule(
    "R44", "Physician review signature", 1, "11.50; seed", "qa.R44.within_h", "qa.R44.signer_may_have_entered"
)
def reviewed(c: Cut) -> Answer:
    """A physician signed "review" after the patient left, within the limit, and entered nothing there.

    What a reviewer amends, excludes or notes is no entry; what they claimed as their own is. A protocol may
    allow the signer's own entries. Any such signature counts.
    """
    answer, signatures = _signed(c, "review", c.limit("qa.R44.within_h"))
    if not signatures or c.setting("qa.R44.signer_may_have_entered") is True:
        return answer
    owners = {one.payload["target"]: one.author for one in c.said("attribute")}
    entered = [
        (one.reference, owners.get(one.reference, one.author))
        for one in c.records
        if one.kind not in REVIEWING and one.kind.startswith(OF_A_PERSON)
    ]
    entered += [(one.reference, owners.get(one.reference, one.author)) for one in c.typed]
    wrong = []
    for signature in signatures:
        own = list(dict.fromkeys(ref for ref, owner in entered if owner == signature.author))
        if not own:
            return answer
        wrong.append(
            failed(f"{signature.author} reviewed and had made {len(own)} entries", signature.reference, *own)
        )
    return wrong[0]


@rule("R50", "Supervision present", 1, "seed; REMS prescriber on site [C]", "qa.R50.roles")
def supervised(c: Cut) -> Answer:
    """From the first dose to the leaving, somebody in a role that the protocol names is always there.

    Present from staff.present, or from a handover to them, until staff.left.
    """
    c.need_dose()
    roles = c.setting("qa.R50.roles")
    if not roles:
        raise cannot_tell("the protocol does not say which roles supervise (qa.R50.roles)")
    left = c.left
    here: dict[str, float] = {}
    roles_of: dict[str, str] = {}
    spans: list[tuple[float, float]] = []
    told_by = c.said("staff.present", "staff.left", "staff.handover")
    for one in told_by:
        if one.kind == "staff.present":
            roles_of[one.person("person")] = one.payload["role"]
            if one.payload["role"] in roles:
                here.setdefault(one.person("person"), one.minute)
        elif one.kind == "staff.handover" and roles_of.get(one.person("taker")) in roles:
            here.setdefault(one.person("taker"), one.minute)
        elif one.kind == "staff.left" and one.person("person") in here:
            spans.append((here.pop(one.person("person")), one.minute))
    spans += [(since, left) for since in here.values()]
    covered, holes = 0.0, []
    for start, end in sorted(spans):
        if beyond(start, covered) and start < left:
            holes.append((covered, start))
        covered = max(covered, end)
    if beyond(left, covered):
        holes.append((covered, left))
    if holes:
        times = ", ".join(f"{c.clock(a)} to {c.clock(b)} ({b - a:.4g} min)" for a, b in holes)
        return failed(f"nobody in the role of {', '.join(roles)} is recorded: {times}", *refs(told_by))
    return passed(
        f"{', '.join(roles)}: somebody present from {c.clock(0)} to {c.clock(left)}", *refs(told_by)
    )


@rule("R55", "Second persons authenticated", 2, "11.10(g)")
def seconds_authenticated(c: Cut) -> Answer:
    """Every second person gave their own password or PIN for that record; those who did not are listed.

    Second checkers, witnesses, and whoever looked with the author at a claim, a move or a change of patient.
    """
    named = [
        (one, field)
        for kind, fields in SECONDS.items()
        for one in c.said(kind)
        for field in fields
        if one.person(field)
    ]
    if not named:
        raise not_applicable("no second person is named")
    bare = [(one, field) for one, field in named if not one.payload[field].get("authenticated")]
    if bare:
        who = ", ".join(f"{one.person(field)} ({one.kind})" for one, field in bare)
        return failed(f"named, not authenticated: {who}", *refs([one for one, _ in bare]))
    return passed(
        f"{len(named)} second persons, each by their own password or PIN", *refs([one for one, _ in named])
    )


@rule("R56", "Handover recorded", 2, "seed: supervision")
def handovers_recorded(c: Cut) -> Answer:
    """The responsible person changes only by a handover that both made, with the open side effects listed."""
    responsible = [one for one in c.said("staff.present") if one.payload.get("responsible")]
    handovers = c.said("staff.handover")
    if not responsible and not handovers:
        raise cannot_tell("nobody is recorded as responsible")
    holder, wrong = "", []
    steps = sorted([*responsible, *handovers], key=lambda one: (one.minute, one.kind == "staff.present"))
    for one in steps:
        if one.kind == "staff.present":
            new = one.person("person")
            if holder and new != holder:
                wrong.append(f"{new} responsible at {c.clock(one.minute)} without a handover from {holder}")
            holder = new
            continue
        if not all(one.authenticated(field) for field in ("giver", "taker")):
            wrong.append(f"the handover at {c.clock(one.minute)} is not by both")
        if missing := _open_at(c, one.minute) - set(one.payload.get("open_effects", ())):
            wrong.append(f"the handover at {c.clock(one.minute)} does not list {', '.join(sorted(missing))}")
        holder = one.person("taker")
    if wrong:
        return failed("; ".join(wrong), *refs(steps))
    if len({one.person("person") for one in responsible}) < 2 and not handovers:
        raise not_applicable("the responsible person did not change", *refs(responsible))
    return passed(f"{len(handovers)} handovers by both, with the open side effects", *refs(steps))


@rule("R59", "Moves justified", 1, "wrong-patient hazard")
def moves_justified(c: Cut) -> Answer:
    """Every move, claim of a held reading, and change of the patient has a reason and a second person."""
    moves = c.said("move", "adopt", "session.patient")
    if not moves:
        raise not_applicable("nothing was moved, claimed or bound to another patient")
    wrong = [f"{one.kind} without a reason" for one in moves if not one.payload.get("reason")]
    wrong += [f"{one.kind} without a second person" for one in moves if not one.person("second")]
    wrong += [
        f"{one.kind}: {one.author} is both"
        for one in moves
        if one.person("second").casefold() == one.author.casefold()
    ]
    return told(
        not wrong, "; ".join(wrong) or f"{len(moves)} with a reason and a second person", *refs(moves)
    )


@rule("R60", "Unattributed entries claimed", 2, "164.312(a)(2)(ii)", "qa.R60.within_h")
def unattributed_claimed(c: Cut) -> Answer:
    """Every entry that was made when nobody could sign in has an owner and a reason within the limit."""
    bare = [one for one in c.records if one.author == "unattributed"]
    typed = [one for one in c.typed if one.author == "unattributed"]
    entered = {one.reference: one.entered for one in bare} | {one.reference: one.entered for one in typed}
    if not entered:
        raise not_applicable("every entry has its author")
    limit = c.limit("qa.R60.within_h") * 60
    claims = {one.payload["target"]: one for one in c.said("attribute")}
    wrong, unsure = [], []
    for record, minute in entered.items():
        claim = claims.get(record)
        if claim is None:
            if beyond(c.now - minute, limit):
                wrong.append(f"{record} is nobody's")
            else:
                unsure.append(f"{record} is not claimed yet; {limit / 60:g} h have not passed")
        elif beyond(claim.entered - minute, limit):
            wrong.append(
                f"{record} claimed after {(claim.entered - minute) / 60:.4g} h (limit {limit / 60:g})"
            )
    return weighed(wrong, unsure, f"{len(entered)} claimed within {limit / 60:g} h", *entered)


def _signed(c: Cut, meaning: str, hours: float) -> tuple[Answer, list[Said]]:
    """Judge whether somebody who may gave a signature in time; return those signatures too."""
    left = c.ended if c.not_treated else c.left
    what = meaning.replace("_", " ")
    given = [one for one in c.said("sign") if one.payload["meaning"] == meaning]
    after = [one for one in given if not beyond(left, one.entered)]
    may = [one for one in after if _may_sign(c, one, meaning)]
    timely = [one for one in may if not beyond(one.entered - left, hours * 60)]
    if timely and c.context.users is None:
        raise cannot_tell(f'"{what}" is signed; the ledger has no users to say in what role', *refs(timely))
    if may:
        first = (timely or may)[0]
        waited = (first.entered - left) / 60
        why = f'"{what}" signed by {first.payload["name"]}, {waited:.4g} h after leaving (limit {hours:g})'
        return told(bool(timely), why, first.reference), timely
    if not given and not beyond(c.now - left, hours * 60):
        raise cannot_tell(f'"{what}" is not signed yet; {hours:g} h have not passed')
    why = "; signed before the patient left" if given else ""
    if after:
        why = f"; {', '.join(dict.fromkeys(one.author for one in after))} may not sign it"
    return failed(f'"{what}" is not signed after the patient left at {c.clock(left)}{why}', *refs(given)), []


def _may_sign(c: Cut, signature: Said, meaning: str) -> bool:
    """Return whether the ledger's users let the author give a meaning then; without users nobody can tell."""
    if c.context.users is None:
        return True
    user, at = c.context.users.get(signature.author), c.moment(signature.entered)
    return user is not None and user.role_at(at) in SIGNERS[meaning] and user.was_active(at)


def _open_at(c: Cut, minute: float) -> set[str]:
    return {
        one.term
        for one in c.effects.episodes
        if one.onset <= minute and (one.resolved is None or one.resolved > minute)
    }
