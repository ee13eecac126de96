"""The course as a tidy table: what web pages, scripts and screen readers read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from analysis.course.visit import Visit
from analysis.course.whole import Course
from analysis.session import table

COURSE: Mapping[str, str] = {
    "session": "object",
    "opened": "object",  # ISO 8601 with the clinic's offset
    "course": "object",  # id; "" where nobody said one
    "phase": "object",
    "number": "object",
    "state": "object",  # open | ended | closed
    "demo": "bool",
    "treated": "bool",  # a dose is on record
    "not_treated": "object",  # the reason, or ""
    "moved": "bool",  # entered under another patient first
    "protocol": "object",
    "phq9": "float64",  # total; NaN: none on record, or an item was left out
    "phq9_item9": "float64",
    "phq9_difficulty": "float64",
    "phq9_before_dose": "object",  # True | False | None: no PHQ-9
    "phq9_response_at": "float64",  # the response line of its course; NaN: it has no baseline
    "drug": "object",  # several: joined by " + "
    "route": "object",
    "mg": "float64",  # of one drug by one route; NaN where there are several, or none is recorded
    "mg_per_kg": "float64",
    "sys_baseline": "float64",  # mm[Hg], as all pressures
    "sys_baseline_n": "int64",
    "sys_highest": "float64",
    "sys_n": "int64",
    "sys_change": "float64",
    "dia_baseline": "float64",
    "dia_baseline_n": "int64",
    "dia_highest": "float64",
    "dia_n": "int64",
    "dia_change": "float64",
    "read_every_min": "float64",  # median minutes between cuff readings in session
    "mild": "float64",  # episodes by worst severity; NaN: nobody asked and none is on record
    "moderate": "float64",
    "severe": "float64",
    "serious": "int64",
    "ongoing": "int64",
    "ready_min": "float64",  # after the dose
    "left_min": "float64",
    "bp_known": "float64",  # share of the time, 0 to 1
    "spo2_known": "float64",
    "failed": "int64",
    "excluded": "int64",
    "gaps": "int64",
    "late": "int64",
    "corrected": "int64",
    "heads": "object",  # "writer count digest", joined by "; "
}
"""Columns and dtypes of `course_table`: one row a session, in the order of their opening."""


def course_table(course: Course) -> pd.DataFrame:
    """Return *course* as a table of the columns `COURSE`, then one a marker's limit.

    These are called ``minutes_sys_ge_160``: minutes for which the limit was met; NaN: can't be told, or the
    session's protocol does not have it.
    """
    rows: list[Mapping[str, Any]] = [_row(course, place, visit) for place, visit in enumerate(course.visits)]
    found = table(rows, COURSE)
    met = [_minutes(visit) for visit in course.visits]
    for name in dict.fromkeys(name for each in met for name in each):
        found[name] = pd.Series([each.get(name) for each in met], dtype="float64")
    return found


def _row(course: Course, place: int, visit: Visit) -> dict[str, Any]:
    phq9, one = visit.phq9, visit.given[0] if len(visit.given) == 1 else None
    level = [line.level for line in course.responses if course.visits[line.of].course == visit.course]
    return {
        "session": visit.session,
        "opened": visit.opened.isoformat(timespec="seconds"),
        "course": visit.course,
        "phase": visit.phase,
        "number": visit.number,
        "state": visit.state,
        "demo": visit.demo,
        "treated": visit.treated,
        "not_treated": visit.not_treated or "",
        "moved": visit.moved,
        "protocol": visit.protocol,
        "phq9": None if phq9 is None else phq9.total,
        "phq9_item9": None if phq9 is None else phq9.item9,
        "phq9_difficulty": None if phq9 is None else phq9.difficulty,
        "phq9_before_dose": None if phq9 is None else phq9.before_dose,
        "phq9_response_at": level[0] if level else None,
        "drug": " + ".join(dict.fromkeys(given.drug for given in visit.given)),
        "route": " + ".join(dict.fromkeys(given.route for given in visit.given)),
        "mg": None if one is None else one.mg,
        "mg_per_kg": None if one is None else one.per_kg,
        **_pressure(visit, "nibp_sys", "sys"),
        **_pressure(visit, "nibp_dia", "dia"),
        "read_every_min": visit.apart,
        **{name: n if visit.asked else None for name, n in visit.effects.items()},
        "serious": visit.serious,
        "ongoing": visit.ongoing,
        "ready_min": visit.ready,
        "left_min": visit.left,
        "bp_known": visit.known["nibp_sys"],
        "spo2_known": visit.known["spo2"],
        "failed": visit.failed,
        "excluded": visit.excluded,
        "gaps": visit.gaps,
        "late": visit.late,
        "corrected": visit.corrected,
        "heads": "; ".join(f"{head.writer} {head.count} {head.digest}" for head in visit.heads),
    }


def _pressure(visit: Visit, vital: str, name: str) -> dict[str, Any]:
    pressure = visit.pressures.get(vital)
    summary = None if pressure is None else pressure.summary
    return {
        f"{name}_baseline": None if summary is None else summary.baseline.value,
        f"{name}_baseline_n": 0 if summary is None else summary.baseline.n,
        f"{name}_highest": None if summary is None else summary.peak.value,
        f"{name}_n": 0 if summary is None else summary.peak.n,
        f"{name}_change": None if summary is None else summary.delta.value,
    }


def _minutes(visit: Visit) -> dict[str, float | None]:
    named = {"nibp_sys": "sys", "nibp_dia": "dia"}
    return {
        f"minutes_{named[one.vital]}_{one.comparison}_{one.limit:g}": one.minutes
        for limits in visit.markers.values()
        for one in limits
    }
