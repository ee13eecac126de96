"""Rules about what people enter and change: late, ahead of time, amended, excluded."""

from __future__ import annotations

import numpy as np

from analysis.metrics import baseline
from analysis.protocol import Marker
from analysis.rules.cut import Cut, beyond, refs
from analysis.rules.reactions import COMPARED
from analysis.rules.said import Said, Typed
from analysis.rules.verdict import Answer, cannot_tell, failed, not_applicable, passed, rule, told, weighed
from analysis.series import Flags
from analysis.signatures import signatures_of
from analysis.timeline import Floats

BY_MACHINE = ("link", "clock", "unread", "storage", "close", "session.", "device", "pump.")
"""Kinds that nobody enters as a fact of the patient's."""

LISTED = 8
"""Records that an answer names in its sentence; its evidence has all of them."""


@rule("R31", "Late entries", 3, "CMS [C]", "quality.late_entry_minutes", "qa.R31.max_late_share")
def late_entries(c: Cut) -> Answer:
    """Manual entries later than the limit are marked as late, and no more than the allowed share is late."""
    late_after, share = c.limit("quality.late_entry_minutes"), c.limit("qa.R31.max_late_share")
    entries = [one for one in _by_people(c) if one.kind != "sign"]
    every: list[Said | Typed] = [*entries, *c.typed]
    late = {one.reference for one in every if beyond(one.entered - one.minute, late_after)}
    bare = {one.reference for one in every if one.reference in late and not one.late}
    whole = {one.reference for one in every}
    if not whole:
        raise not_applicable("nothing was entered by hand")
    said = f"{len(late)} of {len(whole)} entries late by over {late_after:g} min (at most {100 * share:g} %)"
    if bare:
        return failed(f"{said}; not marked as late: {len(bare)}", *sorted(bare))
    return told(len(late) <= share * len(whole) + 1e-9, said, *sorted(late))


@rule("R32", "Future-dated entry", 1, "Part 11(e)", "quality.clock_offset_warn_s")
def no_entry_ahead(c: Cut) -> Answer:
    """Nothing is stated to have happened later than it was entered, but for the tolerance of two clocks."""
    slack = c.limit("quality.clock_offset_warn_s") / 60
    ahead = [one for one in _by_people(c) if beyond(one.minute - one.entered, slack)]
    names = dict.fromkeys(one.reference for one in c.typed if beyond(one.minute - one.entered, slack))
    if not _by_people(c) and not c.typed:
        raise not_applicable("nothing was entered by hand")
    if ahead or names:
        what = ", ".join(f"{one.kind} of {c.clock(one.minute)}" for one in ahead) or "readings"
        return failed(f"stated ahead of their entry by over {60 * slack:g} s: {what}", *refs(ahead), *names)
    return passed(f"no entry is ahead of its time by over {60 * slack:g} s")


@rule("R33", "Amendment has reason", 1, "CMS [C], 11.10(e)")
def amendments_have_reasons(c: Cut) -> Answer:
    """Every amendment has a reason, an author and a time, and what it replaced still stands in the record."""
    amendments = c.said("amend")
    if not amendments:
        raise not_applicable("nothing was amended")
    kept = {one.reference for one in c.records if one.superseded} | _replaced(c)
    claimed = {one.payload["target"] for one in c.said("attribute")}
    wrong, unsure = [], []
    for one in amendments:
        target = one.payload.get("target")
        if not str(one.payload.get("reason") or "").strip():
            wrong.append(f"{target} amended without a reason")
        if one.author == "unattributed" and one.reference not in claimed:
            unsure.append(f"nobody has claimed the amendment of {target}")
        if not one.author:
            wrong.append(f"{target} amended by nobody")
        if target not in kept:
            wrong.append(f"{target} is not kept, or not marked as replaced")
    why = f"{len(amendments)} with reason and author, the old value kept"
    return weighed(wrong, unsure, why, *refs(amendments))


@rule("R34", "Amendment after signature", 1, "11.70")
def signed_again(c: Cut) -> Answer:
    """What was entered, amended or taken out after a signature is covered by a later one of the same meaning.

    A signature covers a record when its head of that writer's chain counts it. Looked at is what the session
    page counts as "amended after": whatever says something of the session, a late entry too.
    """
    signatures = signatures_of(c.session)
    if not signatures.given:
        raise not_applicable("nobody has signed")
    headless = {one.reference for one in c.said("sign") if not one.payload.get("heads")}
    bare: list[str] = []
    after: list[str] = []
    unsure: list[str] = []
    for last in signatures.standing:
        named = [s for s in signatures.given if s.meaning == last.meaning and s.reference not in headless]
        after += named[0].changes if named else ()
        if last.reference not in headless:
            bare += last.changes
        elif not named or named[0].changes:
            unsure.append(last.reference)
    every = tuple(each.reference for each in signatures.given)
    if bare:
        kinds = {one.reference: one.kind for one in c.records}
        what = [f"{kinds.get(each, 'reading')} {each}" for each in dict.fromkeys(bare)]
        listed = ", ".join(what[:LISTED]) + (f" and {len(what) - LISTED} more" if len(what) > LISTED else "")
        return failed(f"entered or amended after the last signature: {listed}", *dict.fromkeys(bare))
    if unsure:
        raise cannot_tell(f"the signature {', '.join(unsure)} names no heads", *unsure)
    if not after:
        raise not_applicable("nothing was entered or amended after the first signature", *every)
    return passed(f"{len(set(after))} records after a signature, each signed again", *every)


@rule(
    "R35",
    "Excluded readings justified",
    2,
    "ALCOA; gaming check",
    "qa.R35.max_excluded_share",
    "qa.R35.one_sided_share",
)
def exclusions_justified(c: Cut) -> Answer:
    """Exclusions have a reason and an author, are few, and not all on the marked side of a review marker.

    Few: of each vital no more than the allowed share of the values. Almost all of what was excluded beyond
    one enabled marker is a fail, and listed.
    """
    said = [one for one in c.said("exclude") if not one.payload.get("undo")]
    rows = c.session.readings
    out = np.flatnonzero(rows["excluded"].to_numpy())
    if not said and not len(out):
        raise not_applicable("nothing was excluded")
    most, one_sided = c.limit("qa.R35.max_excluded_share"), c.limit("qa.R35.one_sided_share")
    wrong = [
        f"{r.reference} without reason or author" for r in said if not (r.payload.get("reason") and r.author)
    ]
    unsure: list[str] = []
    names, values = rows["vital"].to_numpy(), rows["value"].to_numpy()
    for vital in dict.fromkeys(names[out]):
        numbers = np.flatnonzero((names == vital) & ~np.isnan(values))
        gone = out[(names[out] == vital) & ~np.isnan(values[out])]
        if len(gone) > most * len(numbers) + 1e-9:
            wrong.append(f"{len(gone)} of {len(numbers)} {vital} excluded (at most {100 * most:g} %)")
        phases = c.timeline.phases(c.minutes_of("measured_at", gone), has_end=_has_end(c))
        for marker in c.protocol.markers:
            met = _meeting(c, marker, vital, values[gone]) & np.isin(phases, marker.phases)
            if marker.enabled and np.isin(phases, marker.phases).any() and _rises(c, marker, vital):
                unsure.append(f"whether the excluded {vital} rise as the marker asks: {marker.text}")
            if marker.enabled and len(gone) and met.sum() > one_sided * len(gone) + 1e-9:
                wrong.append(f"{met.sum()} of {len(gone)} excluded {vital} meet: {marker.text}")
    why = f"{len(out)} values excluded with a reason, on both sides of the markers"
    return weighed(wrong, unsure, why, *refs(said))


def _by_people(c: Cut) -> list[Said]:
    return [
        one
        for one in c.records
        if not one.kind.startswith(BY_MACHINE)
        and one.author not in ("recorder", "")
        and "source" not in one.payload
    ]


def _replaced(c: Cut) -> set[str]:
    rows = c.session.readings
    old = rows[rows["superseded_by"] != ""]
    return {f"{writer}:{seq}" for writer, seq in zip(old["writer"], old["seq"], strict=True)}


def _meeting(c: Cut, marker: Marker, vital: str, values: Floats) -> Flags:
    """Return which values of a vital meet a marker; a rise from no baseline is not looked at."""
    met: Flags = np.zeros(len(values), dtype=np.bool_)
    for limit in marker.limits:
        if limit.vital in (vital, c.protocol.parameter_of(vital)) and limit.comparison in COMPARED:
            met |= COMPARED[limit.comparison](values, limit.value)
        elif limit.vital == vital and (base := _base(c, vital)) is not None:
            met |= values - base >= limit.value
    return met


def _rises(c: Cut, marker: Marker, vital: str) -> bool:
    """Return whether a marker asks for a rise of a vital that has no baseline."""
    own = (vital, c.protocol.parameter_of(vital))
    asked = any(limit.vital in own and limit.comparison not in COMPARED for limit in marker.limits)
    return asked and _base(c, vital) is None


def _base(c: Cut, vital: str) -> float | None:
    series, window = c.primary(vital), c.setting("metrics.baseline_window_min")
    return None if series is None else baseline(series, window).value


def _has_end(c: Cut) -> bool:
    return any(phase.starts == "infusion_end" for phase in c.protocol.phases)
