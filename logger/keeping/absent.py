"""Verdicts over what is not in its place: streams that are gone, have no row, or met another truth."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from logger import kinds
from logger.attesting.checkpoints import Mark
from logger.entering.desk import Desk
from logger.errors import LedgerBroken

Answer = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Tombstone:
    """What the record of a purge says of a session that is gone: its heads as {writer: (records, digest)}."""

    ref: str
    at: int
    heads: Mapping[str, tuple[int, str]]


def tombstones_of(desk: Desk) -> dict[str, Tombstone]:
    """Return what the records of purges say, by session."""
    found = {}
    for record in desk.file(kinds.SYSTEM).records:
        if record.kind == "purged":
            try:
                said = kinds.Purged.model_validate_json(record.payload)
            except ValidationError:  # a forger's: no tombstone
                continue
            heads = {head["writer"]: (int(head["count"]), str(head["digest"])) for head in said.heads}
            found[said.session] = Tombstone(record.ref, record.at, heads)
    return found


def kept_by_recorders(desk: Desk, here: Collection[str]) -> set[str]:
    """Return the writers of recorders whose own stream ``system`` stays with them; *here*: whose is here."""
    writers = set()
    for record in desk.file(kinds.SYSTEM).records:
        if record.kind == "recorder.connected":
            with suppress(ValidationError):
                writers.add(kinds.RecorderConnected.model_validate_json(record.payload).writer)
    return writers - set(here)


def add_quarantine(verdict: Answer, caught: Sequence[Mapping[str, Any]]) -> None:
    """Have a verdict say that another truth came from elsewhere: somebody has to explain it."""
    for one in sorted(caught, key=lambda one: (one["why"] == "refused", one["writer"], one["seq"]))[:1]:
        what = f"{one['why']}: a record of this number, {one['digest'][:12]}, came and is in quarantine"
        verdict["ok"] = False
        verdict["first_broken"] = verdict["first_broken"] or {
            "writer": one["writer"],
            "seq": one["seq"],
            "what": what,
        }


def without_row(stream: str, heads: Mapping[str, Sequence[Any]]) -> Answer:
    """Return the verdict over records that no session's row names any more."""
    writer = min(heads)
    what = "no session's row names the records that stand here: it was taken out of the list of sessions"
    return _verdict(stream, heads, LedgerBroken(stream, writer, 0, what), [])


def gone(
    stream: str, marks: Sequence[Mapping[str, Mapping[int, Mark]]], tombstone: Tombstone | None
) -> Answer:
    """Return the verdict over a stream of which no record is here: it was purged, or it is missing."""
    heads = tombstone.heads if tombstone else {}
    for writer, said in (of_writer for of_stream in marks for of_writer in of_stream.items()):
        records, mark = max(said.items())
        if tombstone is None:
            what = f"missing: checkpoint {mark.number} of {mark.at} names {records} records of this session"
            return _verdict(stream, heads, LedgerBroken(stream, writer, 0, what), [])
        kept, digest = heads.get(writer, (0, ""))
        if kept < records or (kept == records and digest != mark.digest):
            what = (
                f"purged ({tombstone.ref} in system) with {kept} records up to {digest[:12]}; "
                f"checkpoint {mark.number} of {mark.at} names {records} up to {mark.digest[:12]}"
            )
            return _verdict(stream, heads, LedgerBroken(stream, writer, kept, what), [])
    said_by = tombstone.ref if tombstone else "-"
    return _verdict(stream, heads, None, [f"purged, as {said_by} in system says: its records are gone"])


def _verdict(
    stream: str, heads: Mapping[str, Sequence[Any]], broken: LedgerBroken | None, not_checked: list[str]
) -> Answer:
    return {
        "session": stream,
        "ok": broken is None,
        "writers": [
            {"writer": writer, "records": records, "head": head} for writer, (records, head) in heads.items()
        ],
        "first_broken": broken and {"writer": broken.writer, "seq": broken.seq, "what": broken.what},
        "not_checked": not_checked,
    }
