"""What is asked back before an entry is saved, as it looks like a slip; whatever is meant is recorded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from devices.vocabulary import facts

ROUNDING = 0.01
"""mg/kg within which two doses are the same. Source: rule R17."""


def about_vitals(typed: Mapping[str, float | None]) -> tuple[str, ...]:
    """Return a question about each number outside the range that ``codes.csv`` calls plausible.

    And one where the diastolic pressure is not below the systolic one.
    """
    asked = []
    for vital, value in typed.items():
        known = facts()[vital]
        low, high = known.plausible_min, known.plausible_max
        if value is not None and ((low is not None and value < low) or (high is not None and value > high)):
            asked.append(f"{known.label} {value:g} is outside {low:g}-{high:g} {known.unit}. Is it a slip?")
    sys, dia = typed.get("nibp_sys"), typed.get("nibp_dia")
    if sys is not None and dia is not None and dia >= sys:
        asked.append(f"Diastolic {dia:g} is not below systolic {sys:g}. Is it a slip?")
    return tuple(asked)


def about_dose(said: Mapping[str, Any]) -> str:
    """Return a question about milligrams that do not agree with the milligrams per kilogram, or nothing."""
    mg, per_kg, weight = (said.get(name) for name in ("mg", "mg_per_kg", "weight_kg"))
    if mg is None or per_kg is None or weight is None:
        return ""
    try:
        given, ordered = float(mg) / float(weight), float(per_kg)
    except (ValueError, ZeroDivisionError):  # the dose's form refuses it, with its field
        return ""
    if abs(given - ordered) <= ROUNDING:
        return ""
    return f"{mg} mg at {weight} kg are {given:.2f} mg/kg, and {per_kg} mg/kg was typed"
