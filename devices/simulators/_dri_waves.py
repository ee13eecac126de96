"""What a simulated GE/Datex-Ohmeda monitor puts into a wave record.

Source: GE document 8005313 (records); the times and lengths are those of a record of a real S/5.
"""

from __future__ import annotations

import struct

from devices.contract import Scale, Wave
from devices.simulators.actor import Scene
from devices.simulators.waveforms import waveforms
from devices.vocabulary import WaveName

EVERY = 0.2
"""Seconds of samples in a record."""
MOST = 600
"""Samples a second; waves that would be more are left out without a word."""
_NONE = -32767
_LEADS = {1: ("II", 2, 1.0), 2: ("V", 7, 0.8), 3: ("III", 3, 0.6)}
"""By type of sub-record: the lead, its label, and how high it is."""
_RATES = {1: 300, 2: 300, 3: 300, 4: 100, 8: 100, 9: 25, 15: 25}
_DRY = 7.081  # mmHg in a per cent of CO2: 755.1 without water


def granted(asked: bytes) -> list[int]:
    """Return the types of waves that are sent of those asked for; FF ends the list."""
    kinds: list[int] = []
    for kind in asked.partition(b"\xff")[0]:
        if kind in _RATES and sum(_RATES[one] for one in [*kinds, kind]) <= MOST:
            kinds.append(kind)
    return kinds


def sub_record(scene: Scene, kind: int, since: float) -> tuple[bytes, Wave]:
    """Return a wave's sub-record of the samples from second *since* on, and what it says."""
    rate = _RATES[kind]
    times = [since + number / rate for number in range(round(EVERY * rate))]
    wave, label, status = _wave(scene, kind, times)
    steps = [_NONE if step is None else step for step in wave.samples]
    return struct.pack(f"<hHH{len(steps)}h", len(steps), status, label, *steps), wave


def _wave(scene: Scene, kind: int, times: list[float]) -> tuple[Wave, int, int]:
    body, rate = waveforms(scene.patient), float(_RATES[kind])
    if kind in _LEADS:
        lead, label, height = _LEADS[kind]
        steps = tuple(round(1000 * height * body.ecg(t)) for t in times)
        return Wave(WaveName.ECG, steps, rate, Scale("uV", 1.0), lead), label, 0
    if kind == 4:
        steps = tuple(round(100 * body.pressure(t)) for t in times)
        return Wave(WaveName.IBP, steps, rate, Scale("mm[Hg]", 0.01), "ART"), 1, 0
    if kind == 8:
        off = (scene.no_finger(t) for t in times)
        pulse = tuple(None if out else round(100 * body.pulse(t)) for t, out in zip(times, off, strict=True))
        return Wave(WaveName.PLETH, pulse, rate, Scale("%", 0.01)), 0, 0
    if kind == 9:
        steps = tuple(round(100 * body.co2(t) / _DRY) for t in times)
        return Wave(WaveName.CO2, steps, rate, Scale("%", 0.01)), 0, 0
    return Wave(WaveName.RESP, tuple(round(1000 * body.breath(t)) for t in times), rate), 0, 0
