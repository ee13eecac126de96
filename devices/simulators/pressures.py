"""What a simulated pressure module says of its last cuff cycle."""

from __future__ import annotations

from devices.contract import Quality, Reading
from devices.simulators.cuff import Cycle
from devices.vocabulary import Vital

CUFF = (Vital.NIBP_SYS, Vital.NIBP_DIA, Vital.NIBP_MAP, Vital.NIBP_PULSE)


def told(last: Cycle | None, vitals: tuple[Vital, ...] = CUFF) -> tuple[Reading, ...]:
    """Return the readings of *last*: no number before the first cycle and after one that failed."""
    if last is None or last.sys is None:
        reason = "absent" if last is None else "failed"
        return tuple(Reading(vital, None, reason, Quality.INVALID) for vital in vitals)
    shown = {
        Vital.NIBP_SYS: last.sys,
        Vital.NIBP_DIA: last.dia,
        Vital.NIBP_MAP: last.map,
        Vital.NIBP_PULSE: last.pulse,
    }
    return tuple(Reading(vital, shown[vital]) for vital in vitals)
