"""The CSV export: everything that was recorded, and a script that checks it with Python alone."""

from __future__ import annotations

import csv
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest
from ledgers import NURSE, open_session, reading
from told_sessions import Room, cuff, excludes, spo2

from devices.vocabulary import config_folder
from logger.attesting.checkpoints import Places, sign
from logger.clock import SECOND
from logger.entering.desk import LedgerDesk
from logger.errors import CantWrite
from logger.kinds import Unread
from logger.reviewing.exporting import LEDGER, export_course, export_csv

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
def export(room: Room, tmp_path: Path) -> Path:
    """The export of a closed session in which a value was excluded, one amended, one failed, bytes unread."""
    typed = room.types(nibp_sys=185)
    room.heard(spo2(97.5), spo2(None, reason="sensor_off", variant="second"))
    room.heard(cuff(None, reason="failed"))
    room.says("amend", target=typed.ref, changes={"nibp_sys": 158}, reason="typed 185 for 158")
    excludes(room, "spo2", 0, 10)
    room.said("unread", Unread(source="monitor", why="checksum", capture=0, offset=3, length=4))
    room.lost()
    room.says("note", text='=1+1, "said" he,\nand left')
    room.says("session.end")
    export_csv(room.desk.file(room.session), tmp_path / "export", NOW)
    return tmp_path / "export"


def test_the_columns_are_the_contracts(export):
    assert [header(export, name) for name in ("vitals", "events", "ledger")] == [
        "session,writer,seq,at,measured_at,device_time,vital,variant,value,unit,quality,reason,source,"
        "entered_by,excluded,superseded_by",
        "session,writer,seq,superseded_by,at,happened_at,kind,author,late_by_s,summary,payload",
        "session,writer,seq,at,kind,author,payload,digest",
    ]


def test_every_value_is_there_with_what_became_of_it(export, room):
    said = [
        (row["vital"], row["value"], row["reason"], row["excluded"], bool(row["superseded_by"]))
        for row in table(export, "vitals")
    ]
    assert sorted(said) == sorted(
        [
            ("nibp_sys", "185", "", "false", True),
            ("nibp_sys", "158", "", "false", False),
            ("nibp_sys", "", "failed", "false", False),
            ("spo2", "97.5", "", "true", False),
            ("spo2", "", "sensor_off", "true", False),
        ]
    )


def test_every_record_that_is_no_reading_is_an_event(export):
    kinds = {row["kind"] for row in table(export, "events")}
    assert {"session.open", "clock", "amend", "exclude", "unread", "link", "note", "close"} <= kinds


def test_payloads_and_digests_stand_as_they_are_stored(export, room):
    records = room.desk.file(room.session).records
    assert [tuple(row.values()) for row in table(export, "ledger")] == [
        tuple(str(getattr(one, name)) for name in LEDGER) for one in records
    ]
    stored = {one.ref: one.payload for one in records}
    assert all(stored[f"{row['writer']}:{row['seq']}"] == row["payload"] for row in table(export, "events"))


def test_times_carry_their_offset(export):
    assert {row["at"][-6:] for name in ("vitals", "events") for row in table(export, name)} == {"+00:00"}


def test_pandas_reads_the_values_of_the_session(export, room):
    whole = {"true": True, "false": False}
    times = ["at", "measured_at", "device_time"]
    read = pd.read_csv(
        export / "vitals.csv", keep_default_na=False, na_values={"value": [""]}, parse_dates=times
    )
    made = room.table().readings
    assert read["value"].dtype == "float64"
    assert read["value"].equals(made["value"])
    for name in ("at", "measured_at"):
        assert read[name].dt.as_unit("us").equals(made[name])
    for name in ("writer", "seq", "vital", "variant", "unit", "quality", "reason", "source", "superseded_by"):
        assert read[name].tolist() == made[name].tolist(), name
    assert [whole.get(one, one) for one in read["excluded"]] == made["excluded"].tolist()


def test_no_patient_is_named(desk, hands, tmp_path):
    room = Room(desk, hands, name="DEMO, Example", born="1900-01-01")
    export_csv(desk.file(room.session), tmp_path / "export", NOW)
    text = "".join(path.read_text("utf-8") for path in (tmp_path / "export").iterdir())
    assert ("DEMO, Example" in text, "1900-01-01" in text) == (False, False)


def test_an_export_is_never_written_over(export, room):
    with pytest.raises(CantWrite, match="holds an export already"):
        export_csv(room.desk.file(room.session), export, NOW)


@pytest.mark.parametrize("name", ["vitals.csv", "waves.csv", "verify.py"])
def test_a_file_that_an_export_would_write_over_is_left_as_it_is(room, tmp_path, name):
    (tmp_path / name).write_text("somebody's own")
    with pytest.raises(CantWrite, match="name another folder"):
        export_csv(room.desk.file(room.session), tmp_path, NOW)
    assert (tmp_path / name).read_text() == "somebody's own"


@pytest.mark.skipif(sys.platform == "win32", reason="rights are kept otherwise there")
def test_only_its_user_can_read_an_export(desk, tmp_path):
    patient = {"id": "INVENTED-1", "name": "DEMO, Example", "born": None}
    made = export_course(patient, [desk.file(ended(desk, "1"))], tmp_path / "course", NOW)
    assert {path.stat().st_mode & 0o777 for path in made} == {0o600}
    assert {path.parent.stat().st_mode & 0o777 for path in made} == {0o700}


def test_a_session_without_a_reading_is_exported_too(desk, tmp_path):
    export_csv(desk.file(open_session(desk)), tmp_path / "export", NOW)
    assert (table(tmp_path / "export", "vitals"), checked(tmp_path / "export").returncode) == ([], 0)


# All sessions of a patient.


def test_a_patients_sessions_stand_in_folders_with_one_index(desk, tmp_path):
    sessions = [ended(desk, room) for room in ("1", "2")]
    patient = {"id": "INVENTED-1", "name": "DEMO, Example", "born": None}
    export_course(patient, map(desk.file, sessions), tmp_path / "course", NOW)
    index = table(tmp_path / "course", "index")
    assert [(row["session"], row["state"], row["records"]) for row in index] == [
        (session, "closed", "5") for session in sessions
    ]
    assert all((tmp_path / "course" / row["folder"] / "vitals.csv").exists() for row in index)
    assert "name: DEMO, Example" in (tmp_path / "course" / "patient.txt").read_text("utf-8")
    (tmp_path / "course" / "patient.txt").unlink()  # whoever hands the rest on takes the name out
    assert checked(tmp_path / "course").stdout.count("\n") == 2


# The script, with nothing but Python.


def test_the_script_is_short():
    text = (config_folder() / "export" / "verify.py.txt").read_text("utf-8")
    assert len(text.splitlines()) <= 30


def test_the_script_prints_the_heads_of_a_whole_export(export, room):
    last = room.desk.file(room.session).records[-1]
    said = checked(export)
    assert (said.returncode, said.stdout.split()) == (
        0,
        [room.session, last.writer, str(last.seq + 1), last.digest],
    )


Lines = list[str]


@pytest.mark.parametrize(
    ("forge", "says"),
    [
        (lambda lines: [one.replace('"":185', '"":135') for one in lines], ":2: altered"),
        (lambda lines: [one.replace(NURSE, "someone") for one in lines], ":0: altered"),
        (lambda lines: lines[:4] + lines[5:], ":4: missing, or out of order: record 3"),
        (lambda lines: [*lines[:3], lines[4], lines[3], *lines[5:]], ":3: missing, or out of order"),
        (lambda lines: [*lines[:3], lines[2], *lines[3:]], ":1: missing, or out of order"),
    ],
    ids=["value", "author", "deleted", "swapped", "replayed"],
)
def test_the_script_names_the_first_record_that_is_wrong(
    export: Path, forge: Callable[[Lines], Lines], says: str
):
    rewrite(export, forge)
    said = checked(export)
    assert (said.returncode, says in said.stderr) == (1, True), said.stderr


@pytest.mark.parametrize("kept", [1, 2, -2], ids=["header only", "the first record", "the end cut off"])
def test_the_script_finds_a_cut_off_end_by_the_heads_in_the_readme(export, kept):
    rewrite(export, lambda lines: lines[:kept])
    said = checked(export)
    assert (said.returncode, said.returncode == 1 and "ONLY IN README.txt: " in said.stderr) == (1, True)


def test_the_script_finds_a_writers_chain_that_was_taken_out(desk, tmp_path):
    session = open_session(desk)
    first = desk.store.writer
    second = desk.store.begin_writer()
    desk.append(session, "session.end", NURSE, {})
    export_csv(desk.file(session), tmp_path / "export", NOW)
    rewrite(tmp_path / "export", lambda lines: [one for one in lines if second not in one[:60]])
    said = checked(tmp_path / "export")
    assert (said.returncode, f"ONLY IN README.txt: {second}" in said.stderr, first in said.stderr) == (
        1,
        True,
        False,
    )


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("vitals.csv", "session\n", "ONLY IN README.txt: "),
        ("events.csv", None, "ONLY IN README.txt: "),
        ("waves.csv", "made up\n", " NOT IN README.txt: "),
        ("README.txt", None, " NOT IN README.txt: "),
    ],
)
def test_the_script_finds_a_table_that_is_not_the_one_that_was_written(export, name, text, says):
    (export / name).unlink() if text is None else (export / name).write_text(text, "utf-8")
    said = checked(export)
    assert (said.returncode, says in said.stderr) == (1, True), said.stderr


def test_the_script_names_a_session_that_was_taken_out_of_a_patients_folder(desk, tmp_path):
    sessions, patient = [ended(desk, room) for room in ("1", "2")], {"id": "P", "name": None, "born": None}
    export_course(patient, map(desk.file, sessions), tmp_path / "course", NOW)
    gone = next((tmp_path / "course").glob(f"*{sessions[1]}"))
    shutil.rmtree(gone)
    said = checked(tmp_path / "course")
    assert (said.returncode, f"{gone.name}/README.txt" in said.stderr) == (1, True)


def test_the_script_compares_with_a_checkpoint_that_was_kept_elsewhere(export, room, tmp_path):
    places = Places(tmp_path / "checkpoints", None, tmp_path / "config")
    last, writer = room.desk.file(room.session).records[-1], room.desk.store.writer
    sign(places, writer, {room.session: {writer: (last.seq + 1, last.digest)}}, SECOND)
    assert checked(export, places.log(writer)).returncode == 0
    rewrite(export, lambda lines: lines[:-2])
    said = checked(export, places.log(writer))
    assert f":{last.seq}: not the one that a checkpoint names" in said.stderr


def test_the_script_checks_nothing_as_no_success(tmp_path):
    export = tmp_path / "empty"
    export.mkdir()
    (export / "verify.py").write_text((config_folder() / "export" / "verify.py.txt").read_text("utf-8"))
    assert checked(export).returncode == 1


def test_the_example_in_the_readme_gives_the_digest_beside_it(export):
    lines = (export / "README.txt").read_text("utf-8").splitlines()
    start = next(number for number, line in enumerate(lines) if "printf" in line)
    end = next(number for number, line in enumerate(lines) if "sha256sum" in line)
    command, digest = "\n".join(lines[start : end + 1]).strip(), lines[end + 1].strip()
    said = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False)
    if said.returncode:
        pytest.skip("no sha256sum here")
    assert said.stdout.split()[0] == digest


def checked(folder: Path, *more: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-I", folder / "verify.py", *more]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def rewrite(folder: Path, forge: Callable[[Lines], Lines]) -> None:
    path = folder / "ledger.csv"
    path.write_text("".join(forge(path.read_text("utf-8").splitlines(keepends=True))))


def table(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def header(folder: Path, name: str) -> str:
    return (folder / f"{name}.csv").read_text("utf-8").splitlines()[0]


def ended(desk: LedgerDesk, room: str) -> str:
    session = open_session(desk, room)
    desk.store.append([reading(session, desk.clock.now(), spo2=97.0)])
    desk.append(session, "session.end", NURSE, {})
    return session
