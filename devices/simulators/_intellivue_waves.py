"""The waves of a simulated IntelliVue monitor: ECG, pleth, respiration and CO2, a row of each every 256 ms.

Source: Philips IntelliVue Data Export Interface; forms, periods and scales as in a recorded dialogue, but for
that of CO2, which is invented.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass

from devices.adapters._intellivue_frames import TICKS
from devices.contract import Scale, Wave
from devices.simulators._intellivue_replies import DEMO, UNAVAILABLE, listed
from devices.simulators.actor import Scene
from devices.simulators.waveforms import Waveforms, waveforms
from devices.vocabulary import WaveName

TICKS_OF_A_ROW = 2048
EVERY = TICKS_OF_A_ROW / TICKS
"""Seconds of samples in a row."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A wave on the monitor's screen; *scaled* are its scale's four numbers as they are sent."""

    name: WaveName
    code: int
    handle: int
    period: int
    form: bytes
    scaled: bytes
    unit: int
    scale: Scale | None
    step: Callable[[Waveforms, float], float]
    variant: str = ""

    def described(self) -> list[tuple[int, bytes]]:
        """Return the attributes that say what its samples mean."""
        return [
            (0x093F, bytes.fromhex("000008000001428000000000")),
            (0x096D, self.form),
            (0x098D, struct.pack(">I", self.period)),
            (0x0924, struct.pack(">I", 2 << 16 | self.code)),
            (0x0996, struct.pack(">H", self.unit)),
            (0x096F, self.scaled),
        ]


def _hex(text: str) -> bytes:
    return bytes.fromhex(text)


WAVES = (
    Shown(
        WaveName.ECG,
        0x0102,
        0x02AE,
        16,
        _hex("0080100e3000"),
        _hex("fefff000fd009ffb00003fff"),
        0x10B2,
        Scale("mV", 0.005, -40.96),
        lambda body, t: 8192 + 200 * body.ecg(t),
        "II",
    ),
    Shown(
        WaveName.PLETH,
        0x4BB4,
        0x03DA,
        64,
        _hex("0020100c8000"),
        _hex("007fffff007fffff00000fff"),
        0x0200,
        None,
        lambda body, t: 1000 + 2000 * body.pulse(t),
    ),
    Shown(
        WaveName.RESP,
        0x5000,
        0x02B8,
        128,
        _hex("0010100c8000"),
        _hex("fffffffaff00001300000fff"),
        0x10C0,
        Scale("Ohm", float(f"{2.5 / 4095:.12g}"), -0.6),
        lambda body, t: 1500 + 900 * body.breath(t),
    ),
    Shown(
        WaveName.CO2,
        0x50AC,
        0x0402,
        64,
        _hex("0020100ca000"),
        _hex("000000000000006400000fa0"),
        0x0F20,
        Scale("mm[Hg]", 0.025),
        lambda body, t: 40 * body.co2(t),
    ),
)


def row(
    scene: Scene, until: float, *, described: bool
) -> tuple[list[tuple[int, int, bytes]], tuple[Wave, ...]]:
    """Return the objects of a reply with the samples up to second *until*, and what they say."""
    objects, told = [], []
    body, demo = waveforms(scene.patient), DEMO if scene.shows("demo", until) else 0
    for shown in WAVES:
        count = TICKS_OF_A_ROW // shown.period
        steps = [
            round(shown.step(body, max(0.0, until - EVERY + number * shown.period / TICKS)))
            for number in range(count)
        ]
        off = shown.name is WaveName.PLETH and scene.no_finger(until)
        state = demo | (UNAVAILABLE if off else 0)
        value = struct.pack(f">3H{count}H", shown.code, state, 2 * count, *steps)
        about = shown.described() if described else []
        objects.append((1, shown.handle, listed([*about, (0x096E, value)])))
        samples = tuple(None if off else step for step in steps)
        told.append(Wave(shown.name, samples, TICKS / shown.period, shown.scale, shown.variant))
    return objects, tuple(told)
