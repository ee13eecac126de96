"""Care during the session: who is there, what was done, who was told, why nothing was recorded."""

from __future__ import annotations

from typing import Literal

from logger.kinds.base import Moment, Name, Payload, Person, Stated, Text


class Note(Stated):
    """Free text."""

    text: Text


class Mark(Stated):
    """Something now: the time at once, the details later."""

    text: str | None = None


StaffRole = Literal[
    "prescriber", "physician", "registered_nurse", "nurse", "anaesthetist", "therapist", "other"
]
"""What somebody does in the session; a user's role in the program is another thing."""


class StaffPresent(Stated):
    """Somebody is present from now on; *responsible* for the patient's watch."""

    person: Person
    role: StaffRole
    responsible: bool = False


class StaffLeft(Stated):
    """Somebody is no longer present."""

    person: Person


class StaffHandover(Stated):
    """The watch goes from one person to another; *open_effects* are the side effects that had not ended."""

    giver: Person
    taker: Person
    open_effects: tuple[Name, ...] = ()
    text: Text | None = None


class Intervention(Stated):
    """Something done for the patient that is no medication: oxygen, position, a repeat by hand."""

    what: Text
    why: Text
    ordered_by: Person | None = None
    given_by: Person
    response: Text | None = None


class Medication(Stated):
    """A drug given beside the treatment."""

    drug: Name
    amount: Name
    route: Name
    why: Text
    ordered_by: Person
    given_by: Person
    response: Text | None = None


class Notified(Stated):
    """Somebody was told."""

    whom: Person
    about: Text
    answer: Text | None = None


class Interval(Payload):
    """Something lasted from *start* to *end*."""

    start: Moment
    end: Moment
    reason: Text
    entered_from: Literal["paper"] | None = None


class GapReason(Interval):
    """Why nothing was heard of *source* in a time; without source: of any."""

    source: Name | None = None


class Downtime(Interval):
    """The logger was not running, and what was done in its place."""

    instead: Text | None = None


class FollowUp(Stated):
    """What was learnt of the patient after the session."""

    reached: bool
    how: Name
    text: Text


CARE: dict[str, type[Payload]] = {
    "note": Note,
    "mark": Mark,
    "staff.present": StaffPresent,
    "staff.left": StaffLeft,
    "staff.handover": StaffHandover,
    "intervention": Intervention,
    "medication": Medication,
    "notified": Notified,
    "gap.reason": GapReason,
    "downtime": Downtime,
    "followup": FollowUp,
}
