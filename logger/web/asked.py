"""The commands' way to the ledger that the pages keep: the owner's control socket, as a recorder has it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from logger.entering.control import ControlServer, Request, answer
from logger.entering.desk import SessionFile, Status
from logger.ledger.audit import Row
from logger.ledger.models import Written
from logger.web.clinic import Clinic


class Asked:
    """The clinic's desk as `logger.entering.control.answer` wants it."""

    def __init__(self, clinic: Clinic) -> None:
        self._clinic = clinic

    def append(
        self,
        session: str,
        kind: str,
        author: str,
        payload: Mapping[str, Any],
        secrets: Mapping[str, str] | None = None,
    ) -> Written:
        """Record what *author* says; who listens is told."""
        with self._clinic.desk() as desk:
            written = desk.append(session, kind, author, payload, secrets)
        self._clinic.publish([written])
        return written

    def file(self, session: str, after: Mapping[str, int] | None, limit: int | None) -> SessionFile:
        """Return a session's file with the records after *after*, at most *limit*."""
        with self._clinic.desk() as desk:
            return desk.file(session, after, limit)

    def rows_after(self, wanted: Mapping[str, Mapping[str, int]], limit: int) -> list[Row]:
        """Return records of several streams, chain after chain."""
        with self._clinic.desk() as desk:
            return desk.rows_after(wanted, limit)

    def changes(self, since: str) -> Status:
        """Return what changed since a position."""
        with self._clinic.desk() as desk:
            return desk.changes(since)

    def status(self, *, heads: bool = False) -> Status:
        """Return who owns the ledger and which sessions it holds."""
        with self._clinic.desk() as desk:
            return desk.status(heads=heads)


def listen(clinic: Clinic) -> ControlServer:
    """Begin to answer commands; close what is returned before the clinic."""
    asked = Asked(clinic)

    def at_once(request: Request) -> None:
        answer(request, asked)

    control = ControlServer(os.getpid(), at_once)
    with clinic.desk() as desk:
        desk.store.ownership.announce(control.notice)
    return control
