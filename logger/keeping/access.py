"""The access log: who looked at what, took it out, signed in or failed to, in the stream ``system``.

Its records stand in a chain like those of a session, so that `verify` walks them too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from logger import kinds
from logger.attesting.checkpoints import Log, Marks
from logger.clock import moment
from logger.entering.desk import Desk, LedgerDesk
from logger.ledger.models import Written
from logger.people.accounts import UNATTRIBUTED
from logger.settings import Settings

AT_ONCE = 1000
"""Sessions in one `verified` record: some 100 kB."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One line of the access log; what does not apply is empty."""

    ref: str
    at: datetime
    event: str
    user: str
    session: str
    what: str


def log_access(
    desk: Desk, event: str, user: str, session: str | None = None, what: str | None = None
) -> Written | None:
    """Record that *user* did *event*; None in an archive's copy, where nothing can be written.

    The name counts as stated, not as proved: in a ledger with users the record's author is nobody. *event*,
    *session* and *what* are as `logger.kinds.Access` has them: no patient's name stands in them.
    """
    said = {"event": event, "user": user, "session": session, "what": what}
    return _say(desk, "access", user, {name: value for name, value in said.items() if value is not None})


def log_verified(desk: Desk, user: str, answer: dict[str, Any], logs: Sequence[Log] = ()) -> None:
    """Record a verification with the heads that were found.

    Beside those sessions of which one of *logs* names these very heads, or that are broken and stand in
    one, its newest checkpoint is recorded. *logs* were kept elsewhere and are signed by known keys.
    """
    named = [(log.checkpoints[-1].digest, log.marks()) for log in logs]
    by_checkpoint: dict[str | None, list[dict[str, Any]]] = {}
    for verdict in answer["sessions"]:
        checkpoint = next((digest for digest, marks in named if _names(marks, verdict)), None)
        by_checkpoint.setdefault(checkpoint, []).append(verdict)
    for checkpoint, verdicts in by_checkpoint.items():
        for start in range(0, len(verdicts), AT_ONCE):
            some = verdicts[start : start + AT_ONCE]
            heads = {one["session"]: [chain["head"] for chain in one["writers"]] for one in some}
            broken = {one["session"]: _broken(one["first_broken"]) for one in some if not one["ok"]}
            _say(desk, "verified", user, {"sessions": heads, "broken": broken, "checkpoint": checkpoint})


def _names(marks: Marks, verdict: dict[str, Any]) -> bool:
    said = marks.get(verdict["session"], {})
    if not verdict["ok"]:
        return bool(said)
    found = {one["writer"]: (one["records"], one["head"]) for one in verdict["writers"]}
    ends = {writer: (max(of), of[max(of)].digest) for writer, of in said.items()}
    return bool(found) and found == ends


def log_settings(desk: LedgerDesk, settings: Settings, user: str) -> Written | None:
    """Record the settings that hold from now on, where they are not those that were recorded last."""
    now = "; ".join(f"{name} = {value}" for name, value in sorted(settings.model_dump().items()))
    last = [one.what for one in accesses(desk.store.records(kinds.SYSTEM)) if one.event == "setting"]
    return None if last[-1:] == [now] else log_access(desk, "setting", user, what=now)


def taken_out(desk: Desk, session: str) -> list[str]:
    """Return in words each picture and export of a session that somebody has made, the oldest first."""
    return [
        f"{one.event} {one.at:%Y-%m-%d %H:%M} UTC by {one.user}: {one.what}"
        for one in accesses(desk.file(kinds.SYSTEM).records)
        if one.session == session and one.event in ("charted", "exported")
    ]


def _broken(first: dict[str, Any]) -> str:
    return f"{first['writer']}:{first['seq']}: {first['what']}"


def _say(desk: Desk, kind: str, user: str, said: dict[str, Any]) -> Written | None:
    if isinstance(desk, LedgerDesk) and desk.store.read_only:
        return None
    users = desk.people.users() if isinstance(desk, LedgerDesk) else desk.status().users
    return desk.append(kinds.SYSTEM, kind, UNATTRIBUTED if users else user, said)


def accesses(
    records: Sequence[Written],
    user: str | None = None,
    session: str | None = None,
    start: datetime | None = None,
    end: datetime | None = None,
) -> Iterator[Seen]:
    """Yield the access log among the records of the stream ``system``, oldest first.

    Only what this *user* did, with the *session* of this id or beginning of one, from *start* to *end*.
    """
    for record in records:
        if record.kind != "access":
            continue
        said, at = kinds.Access.model_validate_json(record.payload), moment(record.at)
        one = Seen(
            record.ref,
            at,
            said.event,
            said.user or record.author,
            said.session or "",
            said.what or "",
        )
        if (
            (user is None or one.user == user)
            and (session is None or one.session.startswith(session))
            and (start is None or at >= start)
            and (end is None or at <= end)
        ):
            yield one
