"""Rules about the observation after the dose and about leaving."""

from __future__ import annotations

from analysis.rules.cut import Cut, beyond, refs
from analysis.rules.verdict import Answer, cannot_tell, failed, not_applicable, passed, rule, told

MUST_OUTLAST = ("sedation", "dissociation", "respiratory_depression")
"""What has to be over before the patient leaves, where the profile lists nothing. Source: REMS goal."""


@rule(
    "R10",
    "Observation time",
    1,
    "REMS [C], Oxford [C]",
    "profile.min_total_min",
    "profile.min_post_end_min",
    "profile.min_post_end_unescorted_min",
)
def observed_long_enough(c: Cut) -> Answer:
    """The patient stayed for as long as the profile says.

    From the first dose (min_total_min), or from the infusion's end: min_post_end_min with an escort,
    min_post_end_unescorted_min without.
    """
    c.need_dose()
    left, profile = c.left, c.protocol.profile
    if profile.min_total_min is not None:
        start, least, what = 0.0, profile.min_total_min, "the first dose"
    elif profile.min_post_end_min is not None:
        if c.infusion_end is None:
            raise cannot_tell("no end of an infusion is on record")
        start, what = c.infusion_end, "the infusion's end"
        least = profile.min_post_end_min if _escorted(c) else _alone(c)
        what += " with an escort" if _escorted(c) else " without an escort"
    else:
        raise cannot_tell("the profile says neither min_total_min nor min_post_end_min")
    said = f"left at {c.clock(left)}, {left - start:.4g} min after {what} (at least {least:g})"
    return told(not beyond(least, left - start), said, c.discharge.reference)


@rule("R11", "Resolution before leaving", 1, "REMS [C]", "profile.must_outlast")
def resolved_before_leaving(c: Cut) -> Answer:
    """Sedation, dissociation and respiratory depression that were reported had ended when the patient left.

    A profile may list other effects (must_outlast).
    """
    c.need_dose()
    _asked(c)
    left = c.left
    terms = c.protocol.profile.must_outlast or MUST_OUTLAST
    found = [one for one in c.effects.episodes if one.term in terms]
    if not found:
        raise not_applicable("none of them was reported", *refs(c.said("effect.none")))
    evidence = tuple(one.reports[0].reference for one in found)
    lasting = [one.label for one in found if one.resolved is None or beyond(one.resolved, left)]
    if lasting:
        return failed(f"not ended when the patient left at {c.clock(left)}: {', '.join(lasting)}", *evidence)
    return passed(f"{len(found)} ended before the patient left at {c.clock(left)}", *evidence)


@rule("R28", "Discharge items", 1, "PADSS, SOP", "discharge.item", "discharge.decision_by_role")
def discharge_items(c: Cut) -> Answer:
    """Every item of the protocol's list is answered, each "no" has its reason, and the role may decide."""
    said, asked = c.discharge, c.protocol.discharge
    if not asked.item or not asked.decision_by_role:
        raise cannot_tell("the protocol has no discharge items, or does not say who decides")
    answers = said.payload.get("items", {})
    wrong = [f"{item.id} not answered" for item in asked.item if item.id not in answers]
    wrong += [
        f"{id} no without a reason"
        for id, a in answers.items()
        if a["answer"] == "no" and not a.get("reason")
    ]
    if said.payload["role"] not in asked.decision_by_role:
        wrong.append(
            f"decided by {said.payload['role']}, which is not among {', '.join(asked.decision_by_role)}"
        )
    if wrong:
        return failed("; ".join(wrong), said.reference)
    return passed(f"{len(asked.item)} items answered; decided by {said.payload['role']}", said.reference)


@rule("R29", "Escort", 2, "Oxford [C], label [C]", "profile.min_post_end_unescorted_min")
def escort(c: Cut) -> Answer:
    """An escort was present, or the patient stayed for the longer time of R10 and a reason is written."""
    said = c.discharge
    if _escorted(c):
        return passed("an escort was present", said.reference)
    c.need_dose()
    if not said.payload.get("escort_reason"):
        return failed("no escort, and no reason", said.reference)
    least = _alone(c)
    if c.infusion_end is None:
        raise cannot_tell("no escort, and no end of an infusion is on record")
    stayed = c.left - c.infusion_end
    why = f"no escort, with a reason; left {stayed:.4g} min after the infusion's end (at least {least:g})"
    return told(not beyond(least, stayed), why, said.reference)


@rule("R30", "Instructions given", 3, "label [C]")
def instructions_given(c: Cut) -> Answer:
    """The discharge says that instructions were given: its field or its item ``instructions_given``."""
    said = c.discharge
    item = said.payload.get("items", {}).get("instructions_given", {})
    given = bool(said.payload.get("instructions_given")) or item.get("answer") == "yes"
    return told(
        given, "instructions given" if given else "no entry that instructions were given", said.reference
    )


def _escorted(c: Cut) -> bool:
    return bool(c.discharge.payload.get("escort_present"))


def _alone(c: Cut) -> float:
    least = c.protocol.profile.min_post_end_unescorted_min
    if least is None:
        raise cannot_tell("no escort, and the profile has no min_post_end_unescorted_min")
    return least


def _asked(c: Cut) -> None:
    """Settle the rule where nobody asked about side effects."""
    if not c.said("effect.report", "effect.none", "effect.resolved"):
        raise cannot_tell("nobody was asked about side effects: no record says so")
