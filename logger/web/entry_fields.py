"""A form's fields from the model of its kind, what was typed as that kind's payload, and what was wrong.

One description serves every kind that has no page of its own: the models of `logger.kinds` say what there
is, `logger.web.entry_words` what people call it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import AwareDatetime, ValidationError

from devices.errors import InfusionlogError
from logger import kinds
from logger.entering.fields import OWN, types_of, value_of
from logger.people.accounts import User
from logger.web.entry_words import IDENTIFIERS, hint_of, in_words, label_of

YES_NO = (("yes", "yes"), ("no", "no"))
LONG = frozenset(
    {"text", "about", "description", "response", "why", "what", "answer", "follow_up", "instead"}
)
"""Fields that take more than a line."""

Typed = Mapping[str, str]
"""What was typed into a form, by the names of its fields; several choices are parted by commas."""


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a form.

    Attributes:
        form: ``line``, ``text``, ``number``, ``choice``, ``several``, ``date``, ``moment`` or ``person``.
        options: of a choice: what is sent and what is read.
    """

    name: str
    label: str
    form: str
    required: bool
    hint: str = ""
    options: tuple[tuple[str, str], ...] = ()


@cache
def fields_of(kind: str) -> tuple[Field, ...]:
    """Return the fields of a kind's form; those that only a page of their own can ask are left out."""
    return tuple(_fields(kind))


def _fields(kind: str) -> Iterator[Field]:
    for name, field in kinds.KINDS[kind].model_fields.items():
        types = set(types_of(field.annotation))
        if name in OWN or dict in types or kinds.Grade in types:
            continue
        form, options = _form_of(name, field.annotation, types)
        yield Field(name, label_of(kind, name), form, field.is_required(), hint_of(kind, name), options)


def _form_of(name: str, annotation: Any, types: set[Any]) -> tuple[str, tuple[tuple[str, str], ...]]:
    if bool in types:
        return "choice", YES_NO
    if choices := tuple(_choices(annotation)):
        return "choice", tuple((one, in_words(one)) for one in choices)
    if name == "identifiers":
        return "several", tuple((one, in_words(one)) for one in IDENTIFIERS)
    if kinds.Person in types:
        return "person", ()
    if AwareDatetime in types:
        return "moment", ()
    if date in types:
        return "date", ()
    if types & {int, float}:
        return "number", ()
    return "text" if name in LONG else "line", ()


def _choices(annotation: Any) -> Iterator[str]:
    origin = get_origin(annotation)
    if origin is Literal:
        yield from get_args(annotation)
    elif origin in (Union, UnionType, Annotated):
        for part in get_args(annotation):
            yield from _choices(part)


def typed_of(form: Any) -> dict[str, str]:
    """Return what was typed into a form; several values of one name are parted by commas."""
    found: dict[str, list[str]] = {}
    for name, value in form.multi_items():
        if isinstance(value, str):
            found.setdefault(name, []).append(value)
    return {name: ",".join(values) for name, values in found.items()}


def payload_typed(kind: str, typed: Typed, users: list[User]) -> dict[str, Any]:
    """Return the payload that was typed into the form of a kind; what is left empty is not in it.

    Raises:
        BadEntry: a choice is none of the form's.
    """
    model, said = kinds.KINDS[kind], dict[str, Any]()
    for field in fields_of(kind):
        text = typed.get(field.name, "").strip()
        if not text:
            continue
        if field.form == "number":
            text = text.replace(",", ".", 1)
        if field.form == "person":
            text = user_named(text, users)
        said[field.name] = value_of(kind, field.name, model.model_fields[field.name].annotation, text)
    return said


def user_named(text: str, users: list[User]) -> str:
    """Return the name of the user whose name or full name was typed, else what was typed."""
    wanted = text.casefold()
    return next((one.name for one in users if wanted in (one.name, one.full_name.casefold())), text)


def secrets_typed(kind: str, typed: Typed, users: list[User]) -> dict[str, str]:
    """Return the PINs that second persons gave in a kind's form, by their names."""
    people = [field.name for field in fields_of(kind) if field.form == "person"]
    return {
        user_named(typed.get(name, "").strip(), users): typed[f"pin.{name}"]
        for name in people
        if typed.get(f"pin.{name}")
    }


def faults(error: InfusionlogError, names: tuple[str, ...]) -> dict[str, str]:
    """Return what was wrong, in sentences: by the field that it stands at, or by "" above the form."""
    cause = error.__cause__
    if not isinstance(cause, ValidationError):
        rest = str(error).partition(": ")[2]
        named = next((name for name in names if rest.startswith((f"{name}=", f"{name}: "))), "")
        said = rest.removeprefix(f"{named}: ") if named else str(error)
        return {named: f"{said[:1].upper()}{said[1:]}{'' if said.endswith(('.', '?')) else '.'}"}
    found: dict[str, str] = {}
    for one in cause.errors():
        name = str(one["loc"][0]) if one["loc"] else ""
        sentence = _sentence(one)
        found.setdefault(
            name if name in names else "", sentence if name in names else f"{in_words(name)}: {sentence}"
        )
    return found


SENTENCES = {
    "missing": "Fill this in.",
    "float_parsing": "Write a number, as 72 or 72.5.",
    "int_parsing": "Write a whole number.",
    "int_from_float": "Write a whole number.",
    "finite_number": "Write a number, as 72 or 72.5.",
    "literal_error": "Choose one of those that are offered.",
    "date_from_datetime_parsing": "Write the date as 2026-11-20.",
    "date_parsing": "Write the date as 2026-11-20.",
    "too_short": "Name two at least.",
}


def _sentence(one: Mapping[str, Any]) -> str:
    context = one.get("ctx", {})
    kind = one["type"]
    if kind == "string_too_long":
        return (
            f"At most {context['max_length']} characters; this has {len(str(one['input']))}. "
            "Nothing was saved and what you typed is kept: shorten it, or make two entries of it."
        )
    if kind == "string_too_short":
        return "Fill this in."
    for name, word in (("gt", "More than"), ("ge", "At least"), ("lt", "Less than"), ("le", "At most")):
        if name in context:
            return f"{word} {context[name]}."
    return SENTENCES.get(kind, f"{one['msg']}.")
