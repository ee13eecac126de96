"""What an observation (OBX) of a monitor's message is: which vital, in which unit, and what stands for none.

Source: ISO/IEEE 11073-10101 (codes, by ``config/codes.csv``), IHE PCD TF-2 (OBX), and messages of a Mindray
VS8 and VS-900, a Comen NC5, a GE B40 gateway and two smaller vendors, whose errors are told below.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from devices.contract import Quality
from devices.vocabulary import Vital, mdc_units, mdc_vitals, unit_of

Meaning = tuple[str, str]
"""A vital and its variant."""

MORE: dict[str, tuple[Meaning, str]] = {
    "150301": ((Vital.NIBP_SYS, ""), "MDC_PRESS_CUFF_SYS"),
    "150302": ((Vital.NIBP_DIA, ""), "MDC_PRESS_CUFF_DIA"),
    "150303": ((Vital.NIBP_MAP, ""), "MDC_PRESS_CUFF_MEAN"),
    "150488": ((Vital.PERFUSION_INDEX, ""), "MDC_BLD_PERF_INDEX"),
    "149522": ((Vital.PULSE_GENERIC, ""), "MDC_BLD_PULS_RATE_INV"),
    "149538": ((Vital.SPO2_PR, ""), "MDC_PLETH_PULS_RATE"),
    "151658": ((Vital.RESP_RATE, "pleth"), "MDC_PLETH_RESP_RATE"),
    "151708": ((Vital.ETCO2, ""), "MDC_CONC_AWAY_CO2_ET"),
    "151712": ((Vital.ETCO2, ""), "MDC_CONC_AWAY_CO2_EXP"),
    "150364": ((Vital.TEMP, "body"), "MDC_TEMP_BODY"),
    "188496": ((Vital.TEMP, "axillary"), "MDC_TEMP_AXIL"),
    "188424": ((Vital.TEMP, "oral"), "MDC_TEMP_ORAL"),
}
"""Codes that monitors send besides those of the code table."""

SEEN: dict[tuple[str, str], Meaning] = {
    ("149522", "MDC_PULS_RATE"): (Vital.PULSE_GENERIC, ""),
    ("150017", "MDC_PRESS_BLD_NONINV_SYS"): (Vital.NIBP_SYS, ""),
    ("150018", "MDC_PRESS_BLD_NONINV_DIA"): (Vital.NIBP_DIA, ""),
    ("150019", "MDC_PRESS_BLD_NONINV_MEAN"): (Vital.NIBP_MAP, ""),
    ("150021", "MDC_PRESS_BLD_ART_SYS"): (Vital.IBP_SYS, "ART"),
    ("150022", "MDC_PRESS_BLD_ART_DIA"): (Vital.IBP_DIA, "ART"),
    ("150023", "MDC_PRESS_BLD_ART_MEAN"): (Vital.IBP_MAP, "ART"),
    ("150031", "MDC_PRESS_CUFF_SYS"): (Vital.NIBP_SYS, ""),
}
"""Code and name that contradict each other, as vendors send them: the name is what they mean."""

ART = {Vital.IBP_SYS: "ART", Vital.IBP_DIA: "ART", Vital.IBP_MAP: "ART"}
MEANINGS: dict[str, tuple[Meaning, str]] = {
    code: ((vital, ART.get(Vital(vital), "")), name) for code, (vital, name) in mdc_vitals().items()
} | MORE
NAMES = {name: meaning for meaning, name in MEANINGS.values()}

FAHRENHEIT = "[degF]"
UNITS = mdc_units() | {
    "268160": FAHRENHEIT,
    "mmHg": "mm[Hg]",
    "bpm": "/min",
    "rpm": "/min",
    "{beat}/min": "/min",
    "{breath}/min": "/min",
    "degC": "Cel",
    "degF": FAHRENHEIT,
}
UNSTATED = "{unstated}"

LIMITS = {"mm[Hg]": 400.0, "/min": 400.0, "%": 100.0, "Cel": 50.0, "kg": 700.0, "cm": 300.0, "kg/m2": 200.0}
"""What no body reaches; a greater number is none. A decimal point that was lost is not put back."""
ABSENT = {"-100", "-999", "-99.9", "-1", "8388607", "-32767"}
NUMBER = re.compile(r"[+-]?\d{1,7}(\.\d{1,6})?", re.ASCII)
NOT_ENTERED = {Vital.WEIGHT, Vital.HEIGHT, Vital.BMI}
"""Typed in, never measured: 0 stands for nobody having done so (Comen)."""

FLAGGED: dict[str, tuple[str, Quality]] = {
    "INV": ("invalid", Quality.INVALID),
    "CALI": ("not_calibrated", Quality.INVALID),
    "QUES": ("questionable", Quality.QUESTIONABLE),
    "EARLY": ("early", Quality.QUESTIONABLE),
}
"""OBX-8 marks beside a number (IHE PCD TF-2): reason and quality."""
NULLS = {"NI": "absent", "NA": "absent", "NAV": "absent", "OFF": "off", "MSK": "masked", "OTH": "invalid"} | {
    "NAN": "invalid",
    "PINF": "over_range",
    "NINF": "under_range",
}
"""OBX-8 marks in place of a number (IHE PCD TF-2)."""


@dataclass(frozen=True, slots=True)
class Value:
    """An observation's number in *unit*, or None with its reason."""

    number: float | None
    reason: str | None = None
    quality: Quality = Quality.INVALID


def meaning(code: str, name: str) -> Meaning | None:
    """Return the vital that code and name mean together, None where they are none or contradict each other.

    A name that is no reference identifier (MDC_...) is a text for people and says nothing.
    """
    by_code = MEANINGS.get(code)
    if (code, name) in SEEN:
        return SEEN[code, name]
    if not name.startswith("MDC_"):
        return by_code[0] if by_code else None
    by_name = NAMES.get(name)
    if not code:
        return by_name
    return by_code[0] if by_code and by_code[0] == by_name else None


def unit(code: str, text: str, system: str) -> str:
    """Return the UCUM unit that OBX-6 names; ``{unstated}`` for none."""
    known = UNITS.get(code) or UNITS.get(text)
    if known:
        return known
    return (code if system == "UCUM" else text or code) or UNSTATED


def value(vital: str, stated: str, text: str, flags: set[str], status: str) -> Value:
    """Return what an observation says: its number, or why it has none.

    Args:
        vital: a name of the vocabulary, or a local code, which may be negative.
        stated: its UCUM unit.
        text: OBX-5.
        flags: of OBX-8.
        status: OBX-11.
    """
    null = next((NULLS[flag] for flag in sorted(flags & NULLS.keys())), None)
    if not text or status == "X" or (text in ABSENT and (unit_of(vital) or text != "-1")):
        return Value(None, null or "absent")
    if null or not NUMBER.fullmatch(text):
        return Value(None, null or "invalid")
    number = float(text)
    limit = LIMITS.get(stated)
    if number == 0 and vital in NOT_ENTERED:
        return Value(None, "absent")
    if unit_of(vital) and number < 0:
        return Value(None, "under_range")
    if unit_of(vital) and limit is not None and number > limit:
        return Value(None, "over_range")
    if status in ("D", "W"):
        return Value(number, "withdrawn")
    marks = [FLAGGED[flag] for flag in sorted(flags & FLAGGED.keys())]
    marks.sort(key=lambda mark: mark[1] != Quality.INVALID)
    return Value(number, *marks[0]) if marks else Value(number, None, Quality.GOOD)


def celsius(fahrenheit: float) -> float:
    """Return a temperature in degrees Celsius, to a tenth more than the monitor shows."""
    return round((fahrenheit - 32) / 1.8, 2)
