"""Rules about what was read: repeated, implausible, too regular, failed or held values."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from analysis.recorded import INSTANT
from analysis.rules.cut import Cut, beyond
from analysis.rules.verdict import Answer, cannot_tell, failed, not_applicable, passed, rule
from analysis.series import MANUAL

CUFF = ("nibp_sys", "nibp_dia", "nibp_map")


@rule("R39", "Duplicate NIBP", 3, "D", "quality.nibp_min_separation_s")
def no_duplicate_pressure(c: Cut) -> Answer:
    """One cuff cycle is one reading, however often its device repeats it.

    No two readings of one device have one measurement time, and the same three numbers do not come again
    within the shortest time between two cycles.
    """
    apart = c.limit("quality.nibp_min_separation_s") / 60
    cycles = _cycles(c)
    if not cycles:
        raise not_applicable("no cuff reading came from a device")
    twice = []
    for one, after in pairwise(cycles):
        near = after.minute - one.minute
        if one.source == after.source and (
            near < INSTANT or (one.pressures == after.pressures and beyond(apart, near))
        ):
            twice += [one.record, after.record]
    if twice:
        return failed(f"{len(twice) // 2} cuff readings stand twice", *dict.fromkeys(twice))
    return passed(f"{len(cycles)} cuff readings, each once")


@rule("R40", "Physiologic consistency", 2, "codes.csv")
def values_consistent(c: Cut) -> Answer:
    """Diastolic, mean and systolic stand in this order, and every value lies in its plausible range.

    What does not is called questionable or invalid, excluded or replaced. The ranges are the vocabulary's.
    """
    rows = c.session.readings
    if rows.empty and c.not_treated:
        raise not_applicable("no dose was given and nothing was measured")
    if rows.empty:
        raise cannot_tell("no reading is on record")
    strange = c.implausible
    quality, excluded, replaced = (rows[n].to_numpy() for n in ("quality", "excluded", "superseded_by"))
    bad = [i for i in strange if quality[i] == "good" and not excluded[i] and replaced[i] == ""]
    writers, seqs, names, values = (rows[n].to_numpy() for n in ("writer", "seq", "vital", "value"))
    wrong = {f"{writers[i]}:{seqs[i]}": f"{names[i]} {values[i]:g}" for i in bad}
    for one in _cycles(c, typed_too=True):
        high, low, mean = one.pressures
        known = [value for value in (low, mean, high) if value is not None]
        if known != sorted(known) and one.record not in _questionable(c):
            wrong[one.record] = (
                f"{'/'.join(format(v, 'g') for v in reversed(known))} at {c.clock(one.minute)}"
            )
    if wrong:
        first = "; ".join(list(wrong.values())[:5])
        return failed(f"{len(wrong)} inconsistent and not questioned: {first}", *wrong)
    return passed(f"{len(rows)} values plausible, or questioned where not ({len(strange)})")


@rule(
    "R41",
    "Suspicious regularity",
    3,
    "QA practice [D]",
    "qa.R41.identical_in_a_row",
    "qa.R41.digit_preference_share",
    "qa.R41.digit_preference_n",
)
def typed_values_vary(c: Cut) -> Answer:
    """Pressures typed by hand vary: not the same again and again with their pulse, not mostly ending in 0.

    The last digit is judged where there are enough values to tell.
    """
    row, share, enough = (
        c.limit(f"qa.R41.{n}") for n in ("identical_in_a_row", "digit_preference_share", "digit_preference_n")
    )
    triples: dict[str, dict[str, float]] = {}
    for one in c.typed:
        if not one.superseded and not np.isnan(one.value):
            triples.setdefault(one.reference, {})[one.vital] = one.value
    typed = [(record, values) for record, values in triples.items() if "nibp_sys" in values]
    if len(typed) < min(row, enough):
        raise not_applicable(f"{len(typed)} pressures typed by hand")
    keys = [
        tuple(v.get(n) for n in ("nibp_sys", "nibp_dia", "nibp_pulse", "pulse_generic", "ecg_hr"))
        for _, v in typed
    ]
    length, longest, last = 0, 0, 0
    for i, key in enumerate(keys):
        length = length + 1 if i and key == keys[i - 1] else 1
        longest, last = (length, i) if length > longest else (longest, last)
    zeros = sum(values["nibp_sys"] % 10 == 0 for _, values in typed)
    said = f"{len(typed)} typed: {longest} alike in a row (suspicious from {row:g}), {zeros} ending in 0"
    preferred = len(typed) >= enough and zeros >= share * len(typed) - 1e-9
    if longest >= row or preferred:
        named = typed if preferred else typed[last - longest + 1 : last + 1]
        return failed(f"{said} (from {100 * share:g} %, n {enough:g})", *(record for record, _ in named))
    return passed(said)


@rule("R42", "Failed readings followed", 2, "D", "qa.R42.within_min")
def failures_followed(c: Cut) -> Answer:
    """In the infusion, every cuff cycle that failed is followed by a valid reading within the limit."""
    c.need_dose()
    if not any(phase.starts == "infusion_start" for phase in c.protocol.phases):
        raise not_applicable("the profile has no infusion")
    if c.infusion_end is None:
        raise cannot_tell("no end of the infusion is on record")
    within = c.limit("qa.R42.within_min")
    failures = [
        (float(each.minutes[i]), f"{each.writers[i]}:{each.seqs[i]}")
        for each in c.series.values()
        if each.vital == "nibp_sys"
        for i in np.flatnonzero(each.failed & (each.minutes >= 0) & (each.minutes <= c.infusion_end))
    ]
    if not failures:
        raise not_applicable("no cuff cycle failed in the infusion")
    good = c.points["nibp"].minutes
    bare = [(m, r) for m, r in failures if not ((good > m) & (good <= m + within + 1e-6)).any()]
    if bare:
        times = ", ".join(c.clock(minute) for minute, _ in bare)
        return failed(f"failed at {times}, and no reading within {within:g} min", *(r for _, r in bare))
    return passed(f"{len(failures)} failed, each followed within {within:g} min", *(r for _, r in failures))


@rule("R54", "Held and unconfirmed readings resolved", 1, "wrong-patient hazard")
def held_readings_resolved(c: Cut) -> Answer:
    """No cuff reading is left held back at the close: each was claimed for this patient, or excluded.

    Held are readings that stood on the line when the session opened, or when the line came back.
    """
    if c.session.readings.empty:
        raise not_applicable("no reading is on record")
    held = [
        (float(each.minutes[i]), f"{each.writers[i]}:{each.seqs[i]}")
        for each in c.series.values()
        if each.vital in CUFF
        for i in np.flatnonzero(each.reasons == "held")
    ]
    if held:
        times = ", ".join(dict.fromkeys(c.clock(minute) for minute, _ in held))
        return failed(f"still held: cuff reading of {times}", *dict.fromkeys(record for _, record in held))
    return passed("no cuff reading is held")


@dataclass(frozen=True, slots=True)
class Cycle:
    """A valid cuff reading: systolic, diastolic and mean pressure, None where it has none."""

    source: str
    minute: float
    pressures: tuple[float | None, ...]
    record: str


def _cycles(c: Cut, *, typed_too: bool = False) -> list[Cycle]:
    """Return the valid cuff readings by source and time."""
    found: dict[tuple[str, str], tuple[float, dict[str, float]]] = {}
    for each in c.series.values():
        if each.vital not in CUFF or (each.source == MANUAL and not typed_too):
            continue
        for i in np.flatnonzero(each.valid):
            record = f"{each.writers[i]}:{each.seqs[i]}"
            cycle = found.setdefault((each.source, record), (float(each.minutes[i]), {}))
            cycle[1][each.vital] = float(each.values[i])
    cycles = [
        Cycle(source, minute, tuple(values.get(name) for name in CUFF), record)
        for (source, record), (minute, values) in found.items()
    ]
    return sorted(cycles, key=lambda one: (one.source, one.minute, one.record))


def _questionable(c: Cut) -> set[str]:
    rows = c.session.readings
    cuffs = rows[rows["vital"].isin(CUFF) & (rows["quality"] != "good")]
    return {f"{writer}:{seq}" for writer, seq in zip(cuffs["writer"], cuffs["seq"], strict=True)}
