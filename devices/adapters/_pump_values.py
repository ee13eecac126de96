"""What infusion pumps write in the same way: a number as text, in a unit that is theirs.

A pump's text becomes a reading only where the whole of it is a number; all else is no value, with a reason.
"""

from __future__ import annotations

import re

from devices.contract import Quality, Reading
from devices.vocabulary import PumpValue

NUMBER = re.compile(r" *-?\d{1,9}(?:\.\d{1,9})? *")

PER_HOUR = {"ml/h": 1.0, "ml/min": 60.0, "ul/h": 0.001, "ul/min": 0.06}
"""What one of each unit is in mL/h, the unit of a flow rate."""
VOLUMES = {"ml": 1.0, "ul": 0.001}
"""What one of each unit is in mL."""
BY_WEIGHT = {"ug/kg/min": 1.0, "ug/kg/h": 1 / 60, "mg/kg/min": 1000.0, "mg/kg/h": 1000 / 60}
"""What one of each unit is in ug/kg/min, the unit of a dose rate."""


def told(vital: str, text: str, scale: float = 1.0, variant: str = "", unit: str | None = None) -> Reading:
    """Return the reading that *text* is; *scale* is what one of the pump's unit is in the unit of *vital*."""
    if not NUMBER.fullmatch(text):
        return untold(vital, "invalid" if text.strip() else "absent", variant, unit)
    return Reading(vital, round(float(text) * scale, 6), variant=variant, unit=unit)


def untold(vital: str, reason: str, variant: str = "", unit: str | None = None) -> Reading:
    """Return the reading of a number that the pump does not have."""
    return Reading(vital, None, reason, Quality.INVALID, variant, unit=unit)


def flow_rate(text: str, unit: str) -> tuple[Reading, ...]:
    """Return the flow rate, or nothing where *unit* is none of `PER_HOUR`; its case does not matter."""
    scale = PER_HOUR.get(unit.strip().lower())
    return () if scale is None else (told(PumpValue.FLOW_RATE, text, scale),)


def volume(vital: PumpValue, text: str, unit: str) -> tuple[Reading, ...]:
    """Return a volume, or nothing where *unit* is none of `VOLUMES`; its case does not matter."""
    scale = VOLUMES.get(unit.strip().lower())
    return () if scale is None else (told(vital, text, scale),)
