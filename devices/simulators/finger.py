"""What the simulated finger oximeters of Contec and Berry share: sixty or a hundred packets a second."""

from __future__ import annotations

from devices.contract import Quality, Reading, Wave
from devices.simulators.actor import Said, Scene, Streaming
from devices.simulators.faults import FINGER
from devices.simulators.waveforms import waveforms
from devices.vocabulary import Vital, WaveName

_AVERAGED = 4.0  # seconds that the numbers lag behind the finger
NO_SPO2, NO_RATE = 0x7F, 0xFF
SIGNAL = 5


def wave(scene: Scene, t: float, number: int, rate: int) -> int:
    """Return the *number*-th sample of the pleth from second *t* on, *rate* samples a second."""
    return 10 + round(75 * waveforms(scene.patient).pulse(t + number / rate))


def pleth(steps: list[int], out: bool) -> Wave:
    """Return what a second of packets says of the pleth; nothing while the finger is *out*."""
    return Wave(WaveName.PLETH, tuple(None if out else step for step in steps), float(len(steps)))


def numbers(scene: Scene, t: float) -> tuple[int | None, int | None]:
    """Return saturation and pulse rate as shown at second *t*, None while the finger is out."""
    if scene.no_finger(t):
        return None, None
    body = scene.finger(t, _AVERAGED)
    return round(body.spo2), round(body.hr)


def told(scene: Scene, t: float, reason: str) -> tuple[Reading, ...]:
    """Return what the packets of second *t* say; *reason* is what stands for a finger that is out."""
    reason = reason if scene.shows("probe_off", t) else "searching"
    values = zip((Vital.SPO2, Vital.SPO2_PR), numbers(scene, t), strict=True)
    return tuple(
        Reading(vital, None, reason, Quality.INVALID) if value is None else Reading(vital, value)
        for vital, value in values
    )


def five_bytes(scene: Scene, t: float, packets: int) -> tuple[bytes, Wave]:
    """Return a second of the 5-byte form; in its third bytes bit 4 is "no finger" and bit 5 "searching"."""
    spo2, rate = numbers(scene, t)
    out = spo2 is None
    spo2, rate = (NO_SPO2, NO_RATE) if spo2 is None or rate is None else (spo2, rate)
    lost = 0x10 if scene.shows("probe_off", t) else 0x20
    third = rate >> 1 & 0x40 | (lost if out else 0) | 6
    first = 0x80 | (0 if out else SIGNAL)
    steps = [0 if out else wave(scene, t, number, packets) for number in range(packets)]
    raw = b"".join(bytes([first, step, third, rate & 0x7F, spo2]) for step in steps)
    return raw, pleth(steps, out)


class FiveByteDevice(Streaming):
    """A second of 5-byte packets, every second."""

    faults = FINGER
    packets = samples = 60
    reason = "probe_off"

    def record(self, t: float) -> list[Said]:
        """Return the packets of second *t*."""
        raw, shown = five_bytes(self.scene, t, self.packets)
        return [Said(t, raw, told(self.scene, t, self.reason), waves=(shown,))]
