"""FIELD=VALUE texts as a kind's payload takes them: persons, times, yes and no by the field's own type."""

from __future__ import annotations

import math
from types import UnionType
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union, get_args, get_origin

from logger.errors import BadEntry
from logger.times import TimeText

if TYPE_CHECKING:
    from collections.abc import Iterable

YES_NO = {"yes": True, "no": False}


def payload_of(kind: str, texts: Iterable[str]) -> dict[str, Any]:
    """Return the payload of a record of *kind* from texts such as ``kg=80`` or ``given_by=n.example``.

    A person is a name; several words of a list are parted by commas; times are typed as with ``--at``.

    Raises:
        BadEntry: a text is no FIELD=VALUE, or the kind has no such field; names those it has.
    """
    from logger.kinds import KINDS

    if kind not in KINDS:
        raise BadEntry(f"{kind} is no kind of record; known are {', '.join(sorted(KINDS))}")
    known = {name: field for name, field in KINDS[kind].model_fields.items() if name not in OWN}
    said: dict[str, Any] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or name not in known:
            raise BadEntry(f"{kind}: {text}: write FIELD=VALUE with one of {', '.join(known)}")
        if name in said:
            raise BadEntry(f"{kind}: {name} is given twice; enter one value")
        said[name] = _value(kind, name, known[name].annotation, value)
    return said


OWN = frozenset({"v", "happened_at", "entered_from", "origin"})
"""Fields that no FIELD=VALUE gives: the version, ``--at``, and where an entry came from."""


def _value(kind: str, name: str, annotation: Any, text: str) -> Any:
    from pydantic import AwareDatetime

    from logger.kinds import Person

    types = set(_types(annotation))
    if bool in types:
        if text not in YES_NO:
            raise BadEntry(f"{kind}: {name}={text}: say yes or no")
        return YES_NO[text]
    if Person in types:
        return {"name": text}
    if tuple in types:
        return [part.strip() for part in text.split(",") if part.strip()]
    if AwareDatetime in types:
        return TimeText(text)
    return text


def _types(annotation: Any) -> Iterable[Any]:
    """Yield the plain types within an annotation: those of a union, what is annotated, a list's own."""
    origin = get_origin(annotation)
    if origin in (Union, UnionType):
        for part in get_args(annotation):
            yield from _types(part)
    elif origin is Annotated:
        yield from _types(get_args(annotation)[0])
    elif origin is Literal:
        yield str
    else:
        yield origin or annotation


def typed_values(texts: Iterable[str]) -> dict[str, float]:
    """Return values of vitals from texts such as ``nibp_sys=142``.

    Raises:
        BadEntry: one is no finite number, or given twice.
    """
    found: dict[str, float] = {}
    for text in texts:
        name, _, number = text.partition("=")
        if name in found:
            raise BadEntry(f"{name} is given twice; enter one value")
        try:
            found[name] = float(number)
        except ValueError:
            found[name] = math.nan
        if not math.isfinite(found[name]):
            raise BadEntry(f"{text}: write VITAL=VALUE, as nibp_sys=142")
    return found
