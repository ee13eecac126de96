"""What every payload has in common: known fields, numbers that are numbers, a version.

A model never changes: a new form of a kind gets ``v: 2`` and the old one is upgraded on reading. A field
that is added stands at its default in older records.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000)]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]
Ref = Annotated[str, StringConstraints(pattern=r"^[0-9a-z]+:\d+$")]
Moment = Annotated[
    AwareDatetime, Field(ge=datetime(1970, 1, 2, tzinfo=UTC), le=datetime(9000, 1, 1, tzinfo=UTC))
]
"""A time that a clock of microseconds can hold, in any zone."""
Milligrams = Annotated[float, Field(ge=0)]
Key = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z_-]{8,64}$")]
Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class Part(BaseModel):
    """A value within a payload."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Payload(Part):
    """The common form of what a record says.

    *key* is drawn by the form that a person filled in: what comes twice with one key is one record.
    """

    v: Literal[1] = 1
    key: Key | None = None


class Person(Part):
    """Somebody named in a record beside its author: a user's name, or a name as it was said.

    *authenticated*: that person gave their own password or PIN for this very record. Without it the name
    is printed as "named, not authenticated".
    """

    name: Name
    authenticated: bool = False


class Origin(Part):
    """Where a record stood that was entered in, or heard for, another session: its reference and its time."""

    session: str
    ref: Ref
    at: AwareDatetime


class Stated(Payload):
    """Something a person says happened at a time of its own; without it, it happened at the entry.

    *entered_from* ``paper``: copied from the paper sheet. *origin*: moved here from another session.
    """

    happened_at: Moment | None = None
    entered_from: Literal["paper"] | None = None
    origin: Origin | None = None


def canonical(payload: dict[str, Any]) -> str:
    """Return the one JSON text of *payload*: keys sorted, no spaces, UTF-8, no NaN."""
    return json.dumps(payload, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def text_of(payload: Payload) -> str:
    """Return the canonical JSON of a payload; fields at their default are left out, the version is not."""
    body = payload.model_dump(mode="json", exclude_defaults=True)
    return canonical({"v": payload.v, **body})
