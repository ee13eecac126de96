"""The readings of one cuff cycle as the small pressure modules give them."""

from __future__ import annotations

from devices.contract import Quality, Reading
from devices.vocabulary import Vital

PRESSURES = (Vital.NIBP_SYS, Vital.NIBP_DIA, Vital.NIBP_MAP)
CUFF = (*PRESSURES, Vital.NIBP_PULSE)
HIGHEST = 350
"""mmHg; some modules put error codes such as 2047 where the pressures stand."""


def cuff_readings(
    systolic: int, diastolic: int, mean: int, pulse: int | None, doubt: str | None = None
) -> tuple[Reading, ...]:
    """Return the readings of a cycle; a 0 is no value, and neither is any number where one is impossible.

    Args:
        systolic: in mmHg, as are *diastolic* and *mean*.
        diastolic: see *systolic*.
        mean: see *systolic*.
        pulse: per minute, None where the module does not give it here.
        doubt: why all of it is questionable, if anything.
    """
    values = (systolic, diastolic, mean) + (() if pulse is None else (pulse,))
    if any(value > HIGHEST for value in values):
        return no_readings("over_range", len(values))
    if not all(values[:3]):
        return no_readings("absent", len(values))
    ordered = systolic >= mean >= diastolic
    reason = doubt or (None if ordered else "disordered")
    quality = Quality.QUESTIONABLE if reason else Quality.GOOD
    return tuple(
        Reading(vital, float(value), reason, quality)
        if value
        else Reading(vital, None, "absent", Quality.INVALID)
        for vital, value in zip(CUFF, values, strict=False)
    )


def no_readings(reason: str, count: int = len(CUFF)) -> tuple[Reading, ...]:
    """Return the readings of a cycle that left no number."""
    return tuple(Reading(vital, None, reason, Quality.INVALID) for vital in CUFF[:count])
