"""The names, units and plausible ranges of everything a monitor can measure and a pump can tell.

Source: ``config/codes.csv``. A unit (UCUM) is written there and nowhere else; `Vital` and `PumpValue`
repeat only the names, so that code can be checked, and a test holds them to the table.
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


CODED = frozenset({"vital", "pump", "device", "scale"})
"""Kinds of rows of ``codes.csv`` whose `parameter` names one thing."""
CONFIRMED = "C"
"""The status of a code that was found at its source; any other is from memory and is not handed out."""


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


class PumpValue(StrEnum):
    """The numbers of an infusion pump in ``codes.csv``; what it says in words is a frame's state or flag."""

    CONC_DRUG = "conc_drug"
    FLOW_RATE = "flow_rate"
    DOSE_RATE = "dose_rate"
    VTBI = "vtbi"
    VTBI_REMAINING = "vtbi_remaining"
    VOL_DELIVERED = "vol_delivered"
    VOL_DELIVERED_TOTAL = "vol_delivered_total"
    TIME_REMAINING = "time_remaining"
    PT_WEIGHT = "pt_weight"


class WaveName(StrEnum):
    """The waves of a monitor; each comes with its own unit, or with none."""

    ECG = "ecg"
    PLETH = "pleth"
    IBP = "ibp"
    CO2 = "co2"
    RESP = "resp"
    O2 = "o2"
    N2O = "n2o"
    AGENT = "agent"
    AIRWAY_PRESSURE = "airway_pressure"
    FLOW = "flow"
    EEG = "eeg"


NIBP = frozenset({Vital.NIBP_SYS, Vital.NIBP_DIA, Vital.NIBP_MAP, Vital.NIBP_PULSE})
"""The values that one cuff cycle gives together."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What ``codes.csv`` says of one value: label, UCUM unit, and the range a typed one should be in."""

    label: str
    unit: str
    plausible_min: float | None
    plausible_max: float | None
    decimals: int


@cache
def facts() -> dict[str, Facts]:
    """Return the facts of every vital and pump value, by name; a panel or a text has no unit and no facts."""
    return {
        row["parameter"]: Facts(
            row["label"],
            row["ucum"],
            _number(row["plausible_min"]),
            _number(row["plausible_max"]),
            int(row["decimals"] or 0),
        )
        for row in (*_rows("vital"), *_rows("pump"))
        if row["ucum"]
    }


@cache
def mdc_vitals() -> dict[str, tuple[str, str]]:
    """Return vital and reference identifier of each ISO/IEEE 11073-10101 code: 150456 is MDC_PULS_OXIM..."""
    named = {row["mdc_code"]: (row["parameter"], row["mdc_refid"]) for row in _rows("vital")}
    return {code: known for code, known in named.items() if code and known[0] in set(Vital)}


@cache
def mdc_units() -> dict[str, str]:
    """Return the UCUM unit of each ISO/IEEE 11073-10101 unit code: 266016 is mm[Hg]."""
    return {row["mdc_code"]: row["ucum"] for row in _rows("unit")}


@dataclass(frozen=True, slots=True)
class Codes:
    """What other systems call a row of ``codes.csv``; empty where they have no name for it.

    Only codes that were confirmed at their source. *mdc* and *refid* are ISO/IEEE 11073-10101's.
    """

    label: str
    loinc: tuple[str, ...]
    mdc: str
    refid: str
    snomed: str
    ucum: str


NO_CODES = Codes("", (), "", "", "", "")


@cache
def codes_of(parameter: str) -> Codes:
    """Return the codes of a row of ``codes.csv`` by its `parameter`; of a local code, `NO_CODES`."""
    return _all_codes().get(parameter, NO_CODES)


@cache
def mdc_unit(ucum: str, vital: str = "") -> tuple[str, str]:
    """Return code and reference identifier of a UCUM unit, of several the one for *vital*; empty for none.

    Of rates "per minute", those of breaths have a unit of their own, all others are beats.
    """
    rows = [row for row in _rows("unit") if row["ucum"] == ucum]
    if len(rows) > 1:
        wanted = "u_resppm" if codes_of(vital).loinc == codes_of(Vital.RESP_RATE).loinc else "u_bpm"
        rows = [row for row in rows if row["parameter"] == wanted]
    return (rows[0]["mdc_code"], rows[0]["mdc_refid"]) if rows else ("", "")


@cache
def unit_of(vital: str) -> str | None:
    """Return the UCUM unit of a value, or None for a local code (``local:<protocol>:<code>``)."""
    known = facts().get(vital)
    return known.unit if known else None


@cache
def _all_codes() -> dict[str, Codes]:
    with (config_folder() / "codes.csv").open(encoding="utf-8", newline="") as file:
        return {row["parameter"]: _codes(row) for row in csv.DictReader(file) if row["kind"] in CODED}


def _codes(row: dict[str, str]) -> Codes:
    loinc = row["loinc"].split("|") if row["loinc"] and row["loinc_status"] == CONFIRMED else ()
    snomed = row["snomed_ct"] if row["snomed_status"] == CONFIRMED else ""
    mdc = (row["mdc_code"], row["mdc_refid"]) if row["mdc_status"] == CONFIRMED else ("", "")
    return Codes(row["label"], tuple(loinc), *mdc, snomed, row["ucum"])


def _rows(kind: str) -> list[dict[str, str]]:
    with (config_folder() / "codes.csv").open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if row["kind"] == kind]


def _number(text: str) -> float | None:
    return float(text) if text else None
