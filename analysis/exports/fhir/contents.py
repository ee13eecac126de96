"""What is in a session's bundle: each resource under a name that it keeps, and who points to it how."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha1
from typing import Any, NamedTuple
from uuid import NAMESPACE_URL, UUID, uuid5
from zoneinfo import ZoneInfo

import pandas as pd

from analysis.exports.fhir.elements import OWN, TERMINOLOGY, Json, coding, concept
from analysis.session import Session

TEST = coding(f"{TERMINOLOGY}v3-ActReason", "HTEST", "test health data")
"""On every resource of a session whose numbers came from a simulator, or of a device in its demo mode."""


class Entry(NamedTuple):
    """One record that is no reading; *superseded_by* names what took its place, empty where it stands."""

    writer: str
    seq: int
    at: pd.Timestamp
    happened_at: pd.Timestamp
    kind: str
    author: str
    summary: str
    superseded_by: str
    payload: Mapping[str, Any]

    @property
    def reference(self) -> str:
        """Return the record: ``writer:seq``."""
        return f"{self.writer}:{self.seq}"

    @property
    def stands(self) -> bool:
        """Return whether nothing took its place."""
        return not self.superseded_by


def entries_of(session: Session) -> tuple[Entry, ...]:
    """Return every record that is no reading, in the order of the table."""
    columns = [session.events[name].to_list() for name in Entry._fields]
    return tuple(map(Entry, *columns))


@dataclass
class Contents:
    """The resources of one session, in their order.

    A resource's name is a UUID (version 5) of the session and what the resource was made from, mostly
    ``writer:seq``: the same session gives the same names, and another session never the same ones.

    Attributes:
        made: the names of what was made from each record, by ``writer:seq``.
        said_by: the entry that each record says, of an amendment what it put in the place of another.
    """

    session: Session
    resources: list[Json] = field(default_factory=list)
    made: dict[str, list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Fix what every resource needs: the session's own space of names, patient and encounter."""
        self._zone = ZoneInfo(self.session.zone or "UTC")
        self._space = uuid5(NAMESPACE_URL, f"{OWN}session:{self.session.id}").bytes
        self._people: dict[str, Json] = {}
        self._meta: dict[str, Json] = {}
        self.subject = self.link("patient")
        self.encounter = self.link("encounter")
        self.entries = entries_of(self.session)
        # What an amendment put in the place of an entry has the amendment's own reference.
        self.said_by = {entry.reference: entry for entry in self.entries if entry.kind != "amend"}

    def named(self, key: str) -> str:
        """Return the name of what is made from *key*: a UUID."""
        made = sha1(self._space + key.encode(), usedforsecurity=False).digest()[:16]
        return str(UUID(bytes=made, version=5))

    def link(self, key: str) -> Json:
        """Return a reference to what is made from *key*, whether it is there yet or not."""
        return {"reference": f"urn:uuid:{self.named(key)}"}

    def links(self, record: str) -> list[Json]:
        """Return references to all that was made from a record."""
        return [{"reference": f"urn:uuid:{name}"} for name in self.made.get(record, ())]

    def add(self, kind: str, key: str, body: Json, record: str = "", profile: str = "") -> Json:
        """Add a resource made from *key*, and of what *record*; return a reference to it."""
        name = self.named(key)
        meta = self._metas(profile)
        said: Json = {}
        if record:
            own = self.identifier(key)
            said = {"identifier": own if kind in ONE_IDENTIFIER else [own]}
        head = {"resourceType": kind, "id": name} | ({"meta": meta} if meta else {})
        # FHIR knows no empty list and no empty text: what is not known is left out.
        self.resources.append(head | said | {key: value for key, value in body.items() if value not in EMPTY})
        if record:
            self.made.setdefault(record, []).append(name)
        return {"reference": f"urn:uuid:{name}"}

    def identifier(self, value: str) -> Json:
        """Return what a resource was made from, as its identifier."""
        return {"system": f"{OWN}session:{self.session.id}", "value": value}

    def person(self, name: str, *, authenticated: bool = True) -> Json:
        """Return a reference to somebody who works here, by the user's name or the name that was said."""
        if name not in self._people:
            own = {"identifier": [{"system": f"{OWN}user", "value": name}]}
            self._people[name] = self.link(f"person/{name}") | {"display": name}
            self.add("Practitioner", f"person/{name}", own)
        if authenticated:
            return self._people[name]
        return self._people[name] | {"display": f"{name} (named, not authenticated)"}

    def program(self) -> Json:
        """Return a reference to the recorder, where it wrote a record and no person did."""
        if RECORDER not in self._people:
            named = {"deviceName": [{"name": "infusionlog", "type": "manufacturer-name"}]}
            self._people[RECORDER] = self.add("Device", "program", named)
        return self._people[RECORDER]

    def said_person(self, said: Mapping[str, Any]) -> Json:
        """Return a reference to a person named within a record."""
        return self.person(said["name"], authenticated=said.get("authenticated", False))

    def time(self, moment: datetime) -> str:
        """Return a time with the offset of the clinic's zone at that time."""
        return moment.astimezone(self._zone).isoformat()

    def period(self, start: datetime | None, end: datetime | None) -> Json:
        """Return a period; an end that is not known is left out."""
        edges = {"start": start, "end": end}
        return {name: self.time(edge) for name, edge in edges.items() if edge is not None}

    def note(self, text: str, entry: Entry | None = None) -> Json:
        """Return a note; of an entry with who wrote it and when it happened."""
        if entry is None:
            return {"text": text}
        said = {"authorReference": self.person(entry.author), "time": self.time(entry.happened_at)}
        return said | {"text": text}

    def observed(self, entry: Entry, category: str, code: Json) -> Json:
        """Return the fields that every Observation of a person's entry has, with when it happened."""
        return {
            "status": "final" if entry.stands else "entered-in-error",
            "category": [concept(coding(f"{TERMINOLOGY}observation-category", category))],
            "code": code,
            "subject": self.subject,
            "encounter": self.encounter,
            "effectiveDateTime": self.time(entry.happened_at),
            "issued": self.time(entry.at),
            "performer": [self.person(entry.author)],
        }

    def given_by(self, entry: Entry) -> Json:
        """Return a reference to whoever gave something, by the record; else to its author."""
        said = entry.payload.get("given_by")
        return self.said_person(said) if said else self.person(entry.author)

    def standing(self, *kinds: str) -> Iterable[Entry]:
        """Return the entries of some kinds, meant by their beginnings, that nothing took the place of."""
        return [entry for entry in self.entries if entry.stands and entry.kind.startswith(kinds)]

    def _metas(self, profile: str) -> Json:
        if profile not in self._meta:
            said: Json = {"profile": [profile]} if profile else {}
            self._meta[profile] = said | ({"security": [TEST]} if self.session.demo else {})
        return self._meta[profile]


RECORDER = "recorder"
"""The author of what the recorder itself writes."""
EMPTY: tuple[Any, ...] = ([], {}, "", None)
ONE_IDENTIFIER = frozenset({"AdverseEvent", "QuestionnaireResponse"})
"""Resources that have one identifier, no list of them."""
