"""`verify`: what can be said of a ledger's wholeness, and what could not be checked."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from logger import kinds
from logger.attesting.checkpoints import Found, Log, Mark, Marks
from logger.entering.desk import Desk, LedgerDesk, SessionFile, is_aside
from logger.entering.ending import ABOUT_THE_END, ENDS, ending
from logger.errors import LedgerBroken
from logger.keeping.absent import (
    Answer,
    add_quarantine,
    gone,
    kept_by_recorders,
    tombstones_of,
    without_row,
)
from logger.ledger import audit, chains
from logger.ledger.audit import Row, Walked, row_of
from logger.ledger.capture import sealed
from logger.ledger.models import Written
from logger.people.users import user_list

P = TypeVar("P", bound=kinds.Payload)

NO_CHECKPOINT = "no checkpoint: the chain can't show that its last records were cut off"
NOT_ELSEWHERE = "no checkpoint that was kept elsewhere: this machine could sign its own ones anew"
NO_NAME = "the patient's name and birth: no record holds them"
STILL_OPEN = "the session is open: no closing record counts its chain yet"

MarksOfStream = Mapping[str, Mapping[int, Mark]]

ROW = ("room", "patient", "protocol", "protocol_digest", "zone", "clock_speed", "demo", "opened_at")
"""Columns of a session's row that its records say too."""

USER = ("full_name", "role", "active")
"""Columns of a user's row that records say too."""

ABOUT_USERS: Mapping[str, type[kinds.Payload]] = {
    "user.added": kinds.UserAdded,
    "user.changed": kinds.UserChanged,
}


def verify_session(
    file: SessionFile,
    folder: Path,
    marks: Sequence[MarksOfStream] = (),
    rows: Iterable[Row] | None = None,
) -> Answer:
    """Return the verdict over one session, or one stream beside the sessions, in the form of the contract.

    Args:
        file: the session with all its records.
        folder: the database's folder, where the raw captures stand.
        marks: what each log of checkpoints says of its chains, by writer and number of records.
        rows: its records chain after chain, where they are not in *file*.
    """
    session, aside = str(file.row["id"]), is_aside(str(file.row["id"]))
    rows = sorted(map(row_of, file.records), key=lambda row: row[1:3]) if rows is None else rows
    not_checked: list[str] = []
    broken: LedgerBroken | None = None
    walked = Walked([], {}, [])
    try:
        walked = audit.walk(rows)
        if not walked.chains:
            raise LedgerBroken(session, "-", 0, "missing: the session has no record")
        not_checked += _check_marks(session, walked, marks)
        _check_signatures(session, walked)
        _check_users(session, file.row.get("users", ()), walked.facts)
        if not aside:
            not_checked.append(NO_NAME)
            _check_row(session, file, walked.facts)
            not_checked += _check_captures(session, walked.facts, folder)
            not_checked += _check_closing(session, file, walked)
            _check_end(session, file.row, walked)
    except LedgerBroken as error:
        broken = error
    return {
        "session": session,
        "ok": broken is None,
        "writers": [
            {"writer": chain.writer, "records": chain.records, "head": chain.head} for chain in walked.chains
        ],
        "first_broken": broken and {"writer": broken.writer, "seq": broken.seq, "what": broken.what},
        "not_checked": not_checked,
    }


def _check_marks(session: str, walked: Walked, marks: Sequence[MarksOfStream]) -> list[str]:
    """Compare the chains with what checkpoints say of them; return what no checkpoint speaks of."""
    named = [of_writer for of_stream in marks for of_writer in of_stream.items()]
    for writer, said in named:
        digests = walked.digests.get(writer, [])
        for records, mark in sorted(said.items()):
            what = f"checkpoint {mark.number} of {mark.at}"
            if records > len(digests):
                missing = f"missing: {what} names {records} records, {len(digests)} are here"
                raise LedgerBroken(session, writer, len(digests), missing)
            if digests[records - 1] != mark.digest:
                raise LedgerBroken(
                    session,
                    writer,
                    records - 1,
                    f"rewritten, or one before it: {what} names the digest {mark.digest[:12]}, "
                    f"here it is {digests[records - 1][:12]}",
                )
    if not named:
        return [NO_CHECKPOINT]
    newest: dict[str, int] = {}
    for writer, said in named:
        newest[writer] = max(newest.get(writer, 0), *said)
    return [
        f"the last {chain.records - newest.get(chain.writer, 0)} records of {chain.writer}: "
        "they came after the newest checkpoint"
        for chain in walked.chains
        if chain.records > newest.get(chain.writer, 0)
    ]


def _check_signatures(session: str, walked: Walked) -> None:
    """Compare the heads that a signature was made over with the records that stand there."""
    for record in walked.facts:
        for head in _said(record, kinds.Sign).heads if record.kind == "sign" else ():
            digests = walked.digests.get(head.writer, [])
            if digests[head.count - 1 : head.count] != [head.digest]:
                what = f"signs {head.count} records of {head.writer} up to {head.digest[:12]}"
                raise LedgerBroken(session, record.writer, record.seq, f"{what}, and they are not these")


def _check_row(session: str, file: SessionFile, facts: Sequence[Written]) -> None:
    """Compare what lists and pages take from the session's row with what its records say."""
    opened = next((record for record in facts if record.kind == "session.open"), None)
    if opened is None:
        raise LedgerBroken(session, "-", 0, "missing: no record opens the session")
    said = {**_said(opened, kinds.SessionOpen).model_dump(), "opened_at": opened.at}
    row = {**file.row, "demo": bool(file.row["demo"])}
    by = dict.fromkeys(ROW, opened)
    for record in sorted((one for one in facts if one.kind == "session.patient"), key=lambda one: one.at):
        said["patient"], by["patient"] = _said(record, kinds.Rebind).patient, record
    for name in ROW:
        if row[name] != said[name]:
            what = f"the session's row says {name} {row[name]}, this record {said[name]}"
            raise LedgerBroken(session, by[name].writer, by[name].seq, what)
    if row["state"] == "open" and (end := next((r for r in facts if r.kind == "session.end"), None)):
        raise LedgerBroken(
            session, end.writer, end.seq, "the session's row says that it is open, this record ends it"
        )
    if hashlib.sha256(file.protocol.encode()).hexdigest() != said["protocol_digest"]:
        raise LedgerBroken(session, opened.writer, opened.seq, "the protocol's text is not the one it names")


def _check_end(session: str, row: Mapping[str, Any], walked: Walked) -> None:
    """Compare what the row says of the session's end with the records that end it and close its chains."""
    facts = walked.facts
    ends = [record for record in facts if record.kind in ENDS]
    if not ends and row["state"] != "open":
        raise LedgerBroken(session, "-", 0, f"the session's row says {row['state']}, no record ends it")
    for record in facts:
        if record.kind in ABOUT_THE_END:
            _said(record, kinds.KINDS[record.kind])
    said = ending(facts, {chain.writer for chain in walked.chains})
    ended = (row["ended_at"], row["closed_at"], row["state"])
    if ended != (said.ended_at, said.closed_at, said.state):
        last = ends[-1] if ends else facts[0]
        what = (
            f"the session's row says ended_at {ended[0]}, closed_at {ended[1]}, {ended[2]}, "
            "and its records do not"
        )
        raise LedgerBroken(session, last.writer, last.seq, what)


def _check_users(stream: str, rows: Sequence[Mapping[str, Any]], facts: Sequence[Written]) -> None:
    """Compare the table of users, from which roles and names on signatures are taken, with its records."""
    told = sorted(
        (one for one in facts if one.kind in ABOUT_USERS), key=lambda one: (one.at, one.writer, one.seq)
    )
    for record in told:
        _said(record, ABOUT_USERS[record.kind])
    said = {str(user["user"]): [user[column] for column in USER] for user in user_list(told)}
    table = {str(row["name"]): [row[column] for column in USER] for row in rows}
    for name in sorted(table.keys() | said.keys()):
        if table.get(name) != said.get(name):
            what = f"the table of users says {name} {table.get(name)}, the records say {said.get(name)}"
            raise LedgerBroken(stream, told[-1].writer if told else "-", told[-1].seq if told else 0, what)


def _check_captures(session: str, facts: Sequence[Written], folder: Path) -> list[str]:
    missing = []
    for record in facts:
        if record.kind != "link":
            continue
        link = _said(record, kinds.Link)
        if link.event != "capture_closed" or link.file is None:
            continue
        path = _capture(folder, session, link.file)
        if path is None:
            missing.append(f"raw bytes {link.file} are not here")
        elif sealed(path).sha256 != link.sha256:
            raise LedgerBroken(session, record.writer, record.seq, f"the raw bytes {link.file} are altered")
    return missing


def _said(record: Written, model: type[P]) -> P:
    """Return what a record says; a forger who makes right digests may still have written what no model is."""
    try:
        return model.model_validate_json(record.payload)
    except ValidationError as error:
        what = f"is not of the form of {record.kind}: {error.errors()[0]['msg']}"
        raise LedgerBroken(record.session, record.writer, record.seq, what) from error


def _capture(folder: Path, session: str, file: str) -> Path | None:
    """Return where a capture stands: under its own name, or that of a copy of the ledger."""
    if (folder / file).exists():
        return folder / file
    return next(folder.glob(f"*.captures/{session}/{Path(file).name}"), None)


def _check_closing(session: str, file: SessionFile, walked: Walked) -> list[str]:
    """Look for chains that nothing closes; in an open session that is as it should be."""
    closed_for = set()
    for record in walked.facts:
        if record.kind == "session.close_without":
            said = _said(record, kinds.CloseWithout)
            if walked.digests.get(said.writer, [])[said.count - 1 : said.count] == [said.head]:
                closed_for.add(said.writer)
    unclosed = [chain for chain in walked.chains if not chain.closed and chain.writer not in closed_for]
    if unclosed and file.row["state"] == "closed":
        what = "missing: the session is closed, its chain is not"
        raise LedgerBroken(session, unclosed[0].writer, unclosed[0].records, what)
    if file.row["state"] == "ended":
        return [f"the chain of {chain.writer}: it has not closed it yet" for chain in unclosed]
    return [STILL_OPEN] if unclosed else []


def verify_ledger(
    desk: Desk,
    folder: Path,
    only: Sequence[str] | None = None,
    found: Found | None = None,
    *,
    own_keys: Collection[str] = (),
) -> Answer:
    """Return the verdict over a ledger: its sessions, the streams beside them, and what checkpoints name.

    Args:
        desk: of the ledger.
        folder: the database's folder.
        only: ids of sessions; None means every stream.
        found: the checkpoints to compare with.
        own_keys: ids of the keys that are known to be the clinic's.
    """
    status, found = desk.status(heads=True), found or Found()
    elsewhere = kept_by_recorders(desk, status.heads.get(kinds.SYSTEM, {}))
    said = [_without_system(log.marks(), elsewhere) for log in found.logs]
    listed = [str(row["id"]) for row in status.sessions]
    beside = sorted(stream for stream in status.heads if is_aside(stream))
    verdicts = [_verify(desk, one, folder, _of(said, one)) for one in only or [*listed, *beside]]
    if only is None:
        verdicts += [
            without_row(stream, status.heads[stream]) for stream in status.heads.keys() - {*listed, *beside}
        ]
        lost = {stream for marks in said for stream in marks} - status.heads.keys() - set(listed)
        tombstones = tombstones_of(desk)
        lost |= tombstones.keys() - set(listed)
        verdicts += [gone(stream, _of(said, stream), tombstones.get(stream)) for stream in sorted(lost)]
    for verdict in verdicts:
        add_quarantine(verdict, [one for one in status.quarantine if one["session_id"] == verdict["session"]])
    outside = {
        stream for log, marks in zip(found.logs, said, strict=True) if log.elsewhere for stream in marks
    }
    for verdict in verdicts:
        if verdict["session"] not in outside and NO_CHECKPOINT not in verdict["not_checked"] and found.logs:
            verdict["not_checked"].append(NOT_ELSEWHERE)
    answer = _whole(verdicts)
    answer["ok"] = answer["ok"] and not found.broken
    if found.logs:
        compared = [_compared(log, [*log.unseen, *_unsure(log, own_keys, only)]) for log in found.logs]
        compared.sort(key=lambda one: str(one["to"]))
        answer |= {"checkpoint": compared[-1], "earlier_checkpoints": compared[:-1]}
    if found.broken or found.not_compared:
        answer["checkpoints_not_compared"] = [*found.broken, *found.not_compared]
    return answer


def _without_system(marks: Marks, writers: Collection[str]) -> Marks:
    """Return what a log says, but for the streams ``system`` of *writers*: they are in other ledgers."""
    mine = {writer: said for writer, said in marks.get(kinds.SYSTEM, {}).items() if writer not in writers}
    others = {stream: said for stream, said in marks.items() if stream != kinds.SYSTEM}
    return others | ({kinds.SYSTEM: mine} if mine else {})


def _of(said: Sequence[Marks], stream: str) -> list[MarksOfStream]:
    return [marks[stream] for marks in said if stream in marks]


def _compared(log: Log, not_checked: list[str]) -> dict[str, object]:
    first, last = log.checkpoints[0], log.checkpoints[-1]
    return {
        "file": str(log.path),
        "checkpoints": len(log.checkpoints),
        "from": first.at,
        "to": last.at,
        "digest": last.digest,
        "keys": list(log.keys),
        "not_checked": not_checked,
    }


def _unsure(log: Log, own_keys: Collection[str], only: Sequence[str] | None) -> Iterator[str]:
    for key in log.keys:
        if key not in own_keys:
            yield f"whether key {key[:16]} is the clinic's: this user never signed with it"
    if only:
        yield "the sessions that were not asked for"


def _verify(desk: Desk, stream: str, folder: Path, marks: Sequence[MarksOfStream]) -> Answer:
    if isinstance(desk, LedgerDesk):  # page by page: no list of all records is made
        return verify_session(desk.file(stream, limit=0), folder, marks, chains.rows(desk.store, stream))
    return verify_session(desk.file(stream), folder, marks)


def _whole(verdicts: list[Answer]) -> Answer:
    return {"ok": bool(verdicts) and all(verdict["ok"] for verdict in verdicts), "sessions": verdicts}


def answer_lines(answer: Answer) -> list[str]:
    """Return the verdict over several sessions as a person reads it."""
    lines = [line for verdict in answer["sessions"] for line in verdict_lines(verdict)]
    compared = [answer["checkpoint"], *answer["earlier_checkpoints"]] if "checkpoint" in answer else []
    for said in compared:
        keys = ", ".join(key[:16] for key in said["keys"])
        lines.append(
            f"compared with {said['checkpoints']} checkpoints of {said['file']}, "
            f"{said['from'][:16]} to {said['to'][:16]}, signed by key {keys}"
        )
        lines += [f"    not checked: {what}" for what in said["not_checked"]]
    return lines + [f"checkpoints: {what}" for what in answer.get("checkpoints_not_compared", ())]


def verdict_lines(verdict: Answer) -> list[str]:
    """Return a session's verdict as a person reads it."""
    lines = []
    if verdict["ok"]:
        walked = ", ".join(
            f"{one['records']} records by {one['writer']} up to {one['head'][:16]}"
            for one in verdict["writers"]
        )
        lines.append(f"{verdict['session']}  whole: {walked}")
    else:
        first = verdict["first_broken"]
        lines.append(
            f"{verdict['session']}  BROKEN at record {first['writer']}:{first['seq']}: {first['what']}"
        )
    return lines + [f"    not checked: {what}" for what in verdict["not_checked"]]
