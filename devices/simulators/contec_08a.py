"""A simulated Contec 08A that gives out what it has stored: one reading a second, the oldest first.

Source: open readers of the device's USB-HID dialogue.
"""

from __future__ import annotations

from datetime import timedelta

from devices.contract import Reading
from devices.simulators.actor import Said, Streaming
from devices.vocabulary import Vital

_EVERY = timedelta(minutes=15)
_STORED = 400  # readings that it had at second 0, one every quarter of an hour


class Simulated(Streaming):
    """The *n*-th record is the *n*-th stored reading: the patient of a quarter of an hour a second."""

    def record(self, t: float) -> list[Said]:
        """Return the stored reading that is given out at second *t*."""
        number = int(t)
        body = self.scene.patient.at(number * _EVERY.total_seconds())
        taken = self.scene.clock(0.0).replace(second=0) + (number - _STORED) * _EVERY
        sys, dia = round(body.sys), round(body.dia)
        values = (sys, dia, round(body.hr), round(dia + 0.38 * (sys - dia)))
        first = [1, *values, taken.year - 2000, taken.month]
        highs = sum((byte >> 7) << place for place, byte in enumerate(first))
        raw = bytes([0x80 | highs, *(byte | 0x80 for byte in first), 0x80])
        raw += bytes(byte | 0x80 for byte in (taken.day, taken.hour, taken.minute))
        named = zip((Vital.NIBP_SYS, Vital.NIBP_DIA, Vital.NIBP_PULSE, Vital.NIBP_MAP), values, strict=True)
        told = tuple(Reading(vital, value, measured_at=taken) for vital, value in named)
        return [Said(t, raw, told, ("from_memory",))]
