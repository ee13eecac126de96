"""The names, units and plausible ranges of everything a monitor can measure.

Source: ``config/codes.csv``. A unit (UCUM) is written there and nowhere else; `Vital` repeats only the
names, so that code can be checked, and a test holds the two together.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path


def config_folder() -> Path:
    """Return the folder of configuration data: beside this package, in a checkout and in a wheel alike."""
    return Path(__file__).resolve().parent.parent / "config"


class Vital(StrEnum):
    """The vital signs of ``codes.csv``, by their `parameter`."""

    NIBP_SYS = "nibp_sys"
    NIBP_DIA = "nibp_dia"
    NIBP_MAP = "nibp_map"
    NIBP_PULSE = "nibp_pulse"
    BP_SYS_GENERIC = "bp_sys_generic"
    BP_DIA_GENERIC = "bp_dia_generic"
    BP_MAP_GENERIC = "bp_map_generic"
    ECG_HR = "ecg_hr"
    SPO2_PR = "spo2_pr"
    PULSE_GENERIC = "pulse_generic"
    SPO2 = "spo2"
    PERFUSION_INDEX = "perfusion_index"
    RESP_RATE = "resp_rate"
    AWRR = "awrr"
    CO2_RR = "co2_rr"
    TTHOR_RR = "tthor_rr"
    ETCO2 = "etco2"
    TEMP = "temp"
    TEMP_TYMP = "temp_tymp"
    TEMP_SKIN = "temp_skin"
    WEIGHT = "weight"
    HEIGHT = "height"
    BMI = "bmi"
    O2_FLOW = "o2_flow"
    FIO2 = "fio2"
    GCS_TOTAL = "gcs_total"
    FICO2 = "fico2"
    IPI = "ipi"
    PVI = "pvi"
    IBP_SYS = "ibp_sys"
    IBP_DIA = "ibp_dia"
    IBP_MAP = "ibp_map"


NIBP = frozenset({Vital.NIBP_SYS, Vital.NIBP_DIA, Vital.NIBP_MAP, Vital.NIBP_PULSE})
"""The values that one cuff cycle gives together."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What ``codes.csv`` says of one vital: label, UCUM unit, and the range a typed value should be in."""

    label: str
    unit: str
    plausible_min: float | None
    plausible_max: float | None
    decimals: int


@cache
def facts() -> dict[str, Facts]:
    """Return the facts of every vital, by name."""
    with (config_folder() / "codes.csv").open(encoding="utf-8", newline="") as file:
        return {
            row["parameter"]: Facts(
                row["label"],
                row["ucum"],
                _number(row["plausible_min"]),
                _number(row["plausible_max"]),
                int(row["decimals"] or 0),
            )
            for row in csv.DictReader(file)
            if row["kind"] == "vital"
        }


@cache
def unit_of(vital: str) -> str | None:
    """Return the UCUM unit of a vital, or None for a local code (``local:<protocol>:<code>``)."""
    known = facts().get(vital)
    return known.unit if known else None


def _number(text: str) -> float | None:
    return float(text) if text else None
