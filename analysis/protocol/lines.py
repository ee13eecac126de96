"""Where in a TOML text each table and key stands: what `tomllib` reads has no lines any more."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping

Place = tuple[int | str, ...]
"""A way into a loaded file: keys, and the number of a table within an array of tables."""

_PART = r'(?:"[^"]*"|\'[^\']*\'|[\w-]+)'
_PATH = rf"{_PART}(?:\s*\.\s*{_PART})*"
_TABLE = re.compile(rf"\s*(\[\[?)\s*({_PATH})\s*\]")
_KEY = re.compile(rf"\s*({_PATH})\s*=")
_LONG = re.compile(r"\"\"\"|'''")


def lines_of(text: str) -> dict[Place, int]:
    """Return the line, from 1, of each table and of each key that begins a line.

    Keys within an inline table or an array are not in it: they stand on, or below, the line of their key.
    """
    found: dict[Place, int] = {(): 1}
    last: dict[Place, int] = {}
    here: Place = ()
    within_text = False
    for number, line in enumerate(text.splitlines(), start=1):
        was_within, quotes = within_text, len(_LONG.findall(line))
        within_text ^= quotes % 2 == 1
        if was_within:
            continue
        if table := _TABLE.match(line):
            names = _names(table[2])
            here = (*_place(names[:-1], last), names[-1])
            if table[1] == "[[":
                last[here] = last.get(here, -1) + 1
                here = (*here, last[here])
            found.setdefault(here, number)
        elif key := _KEY.match(line):
            found.setdefault((*here, *_names(key[1])), number)
    return found


def line_of(lines: Mapping[Place, int], place: Place) -> int:
    """Return the line of a place, or of the nearest table or key round it."""
    return next(lines[place[:depth]] for depth in range(len(place), -1, -1) if place[:depth] in lines)


def line_of_fault(error: tomllib.TOMLDecodeError, text: str) -> int:
    """Return the line that `tomllib` names; where it names the end of the document, the last one."""
    said = re.search(r"at line (\d+)", str(error))
    return int(said[1]) if said else max(len(text.splitlines()), 1)


def _names(path: str) -> list[str]:
    return [part.strip("\"'") for part in re.findall(_PART, path)]


def _place(names: list[str], last: Mapping[Place, int]) -> Place:
    """Return the place of a table by its names: within an array of tables, in the newest one."""
    place: Place = ()
    for name in names:
        place = (*place, name)
        if place in last:
            place = (*place, last[place])
    return place
