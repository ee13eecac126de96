"""Finding few rows among many: a page of the sessions, the record that a form became."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, func, select
from sqlmodel import SQLModel

from logger.ledger.models import Record, Session, Written
from logger.ledger.store import Store

_RECORD = SQLModel.metadata.tables[Record.__tablename__]  # type: ignore[index]
_SESSION = SQLModel.metadata.tables[Session.__tablename__]  # type: ignore[index]


def keyed(store: Store, session: str, key: str) -> Written | None:
    """Return the record of *session* that this ledger wrote from the form of *key*, or None.

    Only this writer's own chain is read: what devices sent stands in the recorder's.
    """
    mine = and_(_RECORD.c.session_id == session, _RECORD.c.writer == store.writer)
    named = func.instr(_RECORD.c.payload, f'"key":"{key}"') > 0
    with store.reading() as connection:
        row = connection.execute(select(_RECORD).where(mine, named).limit(1)).one_or_none()
    return Written(*row) if row else None


def find_sessions(
    store: Store,
    *,
    states: Sequence[str] = (),
    room: str | None = None,
    patient: str | None = None,
    start: int | None = None,
    end: int | None = None,
    limit: int = 50,
    offset: int = 0,
) -> tuple[list[dict[str, Any]], int]:
    """Return a page of sessions' rows, newest first, and how many there are in all.

    Args:
        store: the ledger.
        states: open, ended, closed; empty: any.
        room: of this room only.
        patient: of this pseudonym only.
        start: opened at this moment or later, microseconds UTC.
        end: opened before this moment, microseconds UTC.
        limit: rows at most.
        offset: how many of the newest are left out.
    """
    column = _SESSION.c
    wanted: list[ColumnElement[bool]] = [column.state.in_(states)] if states else []
    wanted += [column.room == room] if room is not None else []
    wanted += [column.patient == patient] if patient is not None else []
    wanted += [column.opened_at >= start] if start is not None else []
    wanted += [column.opened_at < end] if end is not None else []
    with store.reading() as connection:
        count = connection.execute(select(func.count()).select_from(_SESSION).where(*wanted)).scalar_one()
        page = select(_SESSION).where(*wanted).order_by(column.id.desc()).limit(limit).offset(offset)
        return [dict(row) for row in connection.execute(page).mappings()], int(count)


def of_kind(store: Store, stream: str, kind: str, containing: str = "") -> list[Written]:
    """Return the records of one kind in a stream, oldest first; only those whose payload has *containing*.

    A stream beside the sessions grows with every page that is looked at: it is not read whole for a few.
    """
    wanted = and_(_RECORD.c.session_id == stream, _RECORD.c.kind == kind)
    has = func.instr(_RECORD.c.payload, containing) > 0
    query = select(_RECORD).where(wanted, *([has] if containing else []))
    with store.reading() as connection:
        rows = connection.execute(query.order_by(_RECORD.c.at, _RECORD.c.writer, _RECORD.c.seq))
        return [Written(*row) for row in rows]


def newest_of(
    store: Store,
    stream: str,
    kinds: Sequence[str],
    containing: Sequence[str] = (),
    *,
    start: int | None = None,
    end: int | None = None,
    limit: int = 50,
    offset: int = 0,
) -> tuple[list[Written], int]:
    """Return a page of a stream's records of some kinds, newest first, and how many there are in all.

    Args:
        store: the ledger.
        stream: a session's id, or a stream beside the sessions.
        kinds: which.
        containing: texts that a payload has to hold, each of them.
        start: written at this moment or later, microseconds UTC.
        end: written before this moment, microseconds UTC.
        limit: records at most.
        offset: how many of the newest are left out.
    """
    wanted: list[ColumnElement[bool]] = [_RECORD.c.session_id == stream, _RECORD.c.kind.in_(kinds)]
    wanted += [func.instr(_RECORD.c.payload, text) > 0 for text in containing]
    wanted += [_RECORD.c.at >= start] if start is not None else []
    wanted += [_RECORD.c.at < end] if end is not None else []
    newest = (_RECORD.c.at.desc(), _RECORD.c.writer, _RECORD.c.seq.desc())
    with store.reading() as connection:
        count = connection.execute(select(func.count()).select_from(_RECORD).where(*wanted)).scalar_one()
        page = select(_RECORD).where(*wanted).order_by(*newest).limit(limit).offset(offset)
        return [Written(*row) for row in connection.execute(page)], int(count)


def naming(store: Store, session: str, ref: str) -> list[Written]:
    """Return the records of a session whose payload names the record *ref*, oldest first."""
    wanted = and_(_RECORD.c.session_id == session, func.instr(_RECORD.c.payload, f'"{ref}"') > 0)
    with store.reading() as connection:
        rows = connection.execute(select(_RECORD).where(wanted).order_by(_RECORD.c.at, _RECORD.c.seq))
        return [Written(*row) for row in rows]
