"""Sentences and names that stand in one wording wherever they stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

CHART_STATEMENT = (
    "Shows what devices sent and staff entered; gaps are gaps. Not an alarm. Not cleared or approved as a "
    "medical device. No advice on dose, treatment or discharge. Two single cuff readings may differ by "
    "10 mmHg or more from measurement error alone."
)
"""On every chart, report and export."""

LIVE_STATEMENT = (
    "RECORDING AID, NOT AN ALARM. Watch the patient and the bedside monitor. Values may be late, missing or "
    "wrong. No advice on dose, treatment or discharge."
)
"""On every live screen, and on the form that stands in for one."""

ANSWERS_STATEMENT = "This program tells nobody what you answer. Staff: read item 9 now."
"""On every form of the PHQ-9 and the C-SSRS."""

CHECK = (
    "With the ledger: `infusionlog verify {session}` computes every digest anew and says of each writer how "
    "many records it has and the last digest. Both are as here, unless records came after this was made.",
    "If records came after: `infusionlog export {session} --format csv --out DIR` lists every record with "
    "its digest in ledger.csv. Of each writer, the record whose seq is the count here less one has the "
    "digest that stands here.",
    "Without this program: `python3 -I verify.py` in that folder computes all digests with Python alone; its "
    "README.txt says how any tool that makes a SHA-256 does it.",
    "A count or digest that differs means: this was made of another record than the one that is there now.",
)

DEMO = "DEMO: simulated values, no patient"
NOT_APPROVED = "Protocol not approved by this clinic"
NOT_RECORDED = "not recorded"
NONE_VALID = "none valid"
NOT_SIGNED = "not signed"
NO_DOSE = "No dose"
NAMED_ONLY = "named, not authenticated"

BY_HAND = "by hand"

NAMES = {
    "nibp_sys": "systolic",
    "nibp_dia": "diastolic",
    "nibp_map": "mean pressure",
    "nibp_pulse": "cuff pulse",
    "ecg_hr": "ECG rate",
    "spo2_pr": "SpO2 pulse",
    "pulse_generic": "pulse",
    "spo2": "SpO2",
    "resp_rate": "resp. rate",
    "co2_rr": "CO2 resp. rate",
    "moaas": "MOAA/S",
    "cadss_total": "CADSS",
    "cadss6_total": "CADSS-6",
    "nrs": "NRS",
    "vas": "VAS",
}
"""What a page calls a vital where the vocabulary's label is too long for it."""


def how_to_check(session: str) -> tuple[str, ...]:
    """Return how anybody checks a page or a report of *session* against its record."""
    return tuple(line.format(session=session) for line in CHECK)


STATISTICS = {
    "t_highest": "minute of the highest",
    "t_lowest": "minute of the lowest",
    "t_last": "minute of the last",
    "t_return": "back near the baseline",
    "change_pct": "change in percent",
    "change_lowest": "change to the lowest",
    "change_lowest_pct": "change to the lowest in percent",
    "auc_above_baseline": "area above the baseline",
    "interval": "minutes between readings",
    "te_htn": "treatment-emergent hypertension",
}
"""What a page calls a statistic whose name in `analysis.metrics` is no word."""


def statistic_name(name: str) -> str:
    """Return a page's name of a statistic; one that has none here goes by its own words."""
    return STATISTICS.get(name, name.replace("_", " "))


def name_of(vital: str) -> str:
    """Return a page's name of a vital; one that has none here goes by its name in the vocabulary."""
    return NAMES.get(vital, vital)


def source_name(source: str) -> str:
    """Return a page's name of a source: ``by hand``, or the device's own."""
    return BY_HAND if source == "manual" else source


def named(person: Mapping[str, Any]) -> str:
    """Return a second person as a page prints them: without a password of their own, "not authenticated"."""
    name = str(person["name"])
    return name if person.get("authenticated") else f"{name} ({NAMED_ONLY})"


def number(value: float) -> str:
    """Return a measured value: whole where it is whole, else with one decimal.

    Rounding 91.6 to 92 would contradict the marker beside it that says below 92.
    """
    return f"{value:.1f}".removesuffix(".0")


def change(value: float) -> str:
    """Return a difference as `number` has it, with its sign: ``+18``, ``−2.5``."""
    return f"{round(value, 1) + 0.0:+.1f}".removesuffix(".0").replace("-", "−")


def at_minute(minute: float) -> str:
    """Return a minute, in days where it is a day or more from minute 0; never ``-0``."""
    whole, unit = (minute, "") if abs(minute) < 1440 else (minute / 1440, "\u00a0d")
    return f"{round(whole)}{unit}".replace("-", "−")


def in_minutes(minute: float) -> str:
    """Return a minute with its unit, however far off it is: ``31 min``; never ``-0 min``."""
    return f"{round(minute)} min".replace("-", "−")


def how_far(minute: float) -> str:
    """Return a time that lies far off in words: ``26 h before``, ``7 days before``, ``3 h after``."""
    size = abs(minute)
    said = (
        f"{size:.0f} min"
        if size < 120
        else f"{size / 60:.0f} h"
        if size < 2880
        else f"{size / 1440:.0f} days"
    )
    return f"{said} {'before' if minute < 0 else 'after'}"


def listed(names: Sequence[str], most: int) -> str:
    """Return whole *names*, at most *most* of them, and how many more a later page has."""
    more = len(names) - most
    return ", ".join(names[:most]) + (f" (+{more}, page 2)" if more > 0 else "")
