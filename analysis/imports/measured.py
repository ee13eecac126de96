"""A measurement of a file, what was found in one, and what makes a file unfit as a whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from devices.errors import InfusionlogError
from devices.vocabulary import facts

SOURCE = "import"
"""The source of imported readings, and the beginning of it where the file names the device."""

OUT_OF_FORCE = ("excluded", "replaced")
"""Reasons of values that people took out of force where they were recorded."""

AHEAD = timedelta(minutes=1)
"""How far ahead of this machine's clock another one's may be."""

LONGEST = timedelta(days=7)

EARLIEST = datetime(1970, 1, 2, tzinfo=UTC)
"""Before it no record of this program can be: a clock that stood at its zero makes such times."""

LONGEST_REASON = 500
"""Characters."""


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

    *demo*: the file itself says that its numbers are no patient's. *strange*: sentences about numbers that
    stand outside the vocabulary's plausible range, which are kept as questionable. *sessions*: of this
    program, where the file says that its rows are of them.
    """

    values: tuple[Measured, ...]
    not_imported: tuple[str, ...]
    demo: bool = False
    strange: tuple[str, ...] = ()
    sessions: tuple[str, ...] = ()


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
        if one.at < EARLIEST:
            raise BadFile(
                f"{file}, {one.where}: {_time(one)} is no time of a session; look at the file's clock"
            )
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
    kept = [_questioned(one) for one in ordered]
    return Found(tuple(kept), tuple(not_imported), strange=tuple(_strange(ordered, file)))


def _is_strange(one: Measured) -> bool:
    known = facts().get(one.vital)
    if known is None or one.value is None or one.quality == "invalid":
        return False
    low, high = known.plausible_min, known.plausible_max
    return (low is not None and one.value < low) or (high is not None and one.value > high)


def _questioned(one: Measured) -> Measured:
    return replace(one, quality="questionable") if _is_strange(one) else one


def _strange(values: Sequence[Measured], file: str) -> Iterator[str]:
    """Yield for each vital how many of its numbers are outside its plausible range, and the first of them."""
    by_vital: dict[str, list[Measured]] = {}
    for one in values:
        if _is_strange(one):
            by_vital.setdefault(one.vital, []).append(one)
    for vital, some in by_vital.items():
        known, first = facts()[vital], some[0]
        ends = (known.plausible_min, known.plausible_max)
        low, high = ("any" if end is None else format(end, "g") for end in ends)
        yield (
            f"{file}: {len(some)} of {vital} outside {low} to {high} {known.unit}, kept as questionable; the "
            f"first is {first.value:g} ({first.where})"
        )


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
