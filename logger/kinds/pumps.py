"""What an infusion pump says of itself, where it changes. The author is the device, never a person.

The dose of a session is what a person enters (``infusion.*``, ``dose.*``); these stand beside it.
"""

from __future__ import annotations

from typing import Literal

from pydantic import AwareDatetime

from logger.kinds.base import Payload


class PumpSaid(Payload):
    """What all have in common: which device, and which pump of a rack.

    *since*: when the pump last said what it said before; the change lies between then and the record.
    *capture* and *offset*: where in the raw capture the frame stands that says it.
    """

    source: str
    slot: str | None = None
    since: AwareDatetime | None = None
    capture: int | None = None
    offset: int | None = None


class PumpState(PumpSaid):
    """What the pump does: running, stopped, paused, bolus ...; the volumes are those it told last.

    *by* ``volume``: the pump has no word for it; its volume grows, or did not grow for a minute.
    """

    state: str
    was: str | None = None
    by: Literal["volume"] | None = None
    delivered_ml: float | None = None
    vtbi_ml: float | None = None


class PumpRate(PumpSaid):
    """The rate that is set, in mL/h, whether the pump runs or not."""

    ml_h: float
    was: float | None = None


class PumpAlarm(PumpSaid):
    """An alarm in the pump's own words; no *text*: the pump says none any more."""

    text: str | None = None
    was: str | None = None


class PumpDrug(PumpSaid):
    """The drug's name as it was typed into the pump, or chosen from its library."""

    drug: str
    was: str | None = None


PUMPS: dict[str, type[Payload]] = {
    "pump.state": PumpState,
    "pump.rate": PumpRate,
    "pump.alarm": PumpAlarm,
    "pump.drug": PumpDrug,
}
