"""The rule about SpO2 that is wanted all the time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from analysis.recorded import INSTANT
from analysis.rules.cut import Cut, beyond, refs
from analysis.rules.monitoring import infusion_end, schedule_of
from analysis.rules.verdict import Answer, cannot_tell, not_applicable, rule, told
from analysis.timeline import Floats


@rule("R09", "SpO2 coverage", 2, "REMS oximeter [C], D", "qa.R09.min_coverage", "qa.R09.max_gap_s")
def saturation_covered(c: Cut) -> Answer:
    """Where the profile says ``continuous``, SpO2 covers enough of the time, and no gap is too long.

    Judged over the phases that say so, from the dose to the leaving. A value covers the time until the next
    one, at most the parameter's ``max_display_age_s``. Time with a recorded reason (``gap.reason``), and gaps
    within the limit in which a cuff reading was taken, are told apart and count on neither side. Where no
    other time is left, or without a valid value, it can't be told.
    """
    c.need_dose()
    spans = _continuous_spans(c)
    least, longest = c.limit("qa.R09.min_coverage"), c.limit("qa.R09.max_gap_s") / 60
    known = c.protocol.parameters["spo2"].max_display_age_s
    if known is None:
        raise cannot_tell("the protocol has no max_display_age_s of spo2")
    series = c.primary("spo2")
    times = series.t if series is not None else np.zeros(0)
    gaps = [gap for span in spans for gap in _gaps(times, span, known / 60)]
    reasons = c.said("gap.reason")
    entered = [
        [c.minute(datetime.fromisoformat(one.payload[edge])) for edge in ("start", "end")] for one in reasons
    ]
    bare = [gap for gap in gaps if not gap.inside(entered)]
    cuffs = c.points["nibp"].minutes
    under_cuff = [gap for gap in bare if not beyond(gap.length, longest) and gap.holds(cuffs)]
    apart = _lost(gaps) - _lost(bare) + _lost(under_cuff)
    whole = sum(end - start for start, end in spans) - apart
    share = 1 - (_lost(bare) - _lost(under_cuff)) / whole if whole > INSTANT else 1.0
    worst = max(bare, key=lambda gap: gap.length, default=Gap(0.0, 0.0, 0.0))
    said = (
        f"SpO2 covers {100 * share:.1f} % of {whole:.0f} min (at least {100 * least:g} %), longest gap "
        f"{60 * worst.length:.0f} s (limit {60 * longest:g}); {apart:.1f} min explained or cuffed"
    )
    holds = share >= least - 1e-9 and not beyond(worst.length, longest)
    if holds and whole <= INSTANT:
        raise cannot_tell(
            f"every minute without SpO2 is explained or cuffed; none is left ({said})", *refs(reasons)
        )
    if holds and not any(((times >= start) & (times <= end)).any() for start, end in spans):
        raise cannot_tell(f"no valid SpO2 stands in the time ({said})", *refs(reasons))
    edges = (c.taken("spo2", edge, edge)[:1] for edge in (worst.start, worst.end) if worst.length)
    return told(holds, said, *(reference for each in edges for reference in each), *refs(reasons))


def _continuous_spans(c: Cut) -> list[tuple[float, float]]:
    """Return the stretches of the phases after the dose in which the profile wants SpO2 all the time."""
    said = [phase for phase in c.protocol.phases if schedule_of(c, phase.id, "spo2", "continuous")]
    if not said:
        raise not_applicable("the profile asks for no continuous SpO2")
    edge = {"discharge": lambda: c.left, "infusion_end": lambda: infusion_end(c)}
    spans = [
        (
            edge[phase.starts]() if phase.starts in edge else 0.0,
            edge[phase.ends]() if phase.ends in edge else 0.0,
        )
        for phase in said
        if phase.id != "pre"
    ]
    return [(start, end) for start, end in spans if end > start]


@dataclass(frozen=True, slots=True)
class Gap:
    """Between two readings, or from the edge of a stretch; from *bare* on no reading covers it. Minutes."""

    start: float
    bare: float
    end: float

    @property
    def length(self) -> float:
        """Minutes from reading to reading."""
        return self.end - self.start

    def inside(self, spans: Sequence[Sequence[float]]) -> bool:
        """Return whether one of *spans* covers all of it that no reading does."""
        return any(start <= self.bare + INSTANT and end >= self.end - INSTANT for start, end in spans)

    def holds(self, minutes: Floats) -> bool:
        """Return whether one of *minutes* lies in it."""
        return bool(((minutes >= self.start) & (minutes <= self.end)).any())


def _gaps(times: Floats, span: tuple[float, float], hold: float) -> list[Gap]:
    """Return the gaps of a stretch in which a reading does not cover the time until the next."""
    start, end = span
    edges = np.concatenate(([start], times[(times > start) & (times < end)], [end]))
    covered = np.concatenate(([(times[times <= start][-1:].max(initial=-np.inf)) + hold], edges[1:-1] + hold))
    places = np.flatnonzero(edges[1:] > np.maximum(covered, edges[:-1]) + INSTANT)
    return [Gap(float(edges[i]), float(max(covered[i], edges[i])), float(edges[i + 1])) for i in places]


def _lost(gaps: Sequence[Gap]) -> float:
    return sum(gap.end - gap.bare for gap in gaps)
