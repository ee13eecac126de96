"""The numbers of IntelliVue data export: what is measured, in which unit and state, as what float.

Source: Philips IntelliVue Data Export Interface; a recorded dialogue of a monitor in its demonstration mode.
What is measured and units are ISO/IEEE 11073-10101 codes without their partition: 2 and 4.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from devices.contract import Quality, Reading
from devices.vocabulary import Vital, mdc_units, mdc_vitals, unit_of

PHYSIOLOGY: dict[int, tuple[str, str]] = {
    code - (2 << 16): (vital, "ART" if vital.startswith("ibp_") else "")
    for code, (vital, _) in ((int(code), known) for code, known in mdc_vitals().items())
    if 0x4000 <= code - (2 << 16) < 0xE000
} | {
    0x4822: (Vital.SPO2_PR, ""),
    0xF0E5: (Vital.NIBP_PULSE, "NBP"),  # an object of its own, often in another frame than the pressures
    0x4A15: (Vital.IBP_SYS, "ABP"),
    0x4A16: (Vital.IBP_DIA, "ABP"),
    0x4A17: (Vital.IBP_MAP, "ABP"),
    0x50BA: (Vital.FICO2, ""),
}
"""Vital and variant of a physiological identifier. From E000 on the numbers are Philips' own."""

NO_UNIT = 0x0200
INVALID, QUESTIONABLE, UNAVAILABLE, CALIBRATING = 0x8000, 0x4000, 0x2000, 0x1000
TEST, DEMO, EARLY, ONGOING = 0x0800, 0x0400, 0x0040, 0x0020
SPECIAL = {
    0x7FFFFF: "absent",
    0x800000: "not_resolved",
    0x800001: "invalid",
    0x7FFFFE: "over_range",
    0x800002: "under_range",
}
"""Mantissas that are no number: NaN, NRes, reserved, +infinity, -infinity."""


@dataclass(frozen=True, slots=True)
class Number:
    """A numeric value as it came: what, its state, unit and float, each still a number of the protocol."""

    code: int
    state: int
    unit: int
    float32: int

    def __str__(self) -> str:
        """Return state and float as they came: the float's exponent says how many decimals were shown."""
        return f"{self.state:04x} {self.float32:08x}"

    def reading(self, adapter: str) -> Reading:
        """Return it as a reading; one in another unit than the vital's is a local number of *adapter*."""
        vital, variant = PHYSIOLOGY.get(self.code, ("", ""))
        unit = unit_named(self.unit)
        dimensionless = vital == Vital.PERFUSION_INDEX and self.unit == NO_UNIT  # how Philips sends it
        value, reason = read_float(self.float32)
        reason, quality = self._standing(reason)
        if not vital or (unit != unit_of(vital) and not dimensionless and value is not None):
            return Reading(f"local:{adapter}:{self.code:04x}", value, reason, quality, unit=unit)
        return Reading(vital, value, reason, quality, variant)

    def _standing(self, reason: str | None) -> tuple[str | None, Quality]:
        marks = (
            (INVALID, "invalid", Quality.INVALID),
            (UNAVAILABLE, "absent" if reason else "unavailable", Quality.INVALID),
            (CALIBRATING, "not_calibrated", Quality.INVALID),
            (QUESTIONABLE, "questionable", Quality.QUESTIONABLE),
            (EARLY, "early", Quality.QUESTIONABLE),
        )
        said, quality = next(
            ((why, how) for bit, why, how in marks if self.state & bit), (None, Quality.GOOD)
        )
        if reason:
            return (reason if reason != "absent" or quality is not Quality.INVALID else said), Quality.INVALID
        return said, quality


def unit_named(code: int) -> str:
    """Return the UCUM unit of a unit's code, or the code where the table has none."""
    return mdc_units().get(str((4 << 16) + code), f"{{mdc {(4 << 16) + code}}}")


def read_float(float32: int) -> tuple[float | None, str | None]:
    """Return a FLOAT's number and None, or None and why: 8 bits of exponent, 24 of mantissa, both signed."""
    mantissa = float32 & 0xFFFFFF
    if mantissa in SPECIAL:
        return None, SPECIAL[mantissa]
    exponent = float32 >> 24
    signed = mantissa - (1 << 24) if mantissa & 0x800000 else mantissa
    return float(f"{signed}e{exponent - 256 if exponent & 0x80 else exponent}"), None


def read_time(part: bytes) -> datetime | None:
    """Return an absolute time: eight bytes of BCD from century to hundredth; FF in all of them is none."""
    digits = part.hex()
    if len(digits) != 16 or not digits.isdecimal():
        return None
    month, day, hour, minute, second, hundredths = (int(digits[at : at + 2]) for at in range(4, 16, 2))
    try:
        return datetime(int(digits[:4]), month, day, hour, minute, second, hundredths * 10_000)  # noqa: DTZ001
    except ValueError:
        return None
