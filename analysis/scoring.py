"""What the answers to an instrument come to: total, band, level, and what is missing for them.

Answers are stored, totals never: they are computed here, wherever they are shown, by the rules of the
version that was used (config/instruments). Nothing that was not answered is taken for 0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from analysis.instruments import Answers, Instrument, Version, instrument


@dataclass(frozen=True, slots=True)
class Scored:
    """What answers come to.

    Attributes:
        total: None where not everything that it needs is answered, or where nothing is added up.
        span: the lowest and the highest total there can be.
        band: what the total, or the only answer, is called; empty: it has no name.
        level: the triage level; None where there is none, or where what is not answered could change it.
        missing: items that were asked for and not answered.
        facts: answers that are told beside the total: ``item 9 = 2``.
    """

    instrument: Instrument
    version: Version
    answers: Answers
    total: float | None
    span: tuple[float, float]
    band: str
    level: str | None
    complete: bool
    answered: int
    missing: tuple[str, ...]
    prorated: bool
    subscales: Mapping[str, float | None]
    facts: tuple[str, ...]

    @property
    def definition(self) -> str:
        """Return in one sentence how the score comes about."""
        return definition(self.version)

    @property
    def said(self) -> str:
        """Return the score in words: ``PHQ-9 12 (0 to 27), moderate; item 9 = 1``."""
        parts = [f"{self.version.name} {self._head}", *self.facts]
        if self.missing:
            parts.append(f"not answered: {', '.join(self.missing)}")
        parts += [f"{name} {value:g}" for name, value in self.subscales.items() if value is not None]
        return "; ".join(parts)

    @property
    def _head(self) -> str:
        given = {id: answer for id, answer in self.answers.items() if answer is not None}
        if self.version.scoring == "each":
            return ", ".join(f"{id.replace('_', ' ')} {answer:g}" for id, answer in given.items())
        if self.version.scoring == "level":
            return self.level or "level can't be told"
        if self.total is None:
            return "without a total"
        only = self.version.items[0] if len(self.version.items) == 1 else None
        if only is not None and (only.lowest, only.highest) == (0, 1):
            return self.band
        low, high = self.span
        said = f"{self.total:g} ({low:g} to {high:g})" + (", prorated" if self.prorated else "")
        return said + (f", {self.band}" if self.band else "")


def score(id: str, version: str, answers: Answers) -> Scored:
    """Return what *answers* come to; nothing that was not answered is taken for 0.

    Raises:
        UnknownInstrument: no such instrument or version.
    """
    known, used = instrument(id, version)
    given = {name: answer for name, answer in answers.items() if answer is not None}
    missing = _missing(used, given)
    total, prorated = _total(used, given, missing)
    facts = tuple(
        f"item {name} = {given[name]:g}" if name in given else f"item {name} not answered"
        for name in used.shown
    )
    return Scored(
        instrument=known,
        version=used,
        answers=MappingProxyType(dict(answers)),
        total=total,
        span=used.span,
        band=_band(used, total),
        level=_level(used, given, missing),
        complete=not missing,
        answered=sum(item.id in given for item in used.counted),
        missing=missing,
        prorated=prorated,
        subscales=MappingProxyType(
            {
                name: sum(given[item] for item in items) if set(items) <= given.keys() else None
                for name, items in used.subscales.items()
            }
        ),
        facts=facts,
    )


def _missing(version: Version, given: Mapping[str, float]) -> tuple[str, ...]:
    """Return which counted items were asked for and not answered; of ratings apart, none is asked for."""
    if version.scoring == "each":
        return ()
    partners = {id: pair for pair in version.either for id in pair}
    return tuple(
        item.id
        for item in version.counted
        if not any(id in given for id in partners.get(item.id, (item.id,)))
        and (not item.asked_if or bool(given.get(item.asked_if)))
    )


def _total(version: Version, given: Mapping[str, float], missing: Sequence[str]) -> tuple[float | None, bool]:
    if version.scoring != "sum":
        return None, False
    domains = [[given[item.id] for item in domain if item.id in given] for domain in version.domains]
    if not missing:
        return sum(max(answers) for answers in domains), False
    n = len(version.counted) - len(missing)
    if version.prorate_from is None or n < version.prorate_from:
        return None, False
    whole = sum(max(answers) for answers in domains if answers) * len(version.counted) / n
    return float(int(whole + 0.5)), True


def _band(version: Version, total: float | None) -> str:
    if total is None:
        return ""
    if len(version.items) == 1:
        return version.items[0].word(total)
    return next((band.word for band in version.bands if band.lowest <= total <= band.highest), "")


def _level(version: Version, given: Mapping[str, float], missing: Sequence[str]) -> str | None:
    """Return the highest level with a yes; None where an item that is missing could raise it."""
    met = [i for i, level in enumerate(version.levels) if any(given.get(item) for item in level.items)]
    highest = max(met, default=-1)
    if version.scoring != "level" or (missing and highest < len(version.levels) - 1):
        return None
    return version.levels[highest].name if met else "none"


def definition(version: Version) -> str:
    """Return in one sentence how the score comes about."""
    if version.scoring == "each":
        return f"{version.name} ({version.id}): each item is a rating of its own; nothing is added up"
    if version.scoring == "level":
        levels = "; ".join(f"{level.name}: any of {', '.join(level.items)}" for level in version.levels)
        return (
            f"{version.name} ({version.id}): the highest level with a yes; {levels}. Source: {version.source}"
        )
    if len(version.items) == 1:
        return f"{version.name} ({version.id}): the answer, {version.items[0].allowed}"
    low, high = version.span
    groups = "; ".join(f"of {', '.join(domain)} only the highest counts" for domain in version.highest_of)
    said = f"{version.name} ({version.id}): sum of {len(version.domains)} {'domains' if groups else 'items'}"
    said += f", {low:g} to {high:g}" + (f"; {groups}" if groups else "")
    said += (
        "; only where all are answered"
        if version.prorate_from is None
        else f"; from {version.prorate_from} answers on scaled up to all, rounded"
    )
    bands = ", ".join(f"{band.lowest:g} to {band.highest:g} {band.word}" for band in version.bands)
    return said + (f"; {bands} ({version.source})" if bands else "")
