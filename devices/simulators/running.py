"""Simulated devices at work: each in a thread of its own, on a pseudo-terminal or on TCP, at any speed.

A simulated second is 1/speed seconds of the monotonic clock. The thread sleeps until the device has
something to say or is spoken to.
"""

from __future__ import annotations

import atexit
import json
import math
import socket
import threading
import time
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from devices.simulators.actor import Said
from devices.simulators.cables import Cable, cable
from devices.simulators.faults import PULLS, Fault
from devices.simulators.pace import Pace
from devices.simulators.patient import DEFAULT_SEED
from devices.simulators.plan import Plan, plan_of

_LONGEST_SLEEP = 1.0  # seconds; nothing depends on it

_simulated: dict[str, RunningSimulator] = {}
_sharing: dict[tuple[int, float], list[RunningSimulator]] = {}
_lock = threading.RLock()


def start(
    adapter_name: str,
    *,
    seed: int = DEFAULT_SEED,
    speed: float = 1.0,
    faults: tuple[Fault, ...] = (),
    url: str | None = None,
    cuff_every: float = 600.0,
    held: tuple[int, int] | None = None,
    infusion_at: float = 900.0,
    other: str = "",
    truth_file: Path | None = None,
) -> RunningSimulator:
    """Switch a simulated device on, and return it.

    Args:
        adapter_name: whose protocol it speaks.
        seed: the patient; devices of one seed and speed in this process share one patient and one time.
        speed: simulated seconds a second.
        faults: see `devices.simulators.faults.parse_faults`.
        url: ``pty``, ``tcp://HOST:PORT`` (port 0: any); None: a pty where this system has them, else TCP.
        cuff_every: seconds between two cuff cycles.
        held: systolic and diastolic of the patient before, on the line from the beginning.
        infusion_at: second at which the infusion starts.
        other: the adapter of the device that the fault ``swapped`` brings; "": the same.
        truth_file: where to write what it said: one JSON object a record.

    Raises:
        BadAddress: no such simulated device, a fault that it can't show, a wrong *url*.
    """
    plan = Plan(adapter_name, seed, speed, faults, cuff_every, held, infusion_at, other)
    return RunningSimulator(plan, _cable(plan, url), truth_file)


def simulated(url: str, truth_file: Path | None = None) -> str:
    """Return the address of the line of a ``simulate:`` device, which is switched on where it is not yet.

    There is one for each *url* until `stop_simulators`: who closes the port and opens it again finds the
    patient where time has brought him. *truth_file* is that of `start`, for one that is not yet on.
    """
    with _lock:
        if url not in _simulated:
            plan = plan_of(url)
            _simulated[url] = RunningSimulator(plan, _cable(plan, None), truth_file)
        return _simulated[url].url


def stop_simulators() -> None:
    """Switch off every device that `simulated` switched on; the next one begins with a new patient."""
    with _lock:
        for simulator in _simulated.values():
            simulator.stop()
        _simulated.clear()


atexit.register(stop_simulators)


class RunningSimulator:
    """A simulated device that is switched on.

    Attributes:
        began: the second of the monotonic clock at which simulated second 0 was.
    """

    def __init__(self, plan: Plan, cable: Cable, truth_file: Path | None) -> None:
        self._cable = cable
        self._plan = plan
        with _lock:
            others = _sharing.setdefault((plan.seed, plan.speed), [])
            self.began: float = others[0].began if others else time.monotonic()
            self._epoch: datetime = others[0]._epoch if others else _wall_clock()
            others.append(self)
        self._actor = plan.actor(self._epoch)
        self._line, self._pace = plan.wire(), Pace(plan.faults, plan.link, plan.seed)
        self._blocked_since = 0.0
        self._whole = True  # what has been sent of the record under way arrived
        self._truth_file = truth_file
        self._wake, self._woken = socket.socketpair()
        self._thread = threading.Thread(target=self._run, name=f"simulated {plan.adapter}", daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """What a logger connects to: a path, or ``socket://HOST:PORT``; the fault ``replug`` changes it."""
        return self._cable.url

    def stop(self) -> None:
        """Switch it off: its line ends. Twice is allowed."""
        if self._thread.is_alive():
            self._wake.send(b"x")
            self._thread.join()
        self._wake.close()
        with _lock:
            others = _sharing.get((self._plan.seed, self._plan.speed), [])
            if self in others:
                others.remove(self)

    def _run(self) -> None:
        self._actor.send(self._now())  # said before anybody could listen
        plugged = True
        try:
            while not self._stopping():
                now = self._now()
                unplugged, change = self._pulled(now)
                if plugged == unplugged:
                    plugged = not unplugged
                    (self._cable.plug_in if plugged else self._pull)()
                for said in self._actor.send(now):
                    for arriving in self._line.carry(said):
                        self._pace.take(arriving)
                self._put(now)
                due = min(self._actor.due(), change, self._pace.due(now))
                pause = (due - self._now()) / self._plan.speed
                raw = self._cable.wait(max(0.0, min(pause, _LONGEST_SLEEP)), self._woken)
                self._obey()
                if raw and not self._line.deaf(self._now()):
                    self._actor.hear(raw, self._now())
        finally:
            self._cable.remove()
            self._woken.close()

    def _now(self) -> float:
        return (time.monotonic() - self.began) * self._plan.speed

    def _pulled(self, now: float) -> tuple[bool, float]:
        """Return whether the cable is out, and the second at which that changes next."""
        pulls = [fault for fault in self._plan.faults if fault.name in PULLS]
        changes = [at for fault in pulls for at in (fault.at, fault.at + fault.lasts) if at > now]
        return any(fault.covers(now) for fault in pulls), min(changes, default=math.inf)

    def _pull(self) -> None:
        self._cable.unplug()
        now = self._now()
        if any(fault.name == "replug" and fault.covers(now) for fault in self._plan.faults):
            self._cable.rename()

    def _put(self, now: float) -> None:
        """Let the bytes reach the logger that are due, record by record."""
        raw = b""
        for piece, said in self._pace.reached(now):
            raw += piece or b""
            if said is not None:
                self._whole &= piece is not None and self._cable.put(raw)
                self._tell(said, arrived=self._whole)
                raw, self._whole = b"", True
        if raw:
            self._whole &= self._cable.put(raw)
        if not self._pace.blocked(now):
            self._blocked_since = now
        elif hasattr(self._actor, "blocked"):
            self._actor.blocked(now - self._blocked_since)

    def _obey(self) -> None:
        """Do what was said on the control channel."""
        while self._cable.words:
            word = self._cable.words.pop(0).strip()
            if word in ("rts on", "rts off"):
                self._pace.rts = word == "rts on"

    def _stopping(self) -> bool:
        self._woken.setblocking(False)
        try:
            return bool(self._woken.recv(1))
        except BlockingIOError:
            return False

    def _tell(self, said: Said, arrived: bool) -> None:
        if self._truth_file is None:
            return
        with self._truth_file.open("a", encoding="utf-8") as file:
            file.write(truth_line(said, arrived) + "\n")


def truth_line(said: Said, arrived: bool = True) -> str:
    """Return one record as JSON: *arrived* is false where nobody could read it."""
    times = {"device_time": said.device_time.isoformat() if said.device_time else None}
    readings = [
        {
            **asdict(reading),
            "measured_at": reading.measured_at.isoformat() if reading.measured_at else None,
        }
        for reading in said.readings
    ]
    waves = {"waves": [asdict(wave) for wave in said.waves]} if said.waves else {}
    return json.dumps(
        {
            "at": said.at,
            "length": len(said.raw),
            "arrived": arrived,
            "fault": said.fault,
            "states": said.states,
            "readings": readings,
            **times,
            **waves,
        }
    )


def _cable(plan: Plan, place: str | None) -> Cable:
    return cable(place, plan.adapter, plan.link)


def _wall_clock() -> datetime:
    """Return what a clock on the wall shows: a device's clock has no zone."""
    return datetime.now(UTC).astimezone().replace(tzinfo=None)
