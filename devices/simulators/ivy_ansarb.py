"""A simulated Ivy 450C with ECG, cuff and SpO2 on its "Ansar-B" output: waves and text, once a second.

Source: a recording of an Ivy 450C on a patient simulator (mdpnp, OpenICE). What it writes while a probe is
off was never recorded: empty fields and a message are assumed, as it does for a missing transducer.
"""

from __future__ import annotations

import math
from typing import ClassVar

from devices.contract import Quality, Reading
from devices.simulators.actor import Said, Streaming, as_it_is
from devices.simulators.faults import CYCLE, FINGER
from devices.vocabulary import Vital

_PRESSURES = (Vital.NIBP_SYS, Vital.NIBP_DIA, Vital.NIBP_MAP, Vital.NIBP_PULSE)
_NO_SIGNAL = 0xFB
_ABSENT = (
    Reading(Vital.ETCO2, None, "absent", Quality.INVALID),
    *(
        Reading(vital, None, "absent", Quality.INVALID, site)
        for site in ("P1", "P2")
        for vital in (Vital.IBP_SYS, Vital.IBP_DIA, Vital.IBP_MAP)
    ),
    *(Reading(Vital.TEMP, None, "absent", Quality.INVALID, site) for site in ("T1", "T2")),
)


class Simulated(Streaming):
    """One record a second; says the last cuff values again in each, with no time."""

    faults: ClassVar = FINGER | CYCLE | {"foreign_texts"}
    samples: ClassVar = 200
    resealed = staticmethod(as_it_is)

    def record(self, t: float) -> list[Said]:
        """Return the record of second *t*."""
        body, off, finger = self.scene.patient.at(t), self.scene.no_finger(t), self.scene.finger(t)
        hr, rr = round(body.hr), round(body.rr)
        spo2, pulse = (None, None) if off else (round(finger.spo2), round(finger.hr))
        no_sensor = "KEIN SENSOR" if self.scene.shows("foreign_texts", t) else "NO SENSOR"
        last = self.scene.cuff_shown(t)
        cuff = (last.sys, last.dia, last.map, last.pulse) if last else (None,) * 4
        message = "WEAK PULSE" if last is not None and last.sys is None else ""
        lines = (
            f"HR=1;{hr};ECG-II-DIAG;",
            f"RR=1;{rr};;",
            "ETCO2=1;;;",
            f"SPO2=1;{_field(spo2)};PR={_field(pulse):<3};{no_sensor if off else ''}",
            f"NIBP=4;{';'.join(map(_field, cuff))};;{message}",
            *(f"{name}=3;;;;NO TRANSDUCER;" for name in ("P1", "P2")),
            *(f"{name}=1;;;" for name in ("T1", "T2")),
        )
        told = (
            Reading(Vital.ECG_HR, hr),
            Reading(Vital.RESP_RATE, rr),
            _told(Vital.SPO2, spo2),
            _told(Vital.SPO2_PR, pulse),
            *(_told(vital, value) for vital, value in zip(_PRESSURES, cuff, strict=True)),
            *_ABSENT,
        )
        text = "".join(f"{line}\r" for line in lines).encode("ascii")
        return [Said(t, b"\xffANSAR-B " + _waves(t, body.hr, body.rr) + text + b"\xfe", told)]


def _field(value: int | None) -> str:
    return "" if value is None else str(value)


def _told(vital: str, value: int | None) -> Reading:
    return Reading(vital, None, "absent", Quality.INVALID) if value is None else Reading(vital, value)


def _waves(t: float, hr: float, rr: float) -> bytes:
    """Return a second of ECG (200 samples), breath, pleth and two channels without signal (50 each)."""
    beats, breaths = hr / 60, rr / 60
    ecg = (
        100 + round(120 * math.exp(-(((t + n / 200) * beats % 1 - 0.3) ** 2) / 0.0008)) for n in range(200)
    )
    breath = (100 + round(60 * math.sin(2 * math.pi * (t + n / 50) * breaths)) for n in range(50))
    pleth = (86 + round(30 * math.sin(2 * math.pi * (t + n / 50) * beats)) for n in range(50))
    return bytes([*ecg, *breath, *pleth, *[_NO_SIGNAL] * 100])
