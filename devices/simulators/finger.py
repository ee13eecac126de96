"""What the simulated finger oximeters of Contec and Berry share: sixty or a hundred packets a second."""

from __future__ import annotations

import math

from devices.contract import Quality, Reading
from devices.simulators.actor import Said, Scene, Streaming
from devices.vocabulary import Vital

_AVERAGED = 4.0  # seconds that the numbers lag behind the finger
NO_SPO2, NO_RATE = 0x7F, 0xFF
SIGNAL = 5


def wave(scene: Scene, t: float, number: int, rate: int) -> int:
    """Return the *number*-th sample of the pleth from second *t* on, *rate* samples a second."""
    beats = scene.patient.at(t).hr / 60
    return 50 + round(40 * math.sin(2 * math.pi * (t + number / rate) * beats))


def numbers(scene: Scene, t: float) -> tuple[int | None, int | None]:
    """Return saturation and pulse rate as shown at second *t*, None while the finger is out."""
    if scene.shows("probe_off", t):
        return None, None
    body = scene.patient.at(t - _AVERAGED)
    return round(body.spo2), round(body.hr)


def told(scene: Scene, t: float, reason: str) -> tuple[Reading, ...]:
    """Return what the packets of second *t* say; *reason* is what stands for a finger that is out."""
    values = zip((Vital.SPO2, Vital.SPO2_PR), numbers(scene, t), strict=True)
    return tuple(
        Reading(vital, None, reason, Quality.INVALID) if value is None else Reading(vital, value)
        for vital, value in values
    )


def five_bytes(scene: Scene, t: float, packets: int) -> bytes:
    """Return a second of the 5-byte form; a finger that is out has bit 4 of the third byte."""
    spo2, rate = numbers(scene, t)
    out = spo2 is None
    spo2, rate = (NO_SPO2, NO_RATE) if spo2 is None or rate is None else (spo2, rate)
    third = rate >> 1 & 0x40 | (0x10 if out else 0) | 6
    first = 0x80 | (0 if out else SIGNAL)
    samples = (0 if out else wave(scene, t, number, packets) for number in range(packets))
    return b"".join(bytes([first, sample, third, rate & 0x7F, spo2]) for sample in samples)


class FiveByteDevice(Streaming):
    """A second of 5-byte packets, every second."""

    packets = 60
    reason = "probe_off"

    def record(self, t: float) -> list[Said]:
        """Return the packets of second *t*."""
        return [Said(t, five_bytes(self.scene, t, self.packets), told(self.scene, t, self.reason))]
