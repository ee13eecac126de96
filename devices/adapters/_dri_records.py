"""What stands in the records of the Datex-Ohmeda and GE record interface (DRI).

Source: GE document 8005313 (record specification): header, groups of the basic class, labels, status bits,
special values; checked against a displayed-values and a wave record of a real S/5. All little endian.
Gaps:   values at or below -32001 are codes, see `REASONS`; -1, 0 and -2 are real numbers of ST.
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from datetime import datetime, timedelta

from devices.contract import Quality, Reading
from devices.vocabulary import Vital

HEADER = 40
"""Bytes of a record's header; sub-record offsets count from its end."""
BASIC = 278
"""Bytes of a physiological sub-record, of any class."""

REASONS = {
    -32767: "invalid",
    -32766: "not_updated",
    -32765: "discontinued",
    -32764: "under_range",
    -32763: "over_range",
    -32762: "not_calibrated",
}
LAST_CODE = -32001
"""A value at or below it is a code; those that the specification does not name are ``invalid`` too."""

EVERYTHING = (-math.inf, math.inf)
POSSIBLE: dict[str, tuple[float, float]] = {
    str(vital): (least, most)
    for vitals, least, most in (
        ((Vital.SPO2, "local:datex_dri:etco2", "local:datex_dri:fico2"), 0, 100),
        ((Vital.ECG_HR, Vital.SPO2_PR, Vital.NIBP_PULSE, Vital.PULSE_GENERIC), 0, 400),
        ((Vital.RESP_RATE, Vital.CO2_RR), 0, 300),
        ((Vital.NIBP_SYS, Vital.NIBP_DIA, Vital.NIBP_MAP), 0, 400),
        ((Vital.TEMP, Vital.TEMP_SKIN, Vital.TEMP_TYMP), -10, 60),
    )
    for vital in vitals
}
"""What a body or a room can show at all, in the vital's unit; far wider than what is plausible."""

EXISTS, ACTIVE = 1, 2
HR_SOURCES = ("", "ecg", "p1", "p2", "p3", "p4", "spo2", "p5", "p6", "ecg", "p7", "p8", "spo2_2")
SITES = (
    *("", "ART", "CVP", "PA", "RAP", "RVP", "LAP", "ICP", "ABP", "P1", "P2", "P3", "P4", "P5", "P6"),
    *("SP", "FEM", "UAC", "UVC", "ICP2", "P7", "P8", "FEMV"),
)
PLACES = (
    *("", "ESO", "NASO", "TYMP", "RECT", "BLAD", "AXIL", "SKIN", "AIRW", "ROOM", "MYO"),
    *("T1", "T2", "T3", "T4", "CORE", "SURF", "T5", "T6"),
)
LEADS = ("", "I", "II", "III", "aVR", "aVL", "aVF", "V")
ECG_DOUBTS = {7: "noise", 8: "artifact", 9: "learning"}
CO2_DOUBTS = {3: "calibrating", 4: "zeroing", 5: "occlusion", 6: "air_leak"}
NIBP_MEASURING, NIBP_OLD = 1 << 5, 1 << 8
"""Label bits of the NIBP group: the cuff is at work; the values are older than 60 s."""


@dataclass(frozen=True, slots=True)
class Group:
    """One group of the basic class: where it begins and the values after its header, in order.

    A value is (vital or local code, divisor, unit of a local code); an empty name is not read.
    """

    name: str
    at: int
    values: tuple[tuple[str, float, str | None], ...]


def _local(code: str, divisor: float, unit: str) -> tuple[str, float, str]:
    return f"local:datex_dri:{code}", divisor, unit


_UNUSED = ("", 1.0, None)
_PRESSURE = (
    (Vital.IBP_SYS, 100.0, None),
    (Vital.IBP_DIA, 100.0, None),
    (Vital.IBP_MAP, 100.0, None),
    (Vital.PULSE_GENERIC, 1.0, None),
)
GROUPS: tuple[Group, ...] = (
    Group(
        "ecg",
        4,
        (
            (Vital.ECG_HR, 1.0, None),
            *(_local(f"st{lead}", 100.0, "mm") for lead in (1, 2, 3)),
            (Vital.RESP_RATE, 1.0, None),
        ),
    ),
    *(Group(f"p{n}", at, _PRESSURE) for n, at in enumerate((20, 34, 48, 62), 1)),
    Group(
        "nibp",
        76,
        (
            (Vital.NIBP_SYS, 100.0, None),
            (Vital.NIBP_DIA, 100.0, None),
            (Vital.NIBP_MAP, 100.0, None),
            (Vital.NIBP_PULSE, 1.0, None),
        ),
    ),
    *(Group(f"t{n}", at, ((Vital.TEMP, 100.0, None),)) for n, at in enumerate((90, 98, 106, 114), 1)),
    Group(
        "spo2",
        122,
        ((Vital.SPO2, 100.0, None), (Vital.SPO2_PR, 1.0, None), _local("ir_amplitude", 100.0, "%"), _UNUSED),
    ),
    Group(
        "co2",
        136,
        (
            _local("etco2", 100.0, "%"),
            _local("fico2", 100.0, "%"),
            (Vital.CO2_RR, 1.0, None),
            _local("ambient_pressure", 10.0, "mm[Hg]"),
        ),
    ),
    Group("o2", 150, (_local("eto2", 100.0, "%"), (Vital.FIO2, 100.0, None))),
    Group("n2o", 160, (_local("etn2o", 100.0, "%"), _local("fin2o", 100.0, "%"))),
    Group("aa", 170, (_local("etaa", 100.0, "%"), _local("fiaa", 100.0, "%"), _local("mac", 100.0, "1"))),
    Group(
        "flow",
        182,
        (
            (Vital.AWRR, 1.0, None),
            *(_local(code, 100.0, "cm[H2O]") for code in ("ppeak", "peep", "pplat")),
            *(_local(code, 10.0, "mL") for code in ("tv_insp", "tv_exp")),
            _local("compliance", 100.0, "mL/cm[H2O]"),
            _local("mv_exp", 100.0, "L/min"),
        ),
    ),
    Group(
        "co",
        204,
        (
            _local("co", 1.0, "mL/min"),
            _local("blood_temp", 100.0, "Cel"),
            _local("ref", 100.0, "%"),
            _local("pcwp", 100.0, "mm[Hg]"),
        ),
    ),
    Group("nmt", 218, (_local("nmt_t1", 10.0, "%"), _local("nmt_tratio", 10.0, "%"), _UNUSED)),
    Group("svo2", 236, (_local("svo2", 100.0, "%"),)),
    *(Group(f"p{n}", at, _PRESSURE) for n, at in ((5, 244), (6, 258))),
)
ECG_EXTRA = 230
"""Three values without a header of their own: HR from the ECG, highest and lowest HR."""
OTHER_VITALS = (Vital.TEMP_SKIN, Vital.TEMP_TYMP, "local:datex_dri:hr_max", "local:datex_dri:hr_min")
"""Names that a label or the ECG extra gives."""
MARKER, CLASS_WORD = 274, 276


def moment(seconds: int) -> datetime | None:
    """Return a monitor's time, which claims no zone; None for 0, which says "unknown"."""
    return datetime(1970, 1, 1) + timedelta(seconds=seconds) if seconds else None  # noqa: DTZ001


def class_of(part: bytes) -> int:
    """Return the class of a physiological sub-record: 0 basic, 1 to 3 extensions."""
    return int(struct.unpack_from("<H", part, CLASS_WORD)[0]) >> 8 & 0xF


def read_group(part: bytes, group: Group) -> tuple[int, int, tuple[Reading, ...]]:
    """Return a group's status, its label and its readings.

    A group whose module does not exist and which holds nothing but codes has no readings. A number in a
    group that the monitor calls not existing or not active is kept as invalid.
    """
    status, label = struct.unpack_from("<IH", part, group.at)
    values = struct.unpack_from(f"<{len(group.values)}h", part, group.at + 6)
    if not status & EXISTS and all(value <= LAST_CODE for value in values):
        return status, label, ()
    quality, reason = _judged(group.name, status)
    readings = []
    for value, (name, divisor, unit) in zip(values, group.values, strict=True):
        if name:
            vital, variant = _named(group.name, name, status, label, value)
            readings.append(_reading(vital, value, divisor, unit, variant, quality, reason))
    if group.name == "ecg":
        names = ((Vital.ECG_HR, None), ("local:datex_dri:hr_max", "/min"), ("local:datex_dri:hr_min", "/min"))
        for value, (vital, unit) in zip(struct.unpack_from("<3h", part, ECG_EXTRA), names, strict=True):
            readings.append(_reading(vital, value, 1.0, unit, "ecg", quality, reason))
    return status, label, tuple(readings)


def _judged(name: str, status: int) -> tuple[Quality, str | None]:
    if not status & EXISTS:
        return Quality.INVALID, "no_module"
    if not status & ACTIVE:
        return Quality.INVALID, "inactive"
    doubts = {"ecg": ECG_DOUBTS, "co2": CO2_DOUBTS}.get(name, {})
    doubt = next((word for bit, word in doubts.items() if status >> bit & 1), None)
    return (Quality.QUESTIONABLE, doubt) if doubt else (Quality.GOOD, None)


def _named(group: str, name: str, status: int, label: int, value: int) -> tuple[str, str]:
    if name == Vital.ECG_HR:
        source = status >> 3 & 0xF
        where = HR_SOURCES[source] if source < len(HR_SOURCES) else ""
        return (name, "") if where == "ecg" or value <= LAST_CODE else (Vital.PULSE_GENERIC, where)
    if group[0] == "p":
        return name, SITES[label] if 0 < label < len(SITES) else group.upper()
    if group[0] == "t":
        place = PLACES[label] if 0 < label < len(PLACES) else group.upper()
        return {"SKIN": Vital.TEMP_SKIN, "TYMP": Vital.TEMP_TYMP}.get(place, Vital.TEMP), place
    if name.startswith("local:datex_dri:st"):
        lead = label >> (8 - 4 * (int(name[-1]) - 1)) & 0xF
        return name, LEADS[lead] if lead < len(LEADS) else ""
    if name == Vital.CO2_RR and label & 7 == 2:
        return Vital.RESP_RATE, "co2"
    return name, ""


def _reading(
    vital: str,
    value: int,
    divisor: float,
    unit: str | None,
    variant: str,
    quality: Quality,
    reason: str | None,
) -> Reading:
    if value <= LAST_CODE:
        return Reading(vital, None, REASONS.get(value, "invalid"), Quality.INVALID, variant, unit=unit)
    least, most = POSSIBLE.get(vital, EVERYTHING)
    if not least <= value / divisor <= most:  # an 8-bit sum lets one damaged record in 256 through
        return Reading(vital, None, "impossible", Quality.INVALID, variant, unit=unit)
    return Reading(vital, value / divisor, reason, quality, variant, unit=unit)
