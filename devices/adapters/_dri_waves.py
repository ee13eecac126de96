"""The waves of the Datex-Ohmeda and GE record interface (DRI): samples, several records a second.

Source: GE document 8005313 (record specification); checked against a wave record of a real S/5.
Gaps:   a sample at or below -32000 is a code; an ECG lead that is off has no samples; status bit 0 says that
        samples are missing before the first. Airway pressure, flow, respiration, EEG: the unit is not known.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import dataclass, replace

from devices.adapters._dri_records import LEADS, SITES
from devices.contract import Scale, Wave
from devices.vocabulary import WaveName

ASKED = (1, 8, 9, 15)
"""First ECG, pleth, CO2, respiration: 450 samples a second. All of them may have 600 at most, and 19200 baud
must hold the numbers too: a line that blocks for 2 s ends the waves."""
HEAD = 6
LAST_CODE = -32000
GAP, LEAD_OFF = 0x01, 0x08
RECORDS = 256
"""The running number of a record begins again after so many."""


@dataclass(frozen=True, slots=True)
class Form:
    """What a type of sub-record holds."""

    name: WaveName
    rate: float
    scale: Scale | None = None
    variant: str = ""


_PERCENT = Scale("%", 0.01)
_ECG = Form(WaveName.ECG, 300.0, Scale("uV", 1.0))
_PRESSURE = Form(WaveName.IBP, 100.0, Scale("mm[Hg]", 0.01))
FORMS: dict[int, Form] = {
    **dict.fromkeys((1, 2, 3), _ECG),
    **dict.fromkeys((4, 5, 6, 7, 16, 17, 36, 37), _PRESSURE),
    8: Form(WaveName.PLETH, 100.0, _PERCENT),
    38: Form(WaveName.PLETH, 100.0, _PERCENT, "2"),
    9: Form(WaveName.CO2, 25.0, _PERCENT),
    10: Form(WaveName.O2, 25.0, _PERCENT),
    11: Form(WaveName.N2O, 25.0, _PERCENT),
    12: Form(WaveName.AGENT, 25.0, _PERCENT),
    13: Form(WaveName.AIRWAY_PRESSURE, 25.0),
    14: Form(WaveName.FLOW, 25.0),
    15: Form(WaveName.RESP, 25.0),
    **{18 + n: Form(WaveName.EEG, 100.0, None, f"{n + 1}") for n in range(4)},
}
"""By type; of the others (12-lead, volume) the rate is not known, and they are not read."""
PRESSURES = {4: "P1", 5: "P2", 6: "P3", 7: "P4", 16: "P5", 17: "P6", 36: "P7", 37: "P8"}


class WaveRecords:
    """Reads the wave records of one connection, and sees by their number whether one is missing."""

    def __init__(self) -> None:
        self._last_wave: int | None = None
        self._last = -1  # number of the last record of any kind, while none is missing since the last wave
        self._heard, self._last_heard = False, 0.0

    def read(self, number: int, parts: Iterable[tuple[int, bytes]]) -> tuple[Wave, ...]:
        """Return the waves of a record of this running number; *parts* are empty in one of another kind.

        No document says whether the number counts all records or those of a kind: either will do.
        """
        before = (number - 1) % RECORDS
        follows = self._last_wave is not None and before in (self._last_wave, self._last)
        waves: dict[tuple[str, str], Wave] = {}
        for kind, part in parts:
            wave = _wave(kind, part, follows)
            if wave is not None:
                if (wave.name, wave.variant) in waves:  # two channels with one label
                    wave = replace(wave, variant=f"{wave.variant} {kind}".strip())
                waves[wave.name, wave.variant] = wave
        if waves:
            self._last_wave = self._last = number
            self._heard = True
        else:
            self._last = number if before == self._last else -1
        return tuple(waves.values())

    def missed(self, elapsed: float, patience: float) -> bool:
        """Return whether no wave came for *patience* seconds, and not again before so long."""
        if not self._heard and elapsed - self._last_heard < patience:
            return False
        missed = not self._heard
        self._heard, self._last_heard = False, elapsed
        return missed


def _wave(kind: int, part: bytes, follows: bool) -> Wave | None:
    form = FORMS.get(kind)
    if form is None or len(part) < HEAD:
        return None
    count, status, label = struct.unpack_from("<hHH", part)
    if count <= 0 or HEAD + 2 * count > len(part):
        return None
    steps = struct.unpack_from(f"<{count}h", part, HEAD)
    samples: tuple[int | None, ...] = steps
    if form.name is WaveName.ECG and status & LEAD_OFF:
        samples = (None,) * count
    elif min(steps) <= LAST_CODE:
        samples = tuple(None if step <= LAST_CODE else step for step in steps)
    variant = form.variant
    if form.name is WaveName.ECG:
        lead = LEADS[label] if label < len(LEADS) else ""
        variant = lead or f"{kind}"
    elif form.name is WaveName.IBP:
        variant = SITES[label] if 0 < label < len(SITES) else PRESSURES[kind]
    return Wave(form.name, samples, form.rate, form.scale, variant, follows and not status & GAP)
