"""Whether a protocol file says one thing: its form first, then what its tables say of each other.

A file that contradicts itself is refused with its line and the reason, before a session runs under it. A
text that was pinned earlier is read all the same (see `analysis.protocol.file.read_leniently`).
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from analysis.protocol.contradictions import contradictions
from analysis.protocol.file import read
from analysis.protocol.limits import Needed, Table
from analysis.protocol.lines import Place, line_of, line_of_fault, lines_of
from devices.errors import UsageError


class ProtocolRefused(UsageError):
    """A protocol file breaks its form or contradicts itself."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong in a protocol file, where, and what to do about it."""

    line: int
    says: str

    def __str__(self) -> str:
        """Return it in one line: ``line 12: ...``."""
        return f"line {self.line}: {self.says}"


def problems(text: str) -> tuple[Problem, ...]:
    """Return everything that is wrong in a protocol file's text, by line; none: it may be used.

    Where a field has the wrong form nothing else is looked at: one mistyped word would be told ten times.
    """
    try:
        loaded = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return (Problem(line_of_fault(error, text), f"{error}; it has to be TOML 1.0"),)
    lines = lines_of(text)
    try:
        file = read(loaded)
        found = [*_unsaid(file, ()), *contradictions(file)]
    except ValidationError as error:
        found = [_of_form(one) for one in error.errors()]
    return tuple(
        sorted((Problem(line_of(lines, place), says) for place, says in found), key=lambda p: p.line)
    )


def refuse(text: str, name: str) -> None:
    """Raise `ProtocolRefused` with the first problem of a text, and how many more; *name* is its file's."""
    if found := problems(text):
        more = f" ({len(found) - 1} more: infusionlog protocol check)" if len(found) > 1 else ""
        raise ProtocolRefused(f"protocol file {name}, {found[0]}{more}")


def _of_form(error: ErrorDetails) -> tuple[Place, str]:
    """Return where a field breaks the form, and how, in one clause."""
    place: Place = error["loc"]
    keys = [str(part) for part in place if isinstance(part, str)]
    field = ".".join(keys[-2:]) if keys else "the file"
    if error["type"] == "extra_forbidden":
        return place, f"{field} is no field of a protocol file; correct its name or take it out"
    if error["type"] == "missing":
        return place, f"{field} is missing; give it"
    given: Any = error["input"]
    said = f" = {given!r}" if isinstance(given, str | int | float) else ""
    message = error["msg"].removeprefix("Input should be ")
    return place, f"{field}{said} is refused: it should be {message}"


def _unsaid(table: Table, place: Place) -> Iterator[tuple[Place, str]]:
    """Yield each field that a table needs and does not say; a profile that extends another needs none."""
    for name, field in type(table).model_fields.items():
        key = field.alias or name
        needed = any(isinstance(mark, Needed) for mark in field.metadata)
        if needed and (name not in table.model_fields_set or getattr(table, name) in ("", ())):
            owner = getattr(table, "id", None) or ".".join(
                str(part) for part in place if isinstance(part, str)
            )
            yield place, f"{owner or 'the file'} has no {key}; give it"
        value = getattr(table, name)
        if isinstance(value, Table) and name in table.model_fields_set:
            yield from _unsaid(value, (*place, key))
        elif isinstance(value, tuple):
            for number, one in enumerate(value):
                if isinstance(one, Table):
                    yield from _unsaid(one, (*place, key, number))
