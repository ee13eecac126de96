"""Starting a recorder for one session: what `record` and the demo do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from devices.errors import PortError, UsageError
from devices.ports import check_address, clock_speed_of, is_simulated, open_port
from devices.registry import adapter
from logger.clock import SessionClock
from logger.entering.attached import attached_devices
from logger.entering.checks import check_device
from logger.entering.desk import LedgerDesk
from logger.entering.opening import Opening, open_or_resume
from logger.kinds import Device
from logger.recording.recorder import Recorder
from logger.recording.running import Tell


@dataclass(frozen=True, slots=True)
class Wanted:
    """A device as it was asked for: the name its records will carry, its adapter, its URL.

    *receive_only*: nothing is ever sent on its line. *waves*: those it sends are recorded.
    """

    source: str
    adapter: str
    url: str
    receive_only: bool = False
    waves: bool = False

    def payload(self) -> dict[str, Any]:
        """Return what the record that attaches it says."""
        said: dict[str, Any] = {
            "source": self.source,
            "event": "attached",
            "adapter": self.adapter,
            "url": self.url,
        }
        said |= {"experimental": True} if adapter(self.adapter).experimental else {}
        said |= {"waves": True} if self.waves else {}
        return said | ({"receive_only": True} if self.receive_only else {})


def wanted_devices(
    texts: Sequence[str], listen_only: Sequence[str] = (), *, waves: bool = False
) -> list[Wanted]:
    """Read ``ADAPTER=URL`` texts; the second device of one adapter is called ``ADAPTER-2``.

    Nothing is ever sent to those of *listen_only*, which stand after the others. *waves* are recorded of
    those devices that send some.

    Raises:
        UsageError, UnknownAdapter, BadAddress: before any port is touched.
    """
    found: list[Wanted] = []
    for number, text in enumerate([*texts, *listen_only]):
        name, equals, url = text.partition("=")
        if not equals or not url:
            raise UsageError(f"device {text}: write ADAPTER=URL, as masimo_ascii1=/dev/ttyUSB0")
        sends_waves = adapter(name).waves is not None
        check_address(url)
        same = sum(device.adapter == name for device in found)
        source = name if not same else f"{name}-{same + 1}"
        quiet = number >= len(texts)
        found.append(Wanted(source, name, url, receive_only=quiet, waves=waves and sends_waves))
    return found


def without_waves(devices: Sequence[Wanted]) -> list[str]:
    """Return a sentence about each device of which no waves will be recorded, for those who want them."""
    return [
        f"{one.source}: no waves of {one.adapter} are read; its numbers are recorded"
        for one in devices
        if not one.waves
    ]


def speed_of(devices: Sequence[Wanted]) -> float:
    """Return the speed of the session clock: 1 unless every device is simulated in this process.

    Raises:
        UsageError: simulated devices of different speeds, or a fast one beside a real one.
    """
    speeds = {clock_speed_of(device.url) if is_simulated(device.url) else 1.0 for device in devices}
    if len(speeds) > 1:
        raise UsageError(
            "devices of one session share one clock: give every simulate: URL the same speed, "
            "and speed 1 beside a real device"
        )
    return speeds.pop() if speeds else 1.0


def try_ports(devices: Sequence[Wanted], leave: tuple[type[PortError], ...] = ()) -> None:
    """Open and close each real port once, so that a mistyped one is told before a session is opened.

    A resumed session is not tried: its monitor may be unplugged just now, and is waited for.

    Raises:
        PortError: one can't be opened, but for the reasons to *leave* to who will hear it.
    """
    for device in devices:
        if not is_simulated(device.url):
            with suppress(*leave):
                open_port(device.url, adapter(device.adapter), receive_only=device.receive_only).close()


def start_recorder(
    desk: LedgerDesk, opening: Opening, devices: Sequence[Wanted], tell: Tell
) -> tuple[Recorder, str]:
    """Open or resume the session and return a recorder that listens to its devices, with the session's id.

    Raises:
        SessionInTheWay: the room's open session has another patient or protocol.
        PortError: a device of a new session can't be reached; the session was not opened.
    """
    speed = speed_of(devices)
    demo = opening.demo or any(is_simulated(one.url) for one in devices)

    def prepare() -> None:
        try_ports(devices)
        desk.clock = _clock(desk.clock, speed, 0)

    opening = replace(opening, clock_speed=speed, demo=demo)
    session, resumed = open_or_resume(desk, opening, ready=prepare)
    records = desk.store.records(session)
    known = attached_devices(records)
    new = [one for one in devices if not is_there(one, known)]
    if resumed:
        row = desk.store.session(session)
        for device in new:
            check_device(row, device.url)
        desk.clock = _clock(desk.clock, row["clock_speed"], records[-1].at)
    recorder = Recorder(desk, tell)
    recorder.watch(session, resumed=resumed)
    for device in new:
        recorder.append(session, "device", opening.author, device.payload(), opening.secrets)
    return recorder, session


def _clock(clock: SessionClock, speed: float, newest: int) -> SessionClock:
    """Return the clock of a session: this machine's, or one that runs at *speed* from after *newest*."""
    return clock if speed == 1.0 else SessionClock.resumed(None, newest, speed=speed)


def is_there(device: Wanted, known: Mapping[str, Device]) -> bool:
    """Return whether the session has this device already; one whose waves it records goes on with them."""
    had = known.get(device.source)
    wanted = (device.adapter, device.url, device.receive_only)
    return (
        had is not None
        and (had.adapter, had.url, had.receive_only) == wanted
        and (had.waves or not device.waves)
    )
