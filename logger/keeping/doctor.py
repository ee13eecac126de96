"""`doctor`: what of this machine and this ledger would let a recording down."""

from __future__ import annotations

import os
import shutil
import sqlite3
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from devices.ports import serial_ports
from logger.attesting.checkpoints import Places
from logger.clock import synchronisation
from logger.errors import LedgerError
from logger.ledger.owner import read_notice
from logger.ledger.store import Store
from logger.settings import Settings, database_path, settings_file

ROOM_FOR_A_DAY = 500 * 1000 * 1000
"""Bytes: a monitor at one frame a second writes some 1 kB a second of ledger and capture, 90 MB a day."""

USB_GRABBERS = {
    "brltty": "it takes over CH340, CP210x and FTDI adapters; remove the package",
    "ModemManager": "it sends AT commands to new serial ports; set ID_MM_DEVICE_IGNORE by a udev rule",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; *ok* None means that it could not be looked at."""

    what: str
    ok: bool | None
    says: str


def examine(settings: Settings) -> Iterator[Finding]:
    """Look at one thing after the other."""
    yield Finding("Python", sys.version_info >= (3, 11), sys.version.split()[0])
    yield Finding("SQLite", True, f"{sqlite3.sqlite_version}; one owner, one writing connection")
    yield Finding(
        "settings", True, f"{settings_file()}{'' if settings_file().exists() else ' (none; defaults hold)'}"
    )
    path = database_path(settings.database)
    yield _ledger(settings, path)
    yield _disk(path)
    yield _checkpoints(Places.of(settings))
    yield _clock()
    yield Finding("zone", True, settings.clinic_zone().key)
    ports = serial_ports()
    yield Finding("serial ports", True, ", ".join(port.name for port in ports) or "none on this machine")
    yield from (_rights(port.name) for port in ports)
    yield from (_grabber(name, remedy) for name, remedy in USB_GRABBERS.items())


def _ledger(settings: Settings, path: Path) -> Finding:
    notice = read_notice(path)
    if notice and notice.port:
        return Finding("ledger", True, f"{path}, in use by process {notice.pid}")
    if not path.exists():
        return Finding("ledger", True, f"{path}: none yet; `record` makes it")
    try:
        with Store(settings.database) as store:
            sessions = store.sessions()
    except LedgerError as error:
        return Finding("ledger", False, str(error))
    unfinished = [row["id"] for row in sessions if row["state"] == "open"]
    said = f"{path}: {len(sessions)} sessions, writer {store.writer}"
    if unfinished:
        return Finding("ledger", True, f"{said}; open: {', '.join(unfinished)}")
    return Finding("ledger", True, said)


def _disk(path: Path) -> Finding:
    folder = next(parent for parent in path.parents if parent.exists())
    free = shutil.disk_usage(folder).free
    remedy = "" if free > ROOM_FOR_A_DAY else "; free some: a day of one monitor needs about 90 MB"
    return Finding("disk", free > ROOM_FOR_A_DAY, f"{free / 1e9:.1f} GB free in {folder}{remedy}")


def _checkpoints(places: Places) -> Finding:
    if places.elsewhere is None:
        says = "only on this machine; set checkpoints_elsewhere to a folder on another machine or medium"
        return Finding("checkpoints", None, f"{places.folder}: {says}")
    if not os.access(places.elsewhere, os.W_OK):
        return Finding("checkpoints", False, f"{places.elsewhere}: is not there, or can't be written")
    return Finding("checkpoints", True, f"{places.folder}, and in {places.elsewhere}")


def _clock() -> Finding:
    kernel = synchronisation()
    if kernel.synchronised is None:
        return Finding("clock", None, kernel.by)
    if not kernel.synchronised:
        return Finding(
            "clock", False, "not synchronised; switch network time on, or check it before each session"
        )
    return Finding("clock", True, f"synchronised, at most {kernel.max_error_s or 0:.1f} s off")


def _rights(port: str) -> Finding:
    allowed = os.access(port, os.R_OK | os.W_OK)
    return Finding(
        port, allowed, "may be opened" if allowed else "may not be opened: add this user to group dialout"
    )


def _grabber(name: str, remedy: str) -> Finding:
    if sys.platform != "linux":
        return Finding(name, None, "looked for on Linux only")
    running = any(name in _name_of(entry) for entry in Path("/proc").glob("[0-9]*"))
    return Finding(name, not running, remedy if running else "not running")


def _name_of(entry: Path) -> str:
    try:
        return (entry / "comm").read_text(encoding="utf-8")
    except OSError:
        return ""  # it ended while we looked
