"""The command that compares a device with its own screen: from a file of answers, and from a terminal."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from ledgers import NURSE, Hands, desk_at, frame, open_session

from logger.clock import SECOND, moment, wall
from logger.entering.sessions import open_ledger
from logger.kinds import ROOM, Link, text_of
from logger.ledger.models import Entry

ABOUT = 'model = "Invented 1"\nserial = "SN-1"\nfirmware = "1.2"\n'
SATURATIONS = range(88, 98)


@pytest.fixture
def session(database) -> str:
    """An open session whose oximeter said ten saturations, lost its line and found it again."""
    hands = Hands(wall=wall() - 60 * SECOND)
    desk = desk_at(database, hands)
    try:
        session = open_session(desk)
        said = {"source": "nonin", "event": "attached", "adapter": "nonin", "url": "/dev/ttyUSB0"}
        desk.append(session, "device", NURSE, said)
        links = [Link(source="nonin", event="connected", port="/dev/ttyUSB0", identity="usb:DEMO")]
        since = moment(desk.clock.now())
        links += [Link(source="nonin", event="lost", cause="unplugged", since=since)]
        links += [Link(source="nonin", event="heard", since=since)]
        for link in links:
            hands.move(1)
            desk.store.append([Entry(session, desk.clock.now(), "link", "recorder", text_of(link))])
        for value in SATURATIONS:
            hands.move(1)
            entry = frame(session, desk.clock.now(), {"vital": "spo2", "value": value}, source="nonin")
            desk.store.append([entry])
        return session
    finally:
        desk.close()


def times(database: Path, session: str) -> Iterator[str]:
    """Yield when each saturation was said."""
    desk = open_ledger(f"sqlite:///{database}")
    try:
        for record in desk.file(session).records:
            if record.kind == "reading":
                yield moment(record.at).isoformat()
    finally:
        desk.close()


@pytest.fixture
def answers(database, session) -> Path:
    """What a person who reads the screen well has typed."""
    spoken = list(times(database, session))
    lines = [f'[[spo2]]\nat = "{at}"\nshown = {value}' for at, value in zip(spoken, SATURATIONS, strict=True)]
    file = database.parent / "answers.toml"
    file.write_text(ABOUT + "\n".join([*lines, f'[cable]\nat = "{spoken[-1]}"']) + "\n")
    return file


def recorded(database: Path) -> list[dict]:
    desk = open_ledger(f"sqlite:///{database}")
    try:
        return [json.loads(r.payload) for r in desk.store.records(ROOM + "1") if r.kind == "device.checked"]
    finally:
        desk.close()


def test_a_check_that_agrees_passes_and_is_a_record_of_the_room(command, database, answers):
    said = command("site-check", "nonin", "--answers", str(answers), "--author", NURSE)
    assert (said.status, said.complaint) == (0, "")
    assert "passed" in said.out
    (result,) = recorded(database)
    assert (result["passed"], result["firmware"], result["identity"]) == (True, "1.2", "usb:DEMO")
    assert result["performed_by"]["name"] == NURSE


def test_a_passed_check_takes_the_banner_off_the_page(command, answers):
    assert "Not checked at this site" in command("show", "last").out
    command("site-check", "nonin", "--answers", str(answers))
    assert "Not checked at this site" not in command("show", "last").out


def test_a_check_that_does_not_agree_says_what_and_its_status_is_no(command, database, answers):
    answers.write_text(answers.read_text().replace("shown = 90", "shown = 60"))
    said = command("site-check", "nonin", "--answers", str(answers))
    assert said.status == 1
    assert "NOT passed: spo2: 9 of 10; spo2: 1 not as logged" in said.out
    assert not recorded(database)[0]["passed"]


def test_a_result_for_programs_names_its_record(command, answers):
    result = command("site-check", "nonin", "--answers", str(answers), "--json").json
    assert result["passed"]
    assert result["record"].endswith(":0")
    assert len(result["values"]) == 11


@pytest.mark.parametrize(
    ("words", "change", "sentence"),
    [
        (["nobody"], None, "nobody is no device of this session; there are: nonin"),
        (["nonin"], ("firmware", "firm"), "site-check: give --firmware"),
        (["nonin"], ("shown = 90", 'shown = "9O"'), "spo2: 9O is not of the form 97"),
        (["nonin"], ("shown = 90", ""), "spo2 3: it needs at = TIME and shown = 97"),
        (["nonin"], ("[cable]\nat", "[cable]\nthen"), "cable 1: it needs at = TIME; a time"),
        (["nonin"], ("[cable]", "[cable"), "no TOML"),
    ],
)
def test_a_wrong_answer_is_named(command, answers, words, change, sentence):
    if change:
        answers.write_text(answers.read_text().replace(*change))
    said = command("site-check", *words, "--answers", str(answers))
    assert said.status == 2
    assert sentence in said.complaint


def test_a_file_that_is_not_there_is_named(command, session):
    said = command("site-check", "nonin", "--answers", "/nowhere/answers.toml")
    assert "/nowhere/answers.toml: can't be read" in said.complaint


def test_without_a_terminal_it_wants_a_file(command, session):
    said = command("site-check", "nonin", "--model", "M", "--serial", "S", "--firmware", "F")
    assert (said.status, "--answers FILE" in said.complaint) == (2, True)


def test_a_pump_has_no_value_to_type(command, database, answers):
    command("attach", "ne1000=/dev/ttyUSB7")
    said = command("site-check", "ne1000", "--answers", str(answers))
    assert "there is nothing to type" in said.complaint


def test_at_a_terminal_it_asks_and_shows_nothing_of_the_log(command, monkeypatch, session):
    asked: list[str] = []

    typed = iter(["97", "x", "97", ""])
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    monkeypatch.setattr("builtins.input", lambda question: asked.append(question) or next(typed, ""))
    words = ["--model", "M", "--serial", "S", "--firmware", "F", "--author", NURSE]
    said = command("site-check", "nonin", *words)
    assert said.status == 1
    assert asked[0].startswith("spo2 1 of 10.")
    assert "x is not of the form 97" in said.out
    assert [q for q in asked if q.startswith("cable")]
    assert not any("logged 9" in question for question in asked)
