"""Instruments: which items a scale has, and what may be answered; analysis/scoring.py adds up.

Source: ``config/instruments/<id>.toml``, one file an instrument. Where several versions or sets of anchors
are about, each is a version of its own, and an answer always names its version. Text of items stands only
in the files of instruments whose owner allows it.

It imports neither pandas nor matplotlib: what is entered is checked by it while a session is recorded.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any

from devices.errors import UsageError
from devices.vocabulary import config_folder

Answers = Mapping[str, int | float | None]
"""Answers by the id of their item; None: the item was not answered."""


class UnknownInstrument(UsageError):
    """No file of config/instruments has this name, or it has no such version."""


class WrongAnswers(UsageError):
    """The answers do not fit the items of their instrument."""


@dataclass(frozen=True, slots=True)
class Item:
    """One item.

    Attributes:
        words: what each answer means, from the lowest value upwards; empty: the number speaks for itself.
        counted: it is part of the total.
        asked_if: the item that has to be yes for this one to be asked; empty: it is always asked.
        measures: what the item alone measures (``dissociation``); empty: nothing alone.
        code: its row in config/codes.csv; empty: none.
    """

    id: str
    lowest: float
    highest: float
    whole: bool
    words: tuple[str, ...]
    text: str
    counted: bool
    asked_if: str
    measures: str
    code: str

    def word(self, answer: float) -> str:
        """Return what *answer* means, or nothing where it has no word."""
        place = int(answer - self.lowest)
        return self.words[place] if self.words and answer == self.lowest + place else ""

    @property
    def allowed(self) -> str:
        """Return which answers it takes: ``0 to 3 (0 not at all, 1 several days ...)``."""
        words = ", ".join(f"{self.lowest + i:g} {word}" for i, word in enumerate(self.words))
        span = f"{'a whole number ' if self.whole else ''}from {self.lowest:g} to {self.highest:g}"
        return f"{span} ({words})" if words else span


@dataclass(frozen=True, slots=True)
class Band:
    """What totals from *lowest* to *highest* are called."""

    lowest: float
    highest: float
    word: str


@dataclass(frozen=True, slots=True)
class Level:
    """A triage level: it is met where one of *items* is yes."""

    name: str
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Version:
    """One version of an instrument: its items and its arithmetic.

    Attributes:
        scoring: ``sum``, ``each`` (every item is a rating of its own) or ``level``.
        highest_of: domains, of which only the highest answer counts.
        either: pairs of items of which one is enough.
        prorate_from: with so many answers a sum is scaled up to all items; None: never.
        shown: items whose answer is told beside the total.
        response: the share of its baseline at or below which a total counts as a response; None: not said.
    """

    id: str
    name: str
    label: str
    question: str
    scoring: str
    code: str
    items: tuple[Item, ...]
    highest_of: tuple[tuple[str, ...], ...]
    either: tuple[tuple[str, ...], ...]
    prorate_from: int | None
    shown: tuple[str, ...]
    bands: tuple[Band, ...]
    source: str
    subscales: Mapping[str, tuple[str, ...]]
    levels: tuple[Level, ...]
    response: float | None = None
    response_source: str = ""

    @property
    def counted(self) -> tuple[Item, ...]:
        """Return the items that the total needs."""
        return tuple(item for item in self.items if item.counted)

    @property
    def domains(self) -> tuple[tuple[Item, ...], ...]:
        """Return what is added up: the items, of some groups only the highest."""
        grouped = {id: domain for domain in self.highest_of for id in domain}
        groups: dict[tuple[str, ...], list[Item]] = {}
        for item in self.counted:
            groups.setdefault(grouped.get(item.id, (item.id,)), []).append(item)
        return tuple(tuple(group) for group in groups.values())

    @property
    def span(self) -> tuple[float, float]:
        """Return the lowest and the highest total."""
        return (
            sum(max(item.lowest for item in domain) for domain in self.domains),
            sum(max(item.highest for item in domain) for domain in self.domains),
        )

    def item(self, id: str) -> Item | None:
        """Return an item, or None."""
        return next((item for item in self.items if item.id == id), None)


@dataclass(frozen=True, slots=True)
class Instrument:
    """A scale or questionnaire.

    Attributes:
        answered_by: ``patient``, ``clinician`` or both.
        measures: the protocol's parameter that its total stands for; empty: none.
        licence: whose its text is, and what of it is shipped here.
        statement: its form says who reads the answers (see analysis/wording.py).
    """

    id: str
    name: str
    title: str
    answered_by: tuple[str, ...]
    measures: str
    licence: str
    statement: bool
    versions: tuple[Version, ...]


@cache
def instruments() -> Mapping[str, Instrument]:
    """Return every instrument by its id, in the order of the ids."""
    files = sorted((config_folder() / "instruments").glob("*.toml"))
    loaded = [tomllib.loads(file.read_text(encoding="utf-8")) for file in files]
    return MappingProxyType({each["id"]: read_instrument(each) for each in loaded})


def instrument(id: str, version: str) -> tuple[Instrument, Version]:
    """Return an instrument and one version of it.

    Raises:
        UnknownInstrument: there is none of this id, or it has no such version; the sentence names those
            there are.
    """
    known = instruments().get(id)
    if known is None:
        raise UnknownInstrument(f"no instrument is called {id!r}; there are {', '.join(instruments())}")
    found = next((each for each in known.versions if each.id == version), None)
    if found is None:
        named = ", ".join(f"{each.id} ({each.label})" for each in known.versions)
        said = f"{id} has no version {version!r}" if version else f"{id}: say which version was used"
        raise UnknownInstrument(f"{said}; there are: {named}")
    return known, found


def meant(name: str, version: str = "") -> tuple[Instrument, Version]:
    """Return the instrument and version that a person means: ``PHQ-9``, ``moaa/s``, ``mpadss``.

    A version has to be named only where there are several.

    Raises:
        UnknownInstrument: nothing is called so, or the version has to be named.
    """
    bare = _bare(name)
    for known in instruments().values():
        ours = [each for each in known.versions if bare in (_bare(each.id), _bare(each.name))]
        if bare in (_bare(known.id), _bare(known.name)) or ours:
            only = known.versions if len(known.versions) == 1 else ours if len(ours) == 1 else ()
            return instrument(known.id, version or (only[0].id if only else ""))
    return instrument(name, version)


def _bare(name: str) -> str:
    return "".join(sign for sign in name.lower() if sign.isalnum())


def check_answers(id: str, version: str, answers: Answers, answered_by: str) -> None:
    """Refuse answers that no form of this instrument can hold.

    Answers that are missing are no fault: a total says itself what it lacks.

    Raises:
        UnknownInstrument: no such instrument or version.
        WrongAnswers: an item that it does not have, a value that the item does not take, nobody who may
            answer it, or no answer at all. The sentence names the item and what it takes.
    """
    known, used = instrument(id, version)
    if answered_by not in known.answered_by:
        raise WrongAnswers(
            f"{id} is answered by the {' or the '.join(known.answered_by)}, not by the {answered_by}"
        )
    for name, answer in answers.items():
        item = used.item(name)
        if item is None:
            names = ", ".join(each.id for each in used.items)
            raise WrongAnswers(f"{id} ({version}) has no item {name!r}; its items are {names}")
        if answer is None:
            continue
        if not item.lowest <= answer <= item.highest or (item.whole and answer != int(answer)):
            raise WrongAnswers(f"{id} item {name}: {answer:g} is no answer; it takes {item.allowed}")
    if all(answer is None for answer in answers.values()):
        raise WrongAnswers(f"{id}: no item is answered; its items are {', '.join(i.id for i in used.items)}")


def read_instrument(loaded: Mapping[str, Any]) -> Instrument:
    """Return an instrument from its file as `tomllib` gives it."""
    return Instrument(
        id=loaded["id"],
        name=loaded["name"],
        title=loaded["title"],
        answered_by=tuple(loaded["answered_by"]),
        measures=loaded.get("measures", ""),
        licence=loaded["licence"],
        statement=loaded.get("statement", False),
        versions=tuple(_version(each, loaded["name"]) for each in loaded["version"]),
    )


def _version(loaded: Mapping[str, Any], name: str) -> Version:
    return Version(
        id=loaded["id"],
        name=loaded.get("name", name),
        label=loaded["label"],
        question=loaded.get("question", ""),
        scoring=loaded.get("scoring", "sum"),
        code=loaded.get("code", ""),
        items=tuple(item for group in loaded["items"] for item in _items(group)),
        highest_of=tuple(tuple(domain) for domain in loaded.get("highest_of", ())),
        either=tuple(tuple(pair) for pair in loaded.get("either", ())),
        prorate_from=loaded.get("prorate_from"),
        shown=tuple(loaded.get("shown", ())),
        bands=tuple(Band(*band) for band in loaded.get("bands", ())),
        source=loaded.get("bands_source", loaded.get("levels_source", "")),
        subscales=MappingProxyType({key: tuple(ids) for key, ids in loaded.get("subscales", {}).items()}),
        levels=tuple(Level(each["name"], tuple(each["items"])) for each in loaded.get("levels", ())),
        response=loaded.get("response"),
        response_source=loaded.get("response_source", ""),
    )


def _items(group: Mapping[str, Any]) -> list[Item]:
    blank = [""] * len(group["ids"])
    lowest, highest = group["range"]
    return [
        Item(
            id=id,
            lowest=lowest,
            highest=highest,
            whole=group.get("whole", True),
            words=tuple(group.get("words", ())),
            text=text,
            counted=group.get("counted", True),
            asked_if=group.get("asked_if", {}).get(id, ""),
            measures=group.get("measures", ""),
            code=code,
        )
        for id, text, code in zip(
            group["ids"], group.get("texts", blank), group.get("codes", blank), strict=True
        )
    ]
