"""What people change about records: nothing is taken away, a new record names the old one."""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import Field, model_validator

from logger.kinds.base import Moment, Name, Payload, Person, Ref, Stated, Text
from logger.kinds.sessions import Course


class Amend(Stated):
    """A correction of the record *target*; the old one stays readable, struck through.

    One of three: new values of a reading (*changes*), another whole payload of the same kind (*entry*), or
    *withdrawn*: it should not have been entered. *confirmed* is as in a reading, of the new values.
    """

    target: Ref
    changes: dict[str, float | None] = Field(default_factory=dict)
    entry: dict[str, Any] | None = None
    withdrawn: bool = False
    confirmed: bool = False
    reason: Text

    @model_validator(mode="after")
    def _one_of_three(self) -> Self:
        if [bool(self.changes), self.entry is not None, self.withdrawn].count(True) != 1:
            raise ValueError("give new values, or a new entry, or withdraw it: one of the three")
        return self


class Exclude(Stated):
    """Readings that metrics and rules leave out from now on; charts go on showing them, crossed.

    Either one record (*target*), or a *vital* from *start* to *end*. *undo* takes it back. *artefact*: the
    number came from movement, the line or the sensor, not from the patient.
    """

    target: Ref | None = None
    vital: str | None = None
    start: Moment | None = None
    end: Moment | None = None
    reason: Text
    artefact: bool = False
    undo: bool = False

    @model_validator(mode="after")
    def _one_or_a_span(self) -> Self:
        if (self.target is None) == (self.vital is None):
            raise ValueError("either one record is meant, or a vital")
        return self


class Adopt(Stated):
    """A person says of a held cuff value: this patient's, taken at *taken_at*; *second* looked too."""

    target: Ref
    taken_at: Moment
    reason: Text
    second: Person | None = None


class Move(Stated):
    """A record, or all that a device said from *start* to *end*, belongs to another session.

    Written in both: ``out`` where it stood, ``in`` where it belongs; there the records stand again, each
    with its `Origin`. *refs* of ``out``: the *count* records that were taken. *second* is the other person
    who looked.
    """

    direction: Literal["out", "in"]
    session: str
    target: Ref | None = None
    source: str | None = None
    start: Moment | None = None
    end: Moment | None = None
    count: int = Field(default=0, ge=0)
    refs: tuple[Ref, ...] = ()
    reason: Text
    second: Person | None = None

    @model_validator(mode="after")
    def _one_or_a_line(self) -> Self:
        line = (self.source, self.start, self.end)
        if (self.target is None) == (None in line) or (self.target and any(line)):
            raise ValueError("give one record, or a device with the time from and to")
        return self


class Rebind(Stated):
    """The session is another patient's: the pseudonym it was under, and the right one.

    *course* is where it stands in the right patient's course; what it said before was the other's.
    """

    was: Name
    patient: Name
    course: Course | None = None
    reason: Text
    second: Person | None = None


class Attribute(Stated):
    """The author owns an entry that was made when nobody could sign in."""

    target: Ref
    reason: Text


CORRECTIONS: dict[str, type[Payload]] = {
    "amend": Amend,
    "exclude": Exclude,
    "adopt": Adopt,
    "move": Move,
    "session.patient": Rebind,
    "attribute": Attribute,
}
