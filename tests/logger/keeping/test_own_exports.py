"""A session that was exported as tables comes back, record by record, or not at all."""

from __future__ import annotations

import csv
import hashlib
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from clinic import ADMIN, PHYSICIAN, Clinic, password
from ledgers import NURSE, Hands, desk_at
from told_sessions import Room, cuff, excludes, spo2

from analysis.imports.measured import BadFile
from logger.entering.desk import LedgerDesk
from logger.errors import LedgerBroken, NotAllowed, NotSignedIn
from logger.keeping.access import accesses
from logger.keeping.own_exports import HEAD, Returned, folders_of, take_back
from logger.keeping.verifying import verify_session
from logger.reviewing.exporting import export_csv
from logger.reviewing.frames import build

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
def told(desk: LedgerDesk, hands: Hands) -> Room:
    room = Room(desk, hands, name="DEMO, Example", born="1900-01-01")
    typed = room.types(nibp_sys=185)
    for _ in range(3):
        room.heard(spo2(97.5), cuff(142))
    room.says("amend", target=typed.ref, changes={"nibp_sys": 158}, reason="typed 185 for 158")
    excludes(room, "spo2", 0, 1)
    room.says("note", text='"said" he,\nand left – 悪い')
    room.says("session.end")
    return room


@pytest.fixture
def export(told: Room, tmp_path: Path) -> Path:
    export_csv(told.desk.file(told.session), tmp_path / "export", NOW)
    return tmp_path / "export"


@pytest.fixture
def elsewhere(tmp_path: Path) -> LedgerDesk:
    """An empty ledger on another machine."""
    (tmp_path / "elsewhere").mkdir()
    desk = desk_at(tmp_path / "elsewhere" / "ledger.db", Hands())
    yield desk
    desk.close()


def brought(desk: LedgerDesk, folder: Path, author: str = NURSE, **passwords: str) -> Returned:
    return take_back(desk, folder, author, passwords)


def forged(export: Path, kind: str, author: str, payload: str, writer: str = "zzzz9999", **more: str) -> None:
    """Add a chain of one record, which is whole, and name it in README.txt as an export would."""

    def add(rows: list[list[str]]) -> list[list[str]]:
        said = [more.get("session", rows[1][0]), writer, "0", rows[-1][3], kind, author, payload]
        digest = hashlib.sha256("\n".join(["", *said]).encode()).hexdigest()
        readme = export / "README.txt"
        text = readme.read_text("utf-8")
        readme.write_text(HEAD.sub(rf"\g<0>\n    {writer}  1  {digest}", text, count=1), encoding="utf-8")
        return [*rows, [*said, digest]]

    rewrite(export, add)


def rewrite(export: Path, change: Callable[[list[list[str]]], list[list[str]]]) -> None:
    path = export / "ledger.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = change(list(csv.reader(file)))
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


def test_every_record_comes_back_as_it_was_and_verifies(told, export, elsewhere, tmp_path):
    came = brought(elsewhere, export)
    file, original = elsewhere.file(told.session), told.desk.file(told.session)
    assert file.records == original.records
    assert came.received.records == len(original.records)
    assert verify_session(file, tmp_path)["ok"]


def test_the_session_is_the_same_but_for_the_patients_name(told, export, elsewhere):
    brought(elsewhere, export)
    back, original = build(elsewhere.file(told.session)), told.table()
    assert back.readings.equals(original.readings)
    assert back.events.drop(columns="payload").equals(original.events.drop(columns="payload"))
    unnamed = {"identifiers": original.identifiers, "patient": original.patient}
    tables = {name: getattr(original, name) for name in ("readings", "events", "gaps")}
    assert replace(back, **unnamed, **tables) == original
    assert back.identifiers == ("Patient INVENTED-1", "id INVENTED-1")


def test_a_name_that_is_known_here_stays(told, export):
    brought(told.desk, export)
    assert told.table().identifiers[0] == "DEMO, Example"


def test_what_is_here_already_is_not_taken_twice(export, elsewhere):
    first, second = brought(elsewhere, export), brought(elsewhere, export)
    assert (second.received.records, second.received.duplicates) == (0, first.received.records)


EXCLUDE = '{"vital":"spo2","start":"2026-09-21T00:00:00Z","end":"2026-09-22T00:00:00Z","reason":"x","v":1}'


def test_a_session_that_is_here_takes_no_record_from_a_folder(told, export):
    """Digests hold no secret: a forged chain is whole too."""
    forged(export, "exclude", "other.example", EXCLUDE)
    before = told.desk.file(told.session).records
    with pytest.raises(BadFile, match=r"zzzz9999:0 \(exclude by other\.example\) is not here; nothing was"):
        brought(told.desk, export)
    assert told.desk.file(told.session).records == before
    assert told.desk.status(heads=True).quarantine == []


def test_no_folder_brings_users_or_what_belongs_to_a_room(export, elsewhere):
    rewrite(export, lambda rows: [rows[0], *(["system", *row[1:]] for row in rows[1:])])
    with pytest.raises(BadFile, match="system is no session"):
        brought(elsewhere, export)


@pytest.fixture
def clinic(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Clinic]:
    clinic = Clinic(tmp_path / "with_users.db", monkeypatch)
    yield clinic
    clinic.desk.close()


def test_where_there_are_users_an_administrator_brings_a_folder(told, export, clinic):
    for author, secret, refused in (
        (NURSE, "", NotSignedIn),
        (ADMIN, "wrong", NotSignedIn),
        (PHYSICIAN, password(PHYSICIAN), NotAllowed),
        ("unattributed", "", NotAllowed),
    ):
        with pytest.raises(refused):
            brought(clinic.desk, export, author, **{author: secret})
    assert told.session not in {row["id"] for row in clinic.desk.status().sessions}
    assert brought(clinic.desk, export, ADMIN, **{ADMIN: password(ADMIN)}).received.records


def test_who_brought_which_table_is_on_record(export, elsewhere):
    came = brought(elsewhere, export)
    (one,) = accesses(elsewhere.file("system").records, session=came.session)
    digest = hashlib.sha256((export / "ledger.csv").read_bytes()).hexdigest()
    assert (one.event, one.user, one.what) == (
        "imported", NURSE, f"an exported folder, ledger.csv with SHA-256 {digest}",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda rows: [*rows[:4], *rows[5:]], "missing"),
        (
            lambda rows: [*rows[:3], [*rows[3][:6], rows[3][6].replace("185", "158"), rows[3][7]], *rows[4:]],
            "altered",
        ),
        (lambda rows: rows[:-1], "README.txt names"),
    ],
)
def test_a_broken_chain_is_refused_with_its_record_and_nothing_comes(export, elsewhere, change, what):
    rewrite(export, change)
    with pytest.raises(LedgerBroken, match=rf"record \w+:\d+: .*{what}"):
        brought(elsewhere, export)
    assert elsewhere.status().sessions == []


def test_without_readme_it_is_said_that_a_cut_would_not_be_seen(export, elsewhere):
    (export / "README.txt").unlink()
    assert "cut off at the end would not be seen" in brought(elsewhere, export).not_checked[0]


def test_a_protocol_that_is_nowhere_is_named(export, elsewhere):
    (export / "protocol.toml").write_text("another", encoding="utf-8")
    rewrite(export, lambda rows: rows)
    brought(elsewhere, export)  # this machine has the very one


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a,b\n1,2\n", "its columns are not session, writer"),
        ("session,writer,seq,at,kind,author,payload,digest\n", "holds the records of 0 sessions"),
        ("session,writer,seq,at,kind,author,payload,digest\ns,w,x,1,k,a,p,d\n", "line 2: is no record"),
        ("\xff\xfe", "is no table of text|its columns are not"),
    ],
)
def test_what_is_no_ledger_csv_is_refused_with_a_sentence(export, elsewhere, text, sentence):
    (export / "ledger.csv").write_bytes(text.encode("latin-1"))
    with pytest.raises(BadFile, match=sentence):
        brought(elsewhere, export)


def test_the_folders_of_an_export_of_several_sessions_are_found(export, tmp_path):
    course = tmp_path / "course"
    for name in ("b", "a"):
        shutil.copytree(export, course / name)
    assert [path.name for path in folders_of(course)] == ["a", "b"]
    assert folders_of(export) == [export]
    with pytest.raises(BadFile, match=r"holds no ledger\.csv"):
        folders_of(course / "a" / "nothing")
