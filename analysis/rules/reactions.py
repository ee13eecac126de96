"""Rules about what followed a value that the protocol marks: after the session, never live."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from analysis.protocol import Limit, Marker
from analysis.rules.cut import Cut, beyond, refs
from analysis.rules.said import Said
from analysis.rules.verdict import Answer, cannot_tell, failed, not_applicable, passed, rule
from analysis.series import Flags, Series

PRESCRIBERS = ("prescriber", "physician")
"""Roles in the session whose entry is a prescriber's."""

ENTRIES = ("note", "intervention", "medication", "notified", "dose.ordered", "assessment.score", "discharge")


@rule("R03", "Start after elevated baseline explained", 1, "label [C]", "review_marker of phase pre")
def elevated_baseline_explained(c: Cut) -> Answer:
    """Where the last pressure before the dose meets a marker of the time before it, a prescriber entered why.

    From that reading to the dose: a note, order, intervention, medication or score by a prescriber, or that
    a prescriber was told and what they answered. A repeat that does not meet the marker takes its place.
    """
    c.need_dose()
    markers = [one for one in c.protocol.markers if one.phases == ("pre",) and one.enabled]
    if not markers:
        raise cannot_tell("the protocol has no review marker for the pressure before the dose")
    last = _last_cuff(c)
    if last is None:
        raise cannot_tell("no pressure before the dose is on record")
    minute, values, reference = last
    met = [
        limit
        for one in markers
        for limit in one.limits
        if limit.vital in values and _meets(values[limit.vital], limit)
    ]
    said = f"{values.get('nibp_sys', np.nan):g}/{values.get('nibp_dia', np.nan):g} at {c.clock(minute)}"
    if not met:
        raise not_applicable(f"the last pressure before the dose, {said}, meets no marker", reference)
    entries = [
        one for one in c.said(*ENTRIES) if not beyond(minute, one.minute) and not beyond(one.minute, 0.0)
    ]
    by = [one for one in entries if _is_prescribers(c, one)]
    if by:
        return passed(
            f"{said}; {by[0].kind} by a prescriber at {c.clock(by[0].minute)}", reference, *refs(by)
        )
    if entries and not any(_known(c, one.author) for one in entries):
        raise cannot_tell(f"{said}; who entered something is not known by role", reference, *refs(entries))
    return failed(f"{said}, and no entry by a prescriber until the dose at {c.clock(0)}", reference)


@rule(
    "R23",
    "Marker acted on",
    1,
    "D; SOP",
    "qa.R23.enabled",
    "qa.R23.marker",
    "qa.R23.repeat_within_min",
    "qa.R23.entry_within_min",
)
def marker_acted_on(c: Cut) -> Answer:
    """Off unless the approved protocol turns it on: the first reading that meets the marker was followed.

    The cuff was repeated within its limit, and an assessment, a notification or an intervention was entered
    within its own.
    """
    marker = _turned_on(c, "R23")
    repeat, entry = c.limit("qa.R23.repeat_within_min"), c.limit("qa.R23.entry_within_min")
    first = _first_met(c, marker)
    if first is None:
        raise not_applicable(f"no reading meets the marker: {marker.text}")
    minute, value, reference = first
    after = c.points["nibp"].minutes
    again = after[(after > minute) & (after <= minute + repeat + 1e-6)]
    kinds = ("assessment.score", "notified", "intervention", "medication")
    entries = [
        r for r in c.said(*kinds) if not beyond(minute, r.minute) and not beyond(r.minute, minute + entry)
    ]
    said = f"{value:g} at {c.clock(minute)} ({marker.text})"
    missing = [] if len(again) else [f"no repeat within {repeat:g} min"]
    missing += [] if entries else [f"no assessment, notification or intervention within {entry:g} min"]
    if missing:
        return failed(f"{said}: {', '.join(missing)}", reference, *refs(entries))
    return passed(
        f"{said}: repeated after {again[0] - minute:.4g} min, {entries[0].kind}", reference, *refs(entries)
    )


@rule("R24", "Low SpO2 documented", 1, "D", "qa.R24.enabled", "qa.R24.marker", "qa.R24.entry_within_min")
def low_saturation_documented(c: Cut) -> Answer:
    """Off unless the approved protocol turns it on: each sustained low SpO2 has a note or is an artefact.

    Sustained: valid values meet the marker one after the other for as long as it asks. The entry comes within
    the limit of the last of them.
    """
    marker = _turned_on(c, "R24")
    within = c.limit("qa.R24.entry_within_min")
    sustained = c.setting("review_marker")
    lasts = next((one.get("sustained_s") for one in sustained if one.get("id") == marker.id), None)
    series = c.primary("spo2")
    if series is None:
        raise cannot_tell("no SpO2 is on record")
    limits = [limit for limit in marker.limits if limit.vital == "spo2"]
    met = _any_met(series, limits) & (series.t >= 0)
    runs = [run for run in _runs(series.t, met) if beyond((run[1] - run[0]) * 60, (lasts or 0) - 1e-3)]
    if not runs:
        raise not_applicable(f"SpO2 does not meet the marker for long enough: {marker.text}")
    kinds = ("note", "intervention", "notified", "medication", "exclude")
    notes = [one for one in c.said(*kinds) if one.kind != "exclude" or one.payload.get("artefact")]
    bare = [
        run
        for run in runs
        if not any(not beyond(run[0], n.minute) and not beyond(n.minute, run[1] + within) for n in notes)
    ]
    if bare:
        times = ", ".join(c.clock(start) for start, _ in bare)
        return failed(
            f"{marker.text} at {times}: no note and no artefact within {within:g} min", *refs(notes)
        )
    return passed(
        f"{len(runs)} stretches of low SpO2, each with an entry within {within:g} min", *refs(notes)
    )


def _turned_on(c: Cut, rule_id: str) -> Marker:
    if c.setting(f"qa.{rule_id}.enabled") is not True:
        raise not_applicable("the protocol does not turn this rule on")
    if not c.protocol.approved_by:
        raise not_applicable("turned on in a protocol that the clinic has not approved")
    c.need_dose()
    named = c.setting(f"qa.{rule_id}.marker")
    found = next((one for one in c.protocol.markers if one.id == named), None)
    if found is None:
        raise cannot_tell(f"the protocol has no review marker {named}")
    if any(limit.comparison not in COMPARED for limit in found.limits):
        raise cannot_tell(f"the marker asks for a rise, and this rule compares with numbers: {found.text}")
    return found


def _last_cuff(c: Cut) -> tuple[float, dict[str, float], str] | None:
    """Return the last valid cuff reading up to the dose: its minute, its pressures, its record."""
    best: tuple[float, dict[str, float], str] | None = None
    for each in c.series.values():
        if each.vital != "nibp_sys":
            continue
        for place in np.flatnonzero(each.t <= 0)[-1:]:
            minute = float(each.t[place])
            if best is None or minute > best[0]:
                best = (minute, _pressures(c, each, minute), each.references(_only(each, place))[0])
    return best


def _pressures(c: Cut, systolic: Series, minute: float) -> dict[str, float]:
    same = [s for s in c.series.values() if (s.source, s.variant) == (systolic.source, systolic.variant)]
    return {
        s.vital: float(s.x[p])
        for s in same
        if s.vital.startswith("nibp")
        for p in np.flatnonzero(s.t == minute)
    }


def _only(series: Series, place: int) -> Flags:
    flags: Flags = np.zeros(len(series.t), dtype=np.bool_)
    flags[place] = True
    return flags


def _first_met(c: Cut, marker: Marker) -> tuple[float, float, str] | None:
    """Return the first valid reading after the dose that meets a marker: its minute, value and record."""
    found: list[tuple[float, float, str]] = []
    for limit in marker.limits:
        for each in c.series.values():
            if limit.vital in (each.vital, c.protocol.parameter_of(each.vital)):
                places = np.flatnonzero(_any_met(each, [limit]) & (each.t >= 0))[:1]
                found += [
                    (float(each.t[i]), float(each.x[i]), each.references(_only(each, i))[0]) for i in places
                ]
    return min(found, default=None)


def _any_met(series: Series, limits: Sequence[Limit]) -> Flags:
    met: Flags = np.zeros(len(series.x), dtype=np.bool_)
    for limit in limits:
        if limit.comparison in COMPARED:
            met |= COMPARED[limit.comparison](series.x, limit.value)
    return met


COMPARED = {"gt": np.greater, "ge": np.greater_equal, "lt": np.less, "le": np.less_equal}
"""What the comparisons of a marker mean; a rise needs a baseline, and no rule can tell of it."""


def _meets(value: float, limit: Limit) -> bool:
    return limit.comparison in COMPARED and bool(COMPARED[limit.comparison](value, limit.value))


def _runs(times: np.ndarray, met: Flags) -> list[tuple[float, float]]:
    """Return where consecutive valid readings all meet it: from the first of them to the last."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], met.astype(np.int8), [0]))))
    return [(float(times[a]), float(times[b - 1])) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def _is_prescribers(c: Cut, said: Said) -> bool:
    if said.kind == "notified" and said.payload.get("answer"):
        return _role(c, said.person("whom")) in PRESCRIBERS
    return _role(c, said.author) in PRESCRIBERS


def _known(c: Cut, name: str) -> bool:
    return bool(_role(c, name))


def _role(c: Cut, name: str) -> str:
    """Return somebody's role in the session, else in the program; "" where nobody knows."""
    present = next((p.payload["role"] for p in c.said("staff.present") if p.person("person") == name), "")
    if present or c.context.users is None or name not in c.context.users:
        return str(present)
    return c.context.users[name].role
