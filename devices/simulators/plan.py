"""Which device is simulated, on whom, and with what faults: the settings of a ``simulate:`` address."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from pathlib import Path

from devices import addresses
from devices.contract import Link
from devices.errors import BadAddress
from devices.registry import adapter
from devices.simulators.actor import Actor, Scene, can_show
from devices.simulators.cuff import Cuff
from devices.simulators.faults import DEVICE, Fault, parse_faults
from devices.simulators.faulty_line import FaultyLine
from devices.simulators.patient import DEFAULT_SEED, Patient
from devices.simulators.swapped import Swapped

KEYS = ("seed", "speed", "fault", "cuff_every", "held", "infusion_at", "other")
_ACTOR = re.compile(r"^class Simulated\b", re.MULTILINE)


def devices() -> list[str]:
    """Return the names of the adapters that have a simulated device, sorted; imports none of them."""
    here = Path(__file__).parent
    return sorted(file.stem for file in here.glob("*.py") if _ACTOR.search(file.read_text(encoding="utf-8")))


@dataclass(frozen=True, slots=True)
class Plan:
    """A simulated device before it is switched on.

    Attributes:
        speed: simulated seconds a second.
        cuff_every: seconds between two cuff cycles.
        held: systolic and diastolic of the patient before, on the line from the beginning.
        infusion_at: second at which the patient's infusion starts.
        other: the adapter of the device that the fault ``swapped`` brings, of another patient; "": the same.
    """

    adapter: str
    seed: int = DEFAULT_SEED
    speed: float = 1.0
    faults: tuple[Fault, ...] = ()
    cuff_every: float = 600.0
    held: tuple[int, int] | None = None
    infusion_at: float = 900.0
    other: str = ""

    def __post_init__(self) -> None:
        """Refuse a device that nobody simulates, and a fault that this one can't show."""
        for name in filter(None, (self.adapter, self.other)):
            if name not in devices():
                raise BadAddress(f"there is no simulated {name}; there are {', '.join(devices())}")
        kind = _kind(self.adapter)
        can = can_show(kind) | ({"digit_flip"} if hasattr(kind, "resealed") else set())
        can |= {"rts_off"} if self.link.handshake == "rtscts" else set()
        for fault in self.faults:
            if fault.name in (*DEVICE, "digit_flip", "rts_off") and fault.name not in can:
                shown = ", ".join(sorted(can))
                raise BadAddress(f"a simulated {self.adapter} can't show {fault.name}; it can show {shown}")

    def actor(self, epoch: datetime) -> Actor:
        """Return the device, switched on at second 0, when its clock shows *epoch*."""
        patient = Patient(self.seed, self.infusion_at)
        cuff = Cuff(patient, every=self.cuff_every, held=self.held, faults=self.faults)
        own = _kind(self.adapter)(Scene(patient, cuff, self.faults, epoch))
        if not any(fault.name == "swapped" for fault in self.faults):
            return own
        other = Plan(self.other or self.adapter, self.seed + 1, self.speed, cuff_every=self.cuff_every)
        return Swapped(own, other.actor(epoch), self.faults, understood=other.adapter == self.adapter)

    @property
    def link(self) -> Link:
        """Return the settings of the device's line."""
        return adapter(self.adapter).link

    def wire(self) -> FaultyLine:
        """Return the wire between this device and the logger."""
        return FaultyLine(self.faults, self.seed, getattr(_kind(self.adapter), "resealed", None))


def plan_of(url: str) -> Plan:
    """Return what a ``simulate:ADAPTER?...`` address asks for; raises `BadAddress`."""
    address = addresses.split(url)
    settings = dict(address.query)
    for key in settings:
        if key not in KEYS:
            raise BadAddress(f"{url}: {key} is no setting of simulate:; it knows {', '.join(KEYS)}")
    default = Plan(address.rest)
    held = settings.get("held")
    return Plan(
        address.rest,
        seed=_whole(url, settings.get("seed", str(default.seed))),
        speed=addresses.number(url, "speed", settings.get("speed", "1"), least=0.01),
        faults=parse_faults(text for key, text in address.query if key == "fault"),
        cuff_every=addresses.number(url, "cuff_every", settings.get("cuff_every", "600"), least=30),
        held=pressures(held) if held is not None else None,
        infusion_at=addresses.number(url, "infusion_at", settings.get("infusion_at", "900")),
        other=settings.get("other", ""),
    )


def pressures(text: str) -> tuple[int, int]:
    """Return systolic and diastolic of ``188/112``; raises `BadAddress`."""
    match = re.fullmatch(r"(\d{2,3})/(\d{2,3})", text)
    if match is None or int(match[1]) <= int(match[2]):
        raise BadAddress(f"held={text} must have the form SYSTOLIC/DIASTOLIC: held=188/112")
    return int(match[1]), int(match[2])


def _whole(url: str, seed: str) -> int:
    number = addresses.number(url, "seed", seed)
    if not number.is_integer():
        raise BadAddress(f"{url}: seed={seed} is no whole number")
    return int(number)


def _kind(adapter: str) -> type[Actor]:
    kind: type[Actor] = import_module(f"devices.simulators.{adapter}").Simulated
    return kind
