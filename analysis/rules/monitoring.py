"""Rules about what was measured when: before the first dose, after it, and until the patient leaves."""

from __future__ import annotations

from analysis.protocol.file import Schedule
from analysis.rules.cut import Cut, beyond, refs
from analysis.rules.verdict import Answer, cannot_tell, failed, not_applicable, passed, rule
from analysis.schedule import Due, State

BASELINE = ("hr", "spo2", "rr", "moaas")
"""What R02 asks for beside the pressure. Source: Sanacora 2017 (not confirmed in its own text)."""


@rule("R01", "Baseline BP recent", 1, "label pre-dose BP [C], D", "metrics.baseline_window_min")
def baseline_pressure(c: Cut) -> Answer:
    """At least one valid cuff reading was taken in the window before the first dose, both ends included."""
    c.need_dose()
    window = c.limit("metrics.baseline_window_min")
    found = c.taken("nibp", -window, 0)
    if found:
        return passed(f"{_cuffs(len(found))} in the {window:g} min before the dose", *found)
    _not_unsure(c, "nibp", -window, 0)
    return failed(f"no cuff reading in the {window:g} min before the dose at {c.clock(0)}{_last_before(c)}")


@rule("R02", "Baseline complete", 2, "Sanacora [M]", "metrics.baseline_window_min")
def baseline_complete(c: Cut) -> Answer:
    """Pulse, saturation, respiration and MOAA/S each stand at least once in the window before the dose."""
    c.need_dose()
    window = c.limit("metrics.baseline_window_min")
    found = c.taken_before(BASELINE, window)
    evidence = tuple(reference for points in found.values() for reference in points[-1:].references)
    missing = [name for name, points in found.items() if not len(points)]
    if missing:
        return failed(f"in the {window:g} min before the dose there is no {', no '.join(missing)}", *evidence)
    return passed(f"{', '.join(BASELINE)} each stand in the {window:g} min before the dose", *evidence)


@rule("R04", "NIBP schedule met", 2, "q10 practice [C]", "profile.phase nibp")
def pressure_schedule(c: Cut) -> Answer:
    """Every cuff reading that the profile expects after the dose is on record in its time.

    Mode ``every``: no gap from the start of the phase to its end is over max_gap_min; ``at`` and ``final``: a
    valid reading lies between due - before and due + after. Met and expected dues are counted.
    """
    return _schedule_met(c, "nibp", "cuff readings")


@rule("R05", "Longest NIBP gap, infusion", 1, "same as R04", "profile.phase infusion nibp max_gap_min")
def gap_in_the_infusion(c: Cut) -> Answer:
    """From the first dose to the infusion's end no two cuff readings lie farther apart than the phase allows.

    The dose and the infusion's end count as points. Without an end of an infusion it does not apply.
    """
    return _gap(c, "infusion", 0, infusion_end(c))


@rule("R06", "Longest NIBP gap, recovery", 2, "Emory q15 [C]", "profile.phase recovery nibp max_gap_min")
def gap_in_recovery(c: Cut) -> Answer:
    """From the infusion's end to the leaving no two cuff readings lie farther apart than the phase allows."""
    end = infusion_end(c)
    return _gap(c, "recovery", end, c.left)


@rule("R07", "40-min BP (esketamine)", 1, "label/REMS [C]", "profile.phase observation nibp at_min, tol")
def pressure_at_forty_minutes(c: Cut) -> Answer:
    """After a nasal dose, a valid cuff reading stands within the tolerance of the first due time.

    The draft protocol has it at 40 minutes, from 5 before to 10 after. Other routes: not applicable.
    """
    c.need_dose()
    if c.protocol.route != "NASAL":
        raise not_applicable(f"the route is {c.protocol.route or 'not said'}, not nasal")
    asked = schedule_of(c, "observation", "nibp", "at")
    if asked is None or not asked.at_min or asked.tol_before_min is None or asked.tol_after_min is None:
        raise cannot_tell("the protocol has no due time with tolerances for the pressure after a nasal dose")
    start, end = asked.at_min[0] - asked.tol_before_min, asked.at_min[0] + asked.tol_after_min
    found = c.taken("nibp", start, end)
    span = f"from {c.clock(start)} to {c.clock(end)} (minute {start:g} to {end:g})"
    if found:
        return passed(f"{_cuffs(len(found))} {span}", *found)
    _not_unsure(c, "nibp", start, end)
    return failed(f"no cuff reading {span}")


@rule("R08", "Final BP", 1, "REMS [C]", "profile.phase nibp window_before_discharge_min")
def final_pressure(c: Cut) -> Answer:
    """A valid cuff reading was taken in the protocol's window before the patient left, both ends included."""
    c.need_dose()
    left = c.left
    asked = next((s for phase in c.protocol.phases if (s := schedule_of(c, phase.id, "nibp", "final"))), None)
    if asked is None:
        raise not_applicable("the protocol asks for no pressure before leaving")
    if asked.window_before_discharge_min is None:
        raise cannot_tell("the protocol has no window_before_discharge_min for the pressure")
    start = left - asked.window_before_discharge_min
    found = c.taken("nibp", start, left)
    if found:
        return passed(f"{_cuffs(len(found))} from {c.clock(start)} to {c.clock(left)}", *found)
    _not_unsure(c, "nibp", start, left)
    return failed(f"no cuff reading from {c.clock(start)} until the patient left at {c.clock(left)}")


@rule("R12", "Sedation rated", 2, "Sanacora [M]", "profile.phase moaas")
def sedation_rated(c: Cut) -> Answer:
    """MOAA/S is on record at each time that the profile expects it after the dose, as in R04."""
    return _schedule_met(c, "moaas", "ratings of sedation")


@rule("R13", "Dissociation recorded", 2, "REMS [C]")
def dissociation_recorded(c: Cut) -> Answer:
    """After the dose, dissociation was rated at least once, reported, or asked about and not reported."""
    c.need_dose()
    if not c.said("assessment.score", "effect.report", "effect.none", "effect.resolved"):
        raise cannot_tell("no assessment and no question about side effects is on record")
    rated = set(c.taken("dissociation", 0, float("inf")))
    found = [
        one
        for one in c.said("assessment.score", "effect.report", "effect.none")
        if one.minute > 0
        and (
            one.kind == "effect.none"
            or (one.kind == "effect.report" and one.payload["term"] == "dissociation")
            or one.reference in rated
        )
    ]
    if found:
        return passed(f"rated or asked {len(found)} times after the dose", *refs(found))
    return failed("after the dose dissociation was neither rated nor asked about")


def _gap(c: Cut, phase: str, start: float, end: float) -> Answer:
    asked = schedule_of(c, phase, "nibp", "every")
    if asked is None or asked.max_gap_min is None:
        raise cannot_tell(f"the protocol has no max_gap_min of the pressure in the phase {phase}")
    a, b = c.points["nibp"].gap(start, end)
    if not beyond(b - a, asked.max_gap_min):
        why = f"longest time between cuff readings {b - a:.3g} min (limit {asked.max_gap_min:g})"
        return passed(why, *c.taken("nibp", start, end))
    why = f"no cuff reading from {c.clock(a)} to {c.clock(b)} ({b - a:.4g} min, limit {asked.max_gap_min:g})"
    return failed(why, *c.taken("nibp", a, a), *c.taken("nibp", b, b))


def _schedule_met(c: Cut, parameter: str, what: str) -> Answer:
    c.need_dose()
    c.discharge  # noqa: B018  without one the rule is settled
    expected = [due for due in c.dues if due.parameter == parameter and due.state is not State.NOT_APPLICABLE]
    if not expected:
        raise not_applicable(f"the profile expects no {what} after the dose")
    met = [due for due in expected if due.state is State.MET]
    evidence = tuple(dict.fromkeys(reference for due in met for reference in due.by))
    said = f"{len(met)} of {len(expected)} expected {what}"
    if len(met) == len(expected):
        return passed(said, *evidence)
    lacking = ", ".join(_told(c, due) for due in expected if due.state is not State.MET)
    return failed(f"{said}; not met: {lacking}", *(r for due in expected for r in due.by if due not in met))


def infusion_end(c: Cut) -> float:
    """Return E; settles the rule where there is none."""
    c.need_dose()
    if c.infusion_end is None:
        raise not_applicable("no end of an infusion is on record")
    return c.infusion_end


def schedule_of(c: Cut, phase: str, parameter: str, mode: str) -> Schedule | None:
    """Return what the profile asks of a parameter in a phase by a mode, or None."""
    for each in c.protocol.phases:
        for schedule in each.schedule if each.id == phase else ():
            if parameter in schedule.params and schedule.mode == mode:
                return schedule
    return None


def _told(c: Cut, due: Due) -> str:
    when = "before leaving" if due.mode == "final" else f"at {c.clock(due.at or 0.0)}"
    return f"{when} ({due.state})"


def _not_unsure(c: Cut, parameter: str, start: float, end: float) -> None:
    """Settle the rule where a reading "taken between a and b" may lie in the window, or may not."""
    if found := c.perhaps_taken(parameter, start, end):
        raise cannot_tell("a reading that may lie in the time has no exact time of its own", *found)


def _last_before(c: Cut) -> str:
    before = c.points["nibp"].minutes
    before = before[before <= 0]
    return f"; the last one was at {c.clock(before[-1])}" if len(before) else ""


def _cuffs(n: int) -> str:
    return f"{n} cuff reading{'s' if n != 1 else ''}"
