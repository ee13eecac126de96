"""The patient leaves: who decided it, what was found, and when the patient would have been ready."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from analysis.protocol import Protocol
from analysis.session import Session, in_force
from analysis.timeline import Timeline
from analysis.wording import named


@dataclass(frozen=True, slots=True)
class Found:
    """One item of the list: its text in the protocol (else its id) and the answer; None: not answered."""

    text: str
    answer: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class Leaving:
    """The discharge as it was decided; *ready*: the minute from which the patient was, None: not said."""

    minute: float
    decided_by: str
    role: str
    found: tuple[Found, ...]
    escort_present: bool
    escort_reason: str
    instructions_given: bool
    ready: float | None
    author: str
    reference: str

    def count(self, answer: str | None) -> int:
        """Return how many items have an answer: ``yes``, ``no``, ``not_applicable``, or None."""
        return sum(item.answer == answer for item in self.found)


def leaving_of(session: Session, protocol: Protocol, timeline: Timeline) -> Leaving | None:
    """Return the last discharge on record that no amendment has replaced, or None."""
    rows = in_force(session.events, "discharge")
    if not rows:
        return None
    last = rows[-1]
    said = last.payload
    asked = {item.id: item.text or item.id for item in protocol.discharge.item}
    answers = {id: (item["answer"], item.get("reason") or "") for id, item in said.get("items", {}).items()}
    ready = said.get("ready_at")
    return Leaving(
        minute=timeline.since(last.happened),
        decided_by=named(said["decided_by"]),
        role=said["role"].replace("_", " "),
        found=tuple(
            Found(asked.get(id, id.replace("_", " ")), *answers.get(id, (None, "")))
            for id in dict.fromkeys([*asked, *answers])
        ),
        escort_present=said["escort_present"],
        escort_reason=said.get("escort_reason") or "",
        instructions_given=said.get("instructions_given", False),
        ready=None if ready is None else timeline.minute(datetime.fromisoformat(ready)),
        author=last.author,
        reference=last.reference,
    )
