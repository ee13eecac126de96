"""Closing the chains of a session: one's own at its end, and a recorder's that is never heard again.

Each living writer closes its own chain; see `logger.entering.ending` for what follows for the session.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

from logger import kinds
from logger.clock import moment
from logger.entering.ending import ENDS, ending
from logger.errors import BadEntry
from logger.ledger import audit
from logger.ledger.chains import heads
from logger.ledger.models import Entry
from logger.ledger.store import Store
from logger.people.accounts import RECORDER

MOVED = "this ledger was in another place or on another machine when it wrote them"


def closing(at: Entry, count: int, head: str) -> Entry:
    """Return the entry that closes a chain of *count* records up to *head*, when *at* was made."""
    said = kinds.text_of(kinds.Close(count=count, head=head))
    return replace(at, kind="close", author=RECORDER, payload=said)


def begun_closed(store: Store, entries: Sequence[Entry], beside: Collection[str]) -> list[Entry]:
    """Return what stands before *entries* where this ledger's chain begins in a session after its end.

    Such a chain begins closed. *beside*: the streams that are no session.
    """
    return [
        closing(replace(entries[0], session=session), 0, "")
        for session in dict.fromkeys(entry.session for entry in entries)
        if session not in beside and not store.tail(session)[0] and store.session(session)["state"] != "open"
    ]


def end_and_close(store: Store, end: Entry, living: Collection[str]) -> tuple[list[Entry], str]:
    """Return the entries by which a session ends and its chains are closed, and the state it is then in.

    Chains of writers that this ledger was before are closed by a record of this one. It is ``ended`` while
    one of the *living* writers has not closed its chain.
    """
    here = heads(store, [end.session]).get(end.session, {})
    open_ = ending(store.records(end.session, streamed=False), here.keys()).unclosed - {store.writer}
    dead = [_without(end, writer, *here[writer]) for writer in sorted(open_ - frozenset(living))]
    seq, head, _ = store.tail(end.session)
    entries = [end, *dead]
    for one in entries:
        head, seq = audit.chained(one, store.writer, seq, head).digest, seq + 1
    return [*entries, closing(end, seq, head)], "ended" if open_ & frozenset(living) else "closed"


def _without(end: Entry, writer: str, count: int, head: str) -> Entry:
    said = kinds.CloseWithout(writer=writer, count=count, head=head, reason=MOVED)
    return replace(end, kind="session.close_without", author=RECORDER, payload=kinds.text_of(said))


def own_closing(store: Store, session: str, now: int) -> list[Entry]:
    """Return what closes this ledger's chain in a session that was ended elsewhere, if it is open."""
    found = ending(store.records(session, streamed=False))
    if found.state == "open" or store.writer not in found.unclosed:
        return []
    count, head, last = store.tail(session)
    return [closing(Entry(session, max(now, last), "", "", ""), count, head)]


def settle(store: Store, session: str) -> None:
    """Have a session's row say what its records say, of which some came from elsewhere."""
    row, records = store.session(session), store.records(session, streamed=False)
    found = ending(records, heads(store, [session]).get(session, {}).keys())
    said = {"state": found.state, "ended_at": found.ended_at, "closed_at": found.closed_at}
    for record in records:
        if record.kind == "session.patient":
            said["patient"] = kinds.Rebind.model_validate_json(record.payload).patient
    if changed := {name: value for name, value in said.items() if row[name] != value}:
        if "patient" in changed:
            store.know_patient(str(said["patient"]))
        store.set_row(session, changed)


def without(store: Store, row: Mapping[str, Any], payload: Mapping[str, Any]) -> dict[str, Any]:
    """Return the payload that closes another writer's chain: its count and head as they are here.

    Raises:
        BadEntry: the session has not ended, or that chain is closed or not there.
    """
    session, writer = str(row["id"]), str(payload.get("writer", ""))
    if row["state"] == "open":
        raise BadEntry(f"session {session} is open; end it first, then close it without {writer}")
    here = heads(store, [session]).get(session, {})
    waits = ending(store.records(session, streamed=False), here.keys()).unclosed - {store.writer}
    if writer not in waits:
        which = f"it waits for {', '.join(sorted(waits))}" if waits else "it waits for no chain"
        raise BadEntry(f"session {session} has no open chain of writer {writer}: {which}")
    count, head = here[writer]
    return {**payload, "count": count, "head": head}


def check_open(store: Store, row: Mapping[str, Any]) -> None:
    """Raise `BadEntry`, saying who was quicker, where a session that is to be ended has ended."""
    if row["state"] == "open":
        return
    records = store.records(row["id"], streamed=False)
    end = next((one for kind in ENDS for one in records if one.kind == kind), None)
    by = ""
    if end is not None:
        by = f" by {end.author} at {moment(end.at).astimezone(ZoneInfo(row['zone'])):%H:%M:%S}"
    raise BadEntry(f"session {row['id']} was ended{by} already; enter what is to be added to it")
