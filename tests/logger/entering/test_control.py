"""The control socket: what a stranger, a broken client and a good one get."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from analysis.instruments import WrongAnswers
from devices.errors import InfusionlogError, UnknownAdapter, UsageError
from logger.entering.control import LONGEST, PAGE, ControlServer, RemoteDesk, Request, answer, refuse
from logger.entering.desk import SessionFile, Status
from logger.errors import BadEntry, LedgerBroken, LedgerError, NoSuchSession, OwnerSilent
from logger.ledger.models import Written
from logger.ledger.owner import Notice

RECORDS = tuple(
    Written("S", "writer01", seq, 1 + seq, "note", "nurse", "{}", "0" * 64) for seq in range(PAGE + 5)
)


REFUSED = {
    "ADAPTER": UnknownAdapter("there is no adapter x"),
    "ANSWERS": WrongAnswers("item 1 takes 0 to 3"),
    "BROKEN": LedgerBroken("S", "writer01", 3, "its digest is another"),
}


class Answering:
    """A desk that knows one session."""

    def append(self, session: str, kind: str, author: str, payload: Any, secrets: object) -> Written:
        if session == "FAULT":
            raise TypeError
        if session in REFUSED:
            raise REFUSED[session]
        if session != "S":
            raise NoSuchSession(f"no session {session}")
        return Written(session, "writer01", 7, 1, kind, author, json.dumps(payload), "0" * 64)

    def file(self, session: str, after: dict[str, int] | None, limit: int | None) -> SessionFile:
        start = (after or {}).get("writer01", -1) + 1
        return SessionFile({"id": session}, {"id": "P"}, "text", RECORDS[start : start + (limit or PAGE)])

    def status(self, *, heads: bool = False) -> Status:
        return Status(1, "writer01", [{"id": "S"}], now=5)


@pytest.fixture
def server() -> Iterator[ControlServer]:
    served = ControlServer(1, lambda request: answer(request, Answering()))
    yield served
    served.close()


@pytest.fixture
def desk(server) -> Iterator[RemoteDesk]:
    remote = RemoteDesk(server.notice)
    yield remote
    remote.close()


def ask(server: ControlServer, line: bytes) -> dict[str, Any]:
    with socket.create_connection(("127.0.0.1", server.notice.port), timeout=10) as connection:
        connection.sendall(line)
        connection.shutdown(socket.SHUT_WR)
        return dict(json.loads(connection.makefile("rb").readline() or b"{}"))


def test_an_entry_is_acknowledged_with_its_record(desk):
    assert desk.append("S", "note", "nurse", {"text": "hello"}).ref == "writer01:7"


def test_a_long_session_comes_in_pages_and_whole(desk):
    assert desk.file("S").records == RECORDS


def test_the_owner_says_what_it_holds(desk):
    assert (desk.status().writer, desk.status().sessions) == ("writer01", [{"id": "S"}])


def test_a_fault_in_one_request_is_told_to_who_asked_and_the_owner_goes_on(desk):
    with pytest.raises(LedgerError, match="unexpected TypeError"):
        desk.append("FAULT", "note", "nurse", {})
    assert desk.status().writer == "writer01"


def test_an_error_comes_back_as_the_one_it_was(desk):
    with pytest.raises(NoSuchSession, match="no session X"):
        desk.append("X", "note", "nurse", {})


@pytest.mark.parametrize(
    ("session", "kind", "status"),
    [("ADAPTER", UnknownAdapter, 2), ("ANSWERS", UsageError, 2), ("BROKEN", LedgerError, 3)],
)
def test_an_error_of_another_tree_comes_back_as_the_nearest_that_everybody_knows(desk, session, kind, status):
    with pytest.raises(InfusionlogError, match=re.escape(str(REFUSED[session]))) as raised:
        desk.append(session, "note", "nurse", {})
    assert (raised.type, raised.value.exit_status) == (kind, status)


def test_a_wrong_token_gets_nothing(server):
    said = ask(server, b'{"token": "guessed", "verb": "status"}\n')
    assert "ok" not in said
    assert "token" in said["error"]


def test_a_verb_that_is_none_is_refused(desk):
    with pytest.raises(BadEntry, match="no verb"):
        desk._call("delete")


@pytest.mark.parametrize("verb", ["append", "records"])
def test_a_request_that_lacks_a_field_is_refused(desk, verb):
    with pytest.raises(BadEntry):
        desk._call(verb)


@pytest.mark.parametrize(
    "line",
    [
        b"rubbish\n",
        b"[]\n",
        b"null\n",
        b"{}\n",
        b"\xff\xfe\n",
        b'{"token": 5, "verb": []}\n',
        b'{"token": "\xc3\xa9", "verb": "status"}\n',
        b"x" * (LONGEST + 10),
    ],
)
def test_rubbish_is_refused_and_the_owner_goes_on(server, desk, line):
    assert "ok" not in ask(server, line)
    assert desk.status().writer == "writer01"


def test_an_owner_that_has_ended_says_so_at_once():
    served = ControlServer(1, lambda request: refuse(request, "the recorder has ended"))
    with pytest.raises(OwnerSilent, match="ended"):
        RemoteDesk(served.notice)
    served.close()


def test_an_owner_that_is_gone_is_silent(server):
    server.close()
    with pytest.raises(OwnerSilent, match="does not answer"):
        RemoteDesk(Notice(1, server.notice.port, server.notice.token))


def test_a_fault_in_answering_is_answered_too():
    request = Request("append", {"session": "S", "kind": "note", "author": "nurse", "payload": None})
    answer(request, Answering())
    assert request.answer.get_nowait()
