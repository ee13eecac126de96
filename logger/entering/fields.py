"""FIELD=VALUE texts as a kind's payload takes them: persons, times, yes and no by the field's own type."""

from __future__ import annotations

import math
from types import UnionType
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union, get_args, get_origin

from logger.errors import BadEntry
from logger.times import TimeText

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

YES_NO = {"yes": True, "no": False}


def payload_of(kind: str, texts: Iterable[str]) -> dict[str, Any]:
    """Return the payload of a record of *kind* from texts such as ``kg=80`` or ``given_by=n.example``.

    A person is a name; several words of a list are parted by commas; times are typed as with ``--at``. Of a
    field with items each is given by itself: ``answers.1=4``, ``items.gait=no:unsteady``.

    Raises:
        BadEntry: a text is no FIELD=VALUE, or the kind has no such field; names those it has.
        UsageError: a score is of no instrument, or an answer is none of its items'.
    """
    from logger.kinds import KINDS

    if kind not in KINDS:
        raise BadEntry(f"{kind} is no kind of record; known are {', '.join(sorted(KINDS))}")
    known = {name: field for name, field in KINDS[kind].model_fields.items() if name not in OWN}
    said: dict[str, Any] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        field, dot, item = name.partition(".")
        if not equals or field not in known or bool(item) != _has_items(known[field].annotation):
            words = [f"{one}{'.ITEM' * _has_items(known[one].annotation)}" for one in known]
            raise BadEntry(f"{kind}: {text}: write FIELD=VALUE with one of {', '.join(words)}")
        place = said.setdefault(field, {}) if dot else said
        if (item or field) in place:
            raise BadEntry(f"{kind}: {name} is given twice; enter one value")
        place[item or field] = value_of(kind, name, known[field].annotation, value)
    return _scored(said) if kind == "assessment.score" else said


OWN = frozenset({"v", "key", "happened_at", "entered_from", "origin"})
"""Fields that no FIELD=VALUE gives: the version, a form's key, ``--at``, and where an entry came from."""


def answer_of(text: str) -> dict[str, str | None]:
    """Return an answer to an item of the discharge list: ``yes``, ``no:REASON`` or ``not_applicable``.

    Raises:
        BadEntry: it is none of them.
    """
    answer, _, reason = text.partition(":")
    if answer not in ("yes", "no", "not_applicable"):
        raise BadEntry(f"{text}: write ITEM=yes, ITEM=no:REASON or ITEM=not_applicable")
    return {"answer": answer, "reason": reason or None}


def _scored(said: Mapping[str, Any]) -> dict[str, Any]:
    """Return a score with its answers read by their instrument, as `score` reads them."""
    from analysis.instruments import meant
    from logger.entering.answers import answers_of

    known, used = meant(said.get("instrument", ""), said.get("version", ""))
    texts = [f"{item}={answer}" for item, answer in said.get("answers", {}).items()]
    read = {"instrument": known.id, "version": used.id, "answers": answers_of(known, used, texts)}
    return dict(said) | read


def _has_items(annotation: Any) -> bool:
    return dict in types_of(annotation)


def value_of(kind: str, name: str, annotation: Any, text: str) -> Any:
    """Return what *text* says for a field of this type, as the kind's model then reads it.

    Raises:
        BadEntry: it is no answer to a question that has only some.
    """
    from pydantic import AwareDatetime

    from logger.kinds import DischargeItem, Person

    types = set(types_of(annotation))
    if bool in types:
        if text not in YES_NO:
            raise BadEntry(f"{kind}: {name}={text}: say yes or no")
        return YES_NO[text]
    if DischargeItem in get_args(annotation):
        return answer_of(text)
    if Person in types:
        return {"name": text}
    if tuple in types:
        return [part.strip() for part in text.split(",") if part.strip()]
    if AwareDatetime in types:
        return TimeText(text)
    return text


def types_of(annotation: Any) -> Iterable[Any]:
    """Yield the plain types within an annotation: those of a union, what is annotated, a list's own."""
    origin = get_origin(annotation)
    if origin in (Union, UnionType):
        for part in get_args(annotation):
            yield from types_of(part)
    elif origin is Annotated:
        yield from types_of(get_args(annotation)[0])
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
