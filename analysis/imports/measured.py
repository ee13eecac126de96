"""A measurement of a file, what was found in one, and what makes a file unfit as a whole."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from devices.errors import InfusionlogError

SOURCE = "import"
"""The source of imported readings, and the beginning of it where the file names the device."""

OUT_OF_FORCE = ("excluded", "replaced")
"""Reasons of values that people took out of force where they were recorded."""

AHEAD = timedelta(minutes=1)
"""How far ahead of this machine's clock another one's may be."""

LONGEST = timedelta(days=7)


class BadFile(InfusionlogError):
    """A file can't be imported; the sentence names the line, or the track, and what to do."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One value of a file, with where it stands there (``line 7``), for people.

    *reason* says why there is no value, or what the file said against the value; "" says neither.
    """

    at: datetime
    source: str
    vital: str
    variant: str
    value: float | None
    unit: str
    quality: str
    reason: str
    where: str

    @property
    def series(self) -> tuple[str, str, str]:
        """Return what it is a value of: source, vital and variant."""
        return self.source, self.vital, self.variant


@dataclass(frozen=True, slots=True)
class Found:
    """What a file holds: measurements by their time, and what is not imported.

    *demo*: the file itself says that its numbers are no patient's.
    """

    values: tuple[Measured, ...]
    not_imported: tuple[str, ...]
    demo: bool = False


def source_of(device: str) -> str:
    """Return the source of what a file says that *device* measured: ``import``, or ``import.monitor``."""
    return f"{SOURCE}.{device.removeprefix(f'{SOURCE}.')}" if device not in ("", SOURCE) else SOURCE


def found(values: Sequence[Measured], not_imported: Iterable[str], file: str, now: datetime) -> Found:
    """Return what a file holds, where its times can be those of one session.

    Raises:
        BadFile: there is no value, two are of one time, times run back or ahead, or lie weeks apart.
    """
    if not values:
        raise BadFile(f"{file}: holds no value that can be imported")
    last: dict[tuple[str, str, str], Measured] = {}
    for one in values:
        if one.at > now + AHEAD:
            raise BadFile(f"{file}, {one.where}: {_time(one)} has not come yet; look at the file's clock")
        if one.reason in OUT_OF_FORCE:  # another value may stand in its place
            continue
        before = last.get(one.series)
        if before is not None:
            _check_order(before, one, file)
        last[one.series] = one
    ordered = sorted(values, key=lambda one: (one.at, one.series))
    if ordered[-1].at - ordered[0].at > LONGEST:
        raise BadFile(
            f"{file}: its values lie {(ordered[-1].at - ordered[0].at).days} days apart, which is more than "
            "one session; part the file"
        )
    return Found(tuple(ordered), tuple(not_imported))


def _check_order(before: Measured, one: Measured, file: str) -> None:
    if one.at == before.at:
        raise BadFile(f"{file}, {one.where}: {one.vital} of {_time(one)} stands there again ({before.where})")
    if one.at < before.at and one.source != source_of("manual"):  # people enter late
        raise BadFile(
            f"{file}, {one.where}: {one.vital} runs back, from {_time(before)} ({before.where}) to "
            f"{_time(one)}; look at the clock, or sort the lines by their time"
        )


def _time(one: Measured) -> str:
    return one.at.astimezone(UTC).isoformat()
