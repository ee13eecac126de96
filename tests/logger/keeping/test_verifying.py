"""`verify`: what is whole, what is broken and where, and what could not be checked."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ledgers import NURSE, open_session, reading

from logger.entering.desk import LedgerDesk, SessionFile
from logger.keeping.verifying import verdict_lines, verify_ledger, verify_session
from logger.kinds import CloseWithout, Head, Link, Sign, text_of
from logger.ledger import audit
from logger.ledger.capture import Capture, Sealed, capture_folder
from logger.ledger.copying import receive
from logger.ledger.models import Entry

NO_CHECKPOINT = "no checkpoint: the chain can't show that its last records were cut off"
NO_NAME = "the patient's name and birth: no record holds them"
STILL_OPEN = "the session is open: no closing record counts its chain yet"


def test_a_closed_session_is_whole_up_to_its_head(desk, tmp_path):
    file = closed(desk)
    verdict = verify_session(file, tmp_path)
    last = file.records[-1]
    assert verdict == {
        "session": file.row["id"],
        "ok": True,
        "writers": [{"writer": last.writer, "records": len(file.records), "head": last.digest}],
        "first_broken": None,
        "not_checked": [NO_CHECKPOINT, NO_NAME],
    }


def test_an_open_session_is_whole_and_says_that_nothing_counts_it_yet(desk, tmp_path):
    verdict = verify_session(desk.file(open_session(desk)), tmp_path)
    assert (verdict["ok"], verdict["not_checked"]) == (True, [NO_CHECKPOINT, NO_NAME, STILL_OPEN])


def test_records_after_the_closing_are_walked_too(desk, tmp_path):
    session = closed(desk).row["id"]
    desk.append(session, "note", "nurse.example", {"text": "the form was signed"})
    verdict = verify_session(desk.file(session), tmp_path)
    assert (verdict["ok"], verdict["writers"][0]["records"]) == (True, 5 + 1)


def test_an_altered_record_is_named(desk, tmp_path):
    file = closed(desk)
    verdict = verify_session(with_record(file, 2, author="someone"), tmp_path)
    assert_first_broken(verdict, file, 2, "altered: ")


def test_a_removed_record_is_named(desk, tmp_path):
    file = closed(desk)
    verdict = verify_session(without(file, 2), tmp_path)
    assert_first_broken(verdict, file, 2, "missing")


def test_a_cut_off_end_of_a_closed_session_is_found(desk, tmp_path):
    file = closed(desk)
    for left in (4, 3):
        verdict = verify_session(replace(file, records=file.records[:left]), tmp_path)
        assert_first_broken(verdict, file, left, "missing: the session is closed, its chain is not")


def test_a_session_without_a_record_is_broken(desk, tmp_path):
    verdict = verify_session(replace(closed(desk), records=()), tmp_path)
    assert verdict["first_broken"] == {"writer": "-", "seq": 0, "what": "missing: the session has no record"}


def test_the_chain_that_was_not_closed_is_the_one_that_is_named(desk, tmp_path):
    file = closed(desk)
    nurse = audit.chained(replace(entry_of(file), kind="note"), "00000000", 0, "")
    verdict = verify_session(replace(file, records=(*file.records, nurse)), tmp_path)
    assert verdict["first_broken"]["writer"] == "00000000"
    assert verdict["first_broken"]["seq"] == 1


def test_several_writers_are_walked_each(desk, tmp_path):
    file = desk.file(open_session(desk))
    nurse = audit.chained(replace(entry_of(file), kind="note"), "00000000", 0, "")
    verdict = verify_session(replace(file, records=(nurse, *file.records)), tmp_path)
    assert [(one["writer"], one["records"]) for one in verdict["writers"]] == [
        ("00000000", 1),
        (desk.store.writer, 2),
    ]


def test_raw_bytes_that_are_as_they_were_leave_nothing_to_say(desk, tmp_path):
    file, _ = with_capture(desk)
    assert verify_session(file, tmp_path)["not_checked"] == [NO_CHECKPOINT, NO_NAME, STILL_OPEN]


def test_raw_bytes_that_are_not_here_are_not_checked(desk, tmp_path):
    file, capture = with_capture(desk)
    (tmp_path / capture.file).unlink()
    verdict = verify_session(file, tmp_path)
    assert verdict["ok"]
    assert f"raw bytes {capture.file} are not here" in verdict["not_checked"]


@pytest.mark.parametrize("raw", [b"SPO2=098", b"SPO2=09", b""])
def test_raw_bytes_that_were_altered_break_the_record_that_closes_them(desk, tmp_path, raw):
    file, capture = with_capture(desk)
    (tmp_path / capture.file).write_bytes(raw)
    assert_first_broken(verify_session(file, tmp_path), file, 2, f"the raw bytes {capture.file} are altered")


def test_altered_raw_bytes_are_said_though_the_end_is_cut_off_too(desk, tmp_path):
    file, capture = with_capture(desk)
    (tmp_path / capture.file).write_bytes(b"")
    closed_row = replace(file, row={**file.row, "state": "closed"})
    assert_first_broken(verify_session(closed_row, tmp_path), file, 2, "the raw bytes")


@pytest.mark.parametrize(
    ("column", "forged"),
    [("room", "9"), ("patient", "INVENTED-9"), ("zone", "Asia/Tokyo"), ("opened_at", 1), ("demo", 1)],
)
def test_a_row_that_says_other_than_the_record_that_opened_the_session_is_found(
    desk, tmp_path, column, forged
):
    file = closed(desk)
    verdict = verify_session(replace(file, row={**file.row, column: forged}), tmp_path)
    assert_first_broken(verdict, file, 0, f"the session's row says {column} ")


def test_a_closed_session_whose_row_says_open_is_found(desk, tmp_path):
    file = closed(desk)
    verdict = verify_session(replace(file, row={**file.row, "state": "open"}), tmp_path)
    assert_first_broken(verdict, file, 3, "the session's row says that it is open")


@pytest.mark.parametrize(("column", "forged"), [("closed_at", 1), ("ended_at", 1), ("closed_at", None)])
def test_a_row_that_says_another_end_than_the_records_is_found(desk, tmp_path, column, forged):
    file = closed(desk)
    verdict = verify_session(replace(file, row={**file.row, column: forged}), tmp_path)
    assert_first_broken(verdict, file, 3, "the session's row says ended_at ")


def test_an_open_session_whose_row_says_closed_is_found(desk, tmp_path):
    file = desk.file(open_session(desk))
    assert not verify_session(replace(file, row={**file.row, "state": "closed"}), tmp_path)["ok"]
    assert not verify_session(replace(file, row={**file.row, "closed_at": 1}), tmp_path)["ok"]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE user SET role = 'physician' WHERE name = 'n.nurse'",
        "UPDATE user SET full_name = 'Somebody Else' WHERE name = 'n.nurse'",
        "UPDATE user SET active = 1 WHERE name = 'n.nurse'",
        "DELETE FROM user WHERE name = 'n.nurse'",
        "INSERT INTO user SELECT 'x.new', full_name, role, 1, null, null, 0, 0, 0 FROM user LIMIT 1",
    ],
)
def test_a_table_of_users_that_says_other_than_their_records_is_found(desk, tmp_path, statement):
    closed(desk)
    desk.people.add("first", "a.admin", "A. Admin", "admin", "a good password")
    desk.people.add("a.admin", "n.nurse", "N. Nurse", "nurse", "another password")
    desk.people.change("a.admin", "n.nurse", "has left", active=False)
    assert verify_ledger(desk, tmp_path)["ok"]
    desk.store.commit(lambda connection: connection.exec_driver_sql(statement))
    [broken] = [one for one in verify_ledger(desk, tmp_path)["sessions"] if not one["ok"]]
    assert (broken["session"], "table of users" in broken["first_broken"]["what"]) == ("system", True)


def test_another_text_of_the_protocol_is_found(desk, tmp_path):
    file = closed(desk)
    verdict = verify_session(replace(file, protocol=file.protocol + "\n"), tmp_path)
    assert_first_broken(verdict, file, 0, "the protocol's text is not the one it names")


@pytest.mark.parametrize(("count", "head", "ok"), [(1, None, True), (2, None, False), (1, "f" * 64, False)])
def test_a_chain_is_closed_by_another_writer_only_at_its_own_head(desk, tmp_path, count, head, ok):
    session = open_session(desk)
    nurse = audit.chained(replace(entry_of(desk.file(session)), kind="note"), "00000000", 0, "")
    said = CloseWithout(writer="00000000", count=count, head=head or nurse.digest, reason="never heard again")
    desk.store.append([Entry(session, desk.clock.now(), "session.close_without", NURSE, text_of(said))])
    desk.append(session, "session.end", NURSE, {})
    file = desk.file(session)
    verdict = verify_session(replace(file, records=(nurse, *file.records)), tmp_path)
    assert verdict["ok"] is ok
    assert ok or verdict["first_broken"]["writer"] == "00000000"


def test_a_ledger_is_whole_when_each_session_is(desk, tmp_path):
    closed(desk)
    assert verify_ledger(desk, tmp_path)["ok"]
    bad = closed(desk).row["id"]
    desk.store.commit(
        lambda connection: connection.exec_driver_sql("DELETE FROM record WHERE session_id = ?", (bad,))
    )
    verdict = verify_ledger(desk, tmp_path)
    broken = [one["session"] for one in verdict["sessions"] if not one["ok"]]
    assert (verdict["ok"], broken, len(verdict["sessions"])) == (False, [bad], 2)


def test_a_fork_that_came_from_elsewhere_is_named(desk, tmp_path):
    session = open_session(desk)
    entry = replace(entry_of(desk.file(session)), kind="note")
    for author in ("nurse.example", "somebody else"):
        receive(desk.store, [audit.chained(replace(entry, author=author), "00000000", 0, "")])
    [verdict] = verify_ledger(desk, tmp_path)["sessions"]
    first = verdict["first_broken"]
    assert (verdict["ok"], first["writer"], first["seq"]) == (False, "00000000", 0)
    assert first["what"].startswith("fork: a record of this number")


def test_a_signature_over_records_that_are_not_these_is_found(desk, tmp_path):
    session = closed(desk).row["id"]
    heads = (Head(writer=desk.store.writer, count=3, digest="f" * 64),)
    said = Sign(meaning="review", name="P. Example", role="physician", heads=heads)
    desk.store.append([Entry(session, desk.clock.now(), "sign", "p.example", text_of(said))])
    assert_first_broken(
        verify_session(desk.file(session), tmp_path), desk.file(session), 5, "signs 3 records"
    )


def test_a_patient_who_was_corrected_is_the_rows_patient(desk, tmp_path):
    session = open_session(desk)
    desk.append(
        session,
        "session.patient",
        NURSE,
        {"was": "INVENTED-1", "patient": "INVENTED-2", "reason": "namesake"},
    )
    file = desk.file(session)
    assert verify_session(file, tmp_path)["ok"]
    forged = replace(file, row={**file.row, "patient": "INVENTED-1"})
    assert_first_broken(
        verify_session(forged, tmp_path), file, 2, "the session's row says patient INVENTED-1"
    )


def test_over_no_session_nothing_is_whole(desk, tmp_path):
    assert verify_ledger(desk, tmp_path) == {"ok": False, "sessions": []}


def test_a_person_reads_what_was_walked_and_what_was_not_checked(desk, tmp_path):
    file = closed(desk)
    last = file.records[-1]
    assert verdict_lines(verify_session(file, tmp_path)) == [
        f"{file.row['id']}  whole: 5 records by {last.writer} up to {last.digest[:16]}",
        f"    not checked: {NO_CHECKPOINT}",
        f"    not checked: {NO_NAME}",
    ]


def test_a_person_reads_which_record_is_broken(desk, tmp_path):
    file = closed(desk)
    first, *_ = verdict_lines(verify_session(without(file, 2), tmp_path))
    assert first == f"{file.row['id']}  BROKEN at record {desk.store.writer}:2: missing"


def closed(desk: LedgerDesk) -> SessionFile:
    """Return a closed session of five records: opened, the clock, a reading, the end, the closing."""
    session = open_session(desk)
    desk.store.append([reading(session, desk.clock.now(), spo2=97.0)])
    desk.append(session, "session.end", "nurse.example", {})
    return desk.file(session)


def with_capture(desk: LedgerDesk) -> tuple[SessionFile, Sealed]:
    """Return an open session whose third record closes a capture, and that capture."""
    session = open_session(desk)
    capture = Capture(capture_folder(desk.store.path, session), "monitor", lambda: False)
    capture.keep(b"SPO2=097", desk.clock.now())
    sealed = capture.seal()
    said = Link(source="monitor", event="capture_closed", file=sealed.file, sha256=sealed.sha256)
    desk.store.append([Entry(session, desk.clock.now(), "link", "test_adapter", text_of(said))])
    return desk.file(session), sealed


def with_record(file: SessionFile, seq: int, **change: object) -> SessionFile:
    records = list(file.records)
    records[seq] = replace(records[seq], **change)
    return replace(file, records=tuple(records))


def without(file: SessionFile, seq: int) -> SessionFile:
    return replace(file, records=tuple(record for record in file.records if record.seq != seq))


def entry_of(file: SessionFile) -> Entry:
    first = file.records[0]
    return Entry(first.session, first.at, first.kind, first.author, '{"text":"x","v":1}')


def assert_first_broken(verdict: dict[str, object], file: SessionFile, seq: int, what: str) -> None:
    said = verdict["first_broken"]
    assert not verdict["ok"]
    assert (said["writer"], said["seq"]) == (file.records[0].writer, seq)
    assert said["what"].startswith(what)
