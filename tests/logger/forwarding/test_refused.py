"""What a server does not take: it says so in a sentence, keeps what came aside, and recording goes on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ledgers import NURSE, url_of
from rooms import service
from server import TOKEN, Server, forwarder_of, same, until

from logger.entering.sessions import open_ledger
from logger.errors import ServerRefuses
from logger.forwarding.enrolling import Enrolled, digest_of, listed, new_token
from logger.forwarding.messages import FORWARDING, Post
from logger.ledger.copying import quarantined
from logger.ledger.models import Written

WARD = Enrolled("ward-2", digest_of(TOKEN), ())


def test_a_token_that_is_nobody_s_opens_nothing(server):
    for token in ("", "wrong", digest_of(TOKEN)):
        with pytest.raises(ServerRefuses, match="no enrolled recorder's"):
            server.receiving.admit(token)


def test_a_recorder_that_was_dismissed_is_refused_and_one_enrolled_anew_has_another_token(server):
    assert server.receiving.admit(TOKEN).name == "ward-2"
    token = new_token()
    enrolled = {"recorder": "ward-2", "token": digest_of(token), "rooms": ["1"]}
    server.says("system", "recorder.enrolled", "admin.example", **enrolled)
    assert server.receiving.admit(token).rooms == ("1",)
    with pytest.raises(ServerRefuses):
        server.receiving.admit(TOKEN)
    server.says("system", "recorder.dismissed", "admin.example", recorder="ward-2", reason="sold")
    with pytest.raises(ServerRefuses):
        server.receiving.admit(token)
    assert listed(server.file("system").records) == []


def test_a_token_stands_in_no_record(server):
    assert not any(TOKEN in one.payload for one in server.file("system").records)


@pytest.mark.parametrize(("version", "who"), [(FORWARDING + 1, "this server"), (FORWARDING - 1, "ward-2")])
def test_another_version_is_told_who_is_to_be_updated(server, version, who):
    with pytest.raises(ServerRefuses, match=f"update (recorder )?{who}"):
        server.receiving.post(WARD, Post(version=version, program="infusionlog 0"))


def test_nobody_writes_into_the_server_s_own_stream(server):
    row = ("system", "stranger", 0, 1, "user.added", "x", "{}", "0" * 64)
    answer = server.receiving.post(WARD, post(records=[row]))
    assert "stranger" not in {one.writer for one in server.file("system").records}
    assert answer.holes == []


def test_records_of_a_session_that_is_not_known_are_asked_for_with_its_row(server):
    answer = server.receiving.post(WARD, post(records=[("s", "w", 0, 1, "note", "x", "{}", "0" * 64)]))
    assert (answer.unknown, answer.seen) == (["s"], {})


def test_a_writer_belongs_to_one_recorder(clinic, server, forwarder):
    room = clinic.opens("1")
    until(forwarder.step, lambda: same(server, room))
    other = {"recorder": "ward-3", "token": digest_of("another"), "rooms": []}
    server.says("system", "recorder.enrolled", "admin.example", **other)
    stolen = post(writer=clinic.nurse.status().writer)
    with pytest.raises(ServerRefuses, match=r"writer \w+ is that of recorder ward-2"):
        server.receiving.post(server.receiving.admit("another"), stolen)


def test_a_hole_is_said_and_asked_for(clinic, server, forwarder):
    room = clinic.opens("1")
    until(forwarder.step, lambda: same(server, room))
    for text in ("one", "two"):
        clinic.nurse.append(room.session, "note", NURSE, {"text": text})
    last = room.file().records[-1]
    answer = server.receiving.post(WARD, post(records=[row_of(last)]))
    assert answer.holes[0].endswith("did not come")
    assert answer.seen == {room.session: {last.writer: last.seq - 2}}


def test_an_altered_record_is_in_quarantine_and_its_writer_refused(clinic, server, forwarder):
    room = clinic.opens("1")
    until(forwarder.step, lambda: same(server, room))
    record = clinic.nurse.append(room.session, "note", NURSE, {"text": "one"})
    answer = server.receiving.post(WARD, post(record.writer, records=[row_of(replace(record, author="x"))]))
    assert "a record was altered" in answer.refused[record.writer]
    assert answer.seen[room.session][record.writer] == record.seq


def test_a_fork_is_quarantined_and_the_recorder_goes_on_as_another_writer(server, tmp_path: Path, told):
    """The ledger of the recorder is set back behind the server's back, and goes on with other records."""
    database, older = tmp_path / "room" / "recorder.db", tmp_path / "older.db"
    with service(database) as clinic:
        room = clinic.opens("1")
        forwarder = forwarder_of(clinic, server, told)
        until(forwarder.step, lambda: same(server, room))
    desk = open_ledger(url_of(database))
    desk.store.backup(older)
    desk.close()
    first = went_on(database, room.session, "what the server knows", server)
    for beside in ("-wal", "-shm"):
        database.with_name(database.name + beside).unlink(missing_ok=True)
    older.replace(database)
    second = went_on(database, room.session, "another truth", server)
    assert second != first
    with server.door.desk() as here:
        caught = quarantined(here.store)
    assert {one["why"] for one in caught} >= {"fork"}
    assert {one["writer"] for one in caught} == {first}
    forwarder.close()


def went_on(database: Path, session: str, text: str, server: Server) -> str:
    """Record something there, forward it until its writer is taken, and return that writer."""
    with service(database) as clinic:
        clinic.nurse.append(session, "note", NURSE, {"text": text})
        forwarder = forwarder_of(clinic, server)

        def arrived() -> bool:
            writer = clinic.nurse.status().writer
            mine = [one for one in clinic.nurse.file(session).records if one.writer == writer]
            theirs = [one for one in server.file(session).records if one.writer == writer]
            if not mine:
                clinic.nurse.append(session, "note", NURSE, {"text": "as another writer"})
            return bool(mine) and theirs == mine

        until(forwarder.step, arrived)
        forwarder.close()
        return clinic.nurse.status().writer


def post(writer: str = "", **more: Any) -> Post:
    return Post(version=FORWARDING, program="infusionlog", writer=writer, **more)


def row_of(record: Written) -> tuple[str, str, int, int, str, str, str, str]:
    return (
        record.session,
        record.writer,
        record.seq,
        record.at,
        record.kind,
        record.author,
        record.payload,
        record.digest,
    )
