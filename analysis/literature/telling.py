"""The two tables and what is to be seen in them, as Markdown that is legible on a screen, and as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from analysis.literature.cohort import VITALS
from analysis.literature.published import Kind, Study, published
from analysis.literature.simulated import Simulated, Spread

TAGS = {"C": "confirmed in a public source", "M": "not confirmed against the source's own text"}

PUBLISHED_COLUMNS = ("study", "n", "statistic", "published", "tag", "the same statistic, SIMULATED")
SIMULATED_COLUMNS = ("SIMULATED", "statistic", "drug", "readings", "n", "seed", "value")


def lines(found: Sequence[Simulated]) -> list[str]:
    """Return the page of *found*, as `simulated` gives it: both tables and the findings."""
    seed, n = found[0].seed, found[0].n
    by_id = {one.asked.id: one for one in found}
    tags = "; ".join(f"{tag}: {said}" for tag, said in TAGS.items())
    return [
        f"SIMULATED is what is computed of {n} simulated patients (seed {seed}), not of people. Changes are "
        f"from the baseline, systolic / diastolic, in mmHg. Tags: {tags}.",
        "",
        *_table(PUBLISHED_COLUMNS, [_study(each, by_id) for each in published().study]),
        "",
        *_table(SIMULATED_COLUMNS, [_row(one) for one in found]),
        "",
        *(f"{number}. {said}" for number, said in enumerate(findings(found), start=1)),
    ]


def findings(found: Sequence[Simulated]) -> list[str]:
    """Return in sentences why the papers' numbers differ, with the figures that show it."""
    at_40, often = _all(found, Kind.CHANGE_AT, drug=True)[:2]
    largest = _all(found, Kind.LARGEST_MEAN_CHANGE, drug=True)[0]
    peaks, noise = (_all(found, Kind.MEAN_OF_PEAKS, drug=drug) for drug in (True, False))
    sober = _all(found, Kind.CHANGE_AT, drug=False)[0]
    same = _systolic(largest) == _systolic(at_40)
    again = (
        "the same number again. Papers that give it and differ, differ in something else than the statistic"
        if same
        else f"not the {_systolic(at_40)} of the mean change at {at_40.asked.at_min:g} min in these "
        f"{largest.n} patients, for the highest of several means has noise of its own"
    )
    return [
        f"The {at_40.definition} is SIMULATED {_systolic(at_40)} mmHg with a reading {_every(at_40)}, and "
        f"{_systolic(often)} {_every(often)}"
        + (
            ": a mean does not grow with the number of readings."
            if _systolic(often) == _systolic(at_40)
            else "."
        ),
        f"The largest mean change (the {largest.definition}) is SIMULATED {_systolic(largest)}: {again}.",
        "The mean of individual peaks of the same patients is SIMULATED "
        + _listed([f"{_systolic(one)} ({one.readings} readings, {_every(one)})" for one in peaks])
        + ".",
        "With no drug at all the mean of individual peaks is SIMULATED "
        + _listed([f"{_systolic(one)} ({one.readings} readings)" for one in noise])
        + f", by the noise of the cuff alone; the {sober.definition} is {_systolic(sober)}.",
    ]


def as_json(found: Sequence[Simulated]) -> dict[str, Any]:
    """Return *found* and the published figures as values; shares are percent, changes mmHg."""
    return {
        "seed": found[0].seed,
        "patients": found[0].n,
        "simulated": [
            {
                "id": one.asked.id,
                "simulated": True,
                "statistic": one.asked.statistic.value,
                "definition": one.definition,
                "drug": one.asked.drug,
                "interval_min": one.asked.interval_min,
                "until_min": one.asked.until_min,
                "readings": one.readings,
                "n": one.n,
                "seed": one.seed,
                "changes": {v: {"mean": x.mean, "sd": x.sd} for v, x in one.changes.items()},
                "share_pct": one.share,
            }
            for one in found
        ],
        "published": [
            {name: value for name, value in study.model_dump().items() if value not in (None, "")}
            for study in published().study
        ],
        "findings": findings(found),
    }


def rise(mmhg: float) -> str:
    """Return a change with its sign and one decimal."""
    return f"{round(mmhg, 1) + 0.0:+.1f}"  # adding 0.0: no "-0.0"


def _all(found: Sequence[Simulated], kind: Kind, *, drug: bool) -> list[Simulated]:
    return [one for one in found if one.asked.statistic is kind and one.asked.drug is drug]


def _study(study: Study, by_id: Mapping[str, Simulated]) -> list[str]:
    beside = by_id.get(study.beside)
    ours = "–" if beside is None else f"SIMULATED {_value(beside)} ({beside.asked.id})"
    return [study.study, study.n, study.statistic, _published(study), study.tag, ours]


def _published(study: Study) -> str:
    if study.said:
        return study.said
    if study.systolic is None or study.diastolic is None:
        return f"{study.share_span or study.share} %"
    both = (
        (study.systolic, study.systolic_sd, study.systolic_span),
        (study.diastolic, study.diastolic_sd, study.diastolic_span),
    )
    return " / ".join(
        f"{value:+}" + (f" (SD {sd})" if sd is not None else f" ({span})" if span else "")
        for value, sd, span in both
    )


def _row(one: Simulated) -> list[str]:
    readings = f"{one.readings}, {_every(one)} to {one.asked.until_min:g}"
    drug = "yes" if one.asked.drug else "no"
    return [one.asked.id, one.definition, drug, readings, str(one.n), str(one.seed), _value(one)]


def _every(one: Simulated) -> str:
    return f"every {one.asked.interval_min:g} min"


def _value(one: Simulated) -> str:
    if one.share is not None:
        return f"{one.share:.1f} %"
    return " / ".join(_spread(one.changes[vital]) for vital in VITALS)


def _spread(spread: Spread) -> str:
    return rise(spread.mean) + ("" if spread.sd is None else f" (SD {spread.sd:.1f})")


def _systolic(one: Simulated) -> str:
    return rise(one.changes[VITALS[0]].mean)


def _listed(said: Sequence[str]) -> str:
    return said[0] if len(said) == 1 else f"{', '.join(said[:-1])} and {said[-1]}"


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(columns, *rows, strict=True)]
    rule = ["-" * width for width in widths]
    return [
        f"| {' | '.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))} |"
        for row in (columns, rule, *rows)
    ]
