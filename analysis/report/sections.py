"""The sections of a report: the lists of the page's later sheets, as tables where they have columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from analysis.page.care import CHECKS, STAFF
from analysis.page.content import Content
from analysis.page.more import Part, Struck, parts_of
from analysis.report.tables import (
    Table,
    cuff_table,
    definition_table,
    effect_table,
    event_table,
    leaving_table,
    reading_tables,
    score_table,
    silence_table,
    summary_table,
    told_table,
)

IN_A_TABLE: Mapping[str, Callable[[Content], Table]] = {
    "Checks": lambda content: told_table(content, "Checks", *CHECKS),
    "Events": event_table,
    "Staff": lambda content: told_table(content, "Staff", *STAFF),
    "What each figure is": definition_table,
}
"""Lists whose table says all of it."""

BESIDE_A_TABLE: Mapping[str, tuple[Callable[[Content], Table], Callable[[Content], slice]]] = {
    "Side effects": (effect_table, lambda content: slice(len(content.effects.episodes))),
    "Scores": (score_table, lambda content: slice(len(content.scores))),
    "Leaving": (
        leaving_table,
        lambda content: slice(1, 1 + len(content.leaving.found)) if content.leaving else slice(0),
    ),
    "Not heard, or heard without a value": (
        silence_table,
        lambda content: slice(len(content.silences) + sum(map(len, content.blanks.values()))),
    ),
}
"""Lists that say more than their table does: it, and which of their entries it says."""

ELSEWHERE = ("Banners", "Record", "How to check this against the record")
"""Lists that stand at the head or the foot of a report."""


@dataclass(frozen=True, slots=True)
class Said:
    """One entry of a list; *struck*: put out of force by an amendment or an exclusion, and legible."""

    text: str
    struck: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """One section: tables, and a list of entries; a list that is None is not there, an empty one says so."""

    name: str
    title: str
    tables: tuple[Table, ...]
    entries: tuple[Said, ...] | None


def sections_of(content: Content) -> tuple[Section, ...]:
    """Return the sections: figures, every list of the page's later sheets in their order, readings."""
    figures = Section("figures", "Figures", (summary_table(content),), None)
    readings = (cuff_table(content), *reading_tables(content))
    parts = [part for part in parts_of(content) if part.title not in ELSEWHERE]
    return (
        figures,
        *(_section(content, part) for part in parts),
        Section("readings", "Readings", readings, None),
    )


def _section(content: Content, part: Part) -> Section:
    name = "".join(c if c.isalnum() else "-" for c in part.title.lower()).replace("--", "-").strip("-")
    if part.title in IN_A_TABLE:
        return Section(name, part.title, (IN_A_TABLE[part.title](content),), None)
    beside = BESIDE_A_TABLE.get(part.title)
    entries = [Said(str(entry), isinstance(entry, Struck)) for entry in part.entries]
    if beside is None:
        return Section(name, part.title, (), tuple(entries))
    table, said_in_it = beside
    del entries[said_in_it(content)]
    return Section(name, part.title, (table(content),), tuple(entries))
