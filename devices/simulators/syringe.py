"""The syringe in a simulated pump: 40 mg ketamine in 40 mL over the patient's infusion time.

One truth for every pump of a session. An occlusion stops the pump, under its alarm, for as long as it lasts;
what was not given then is given later.
"""

from __future__ import annotations

from dataclasses import dataclass

from devices.simulators.actor import Scene

DRUG = "Ketamin 1mg/ml"
CONCENTRATION = 1.0  # mg/mL
TO_GIVE = 40.0  # mL
DOSE_RATE = 12.5  # ug/kg/min: 40 mg in 40 min to a patient of 80 kg
_OCCLUSION = "occlusion"


@dataclass(frozen=True, slots=True)
class Delivery:
    """What the pump does at one moment.

    Attributes:
        rate: mL/h, as it is set, running or not.
        given: mL so far.
        left: mL still to be given.
        left_s: seconds it will take.
    """

    running: bool
    occluded: bool
    rate: float
    given: float
    left: float
    left_s: int


def delivery(scene: Scene, t: float) -> Delivery:
    """Return what the pump of *scene* does at second *t*."""
    start, lasts = scene.patient.infusion_at, scene.patient.infusion_s
    ran = min(lasts, max(0.0, t - start - _stood(scene, start, t)))
    given = round(TO_GIVE * ran / lasts, 2)
    occluded = scene.shows(_OCCLUSION, t)
    running = t >= start and ran < lasts and not occluded
    rate = round(TO_GIVE / lasts * 3600, 1)
    return Delivery(running, occluded, rate, given, round(TO_GIVE - given, 2), round(lasts - ran))


def _stood(scene: Scene, start: float, t: float) -> float:
    """Return for how many seconds between *start* and *t* an occlusion stopped the pump."""
    stops = [fault for fault in scene.faults if fault.name == _OCCLUSION]
    return sum(max(0.0, min(t, stop.at + stop.lasts) - max(start, stop.at)) for stop in stops)
