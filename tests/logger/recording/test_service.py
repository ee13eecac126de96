"""One recorder for many sessions: opened, heard and ended through its desk; none harms another."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ledgers import NURSE, Hands, desk_at, kinds_of
from plugs import Plug
from rooms import Room, ledger, links, readings, recording, service, whole

from devices.errors import UsageError
from devices.simulators.faults import parse_faults
from devices.simulators.running import start, stop_simulators
from logger.clock import SECOND
from logger.errors import LedgerOwned, LineTaken, SessionInTheWay
from logger.ledger.models import Written


@pytest.fixture(autouse=True)
def no_simulator_stays() -> Iterator[None]:
    yield
    stop_simulators()


def test_a_service_without_a_session_waits_for_one_and_says_what_it_is(tmp_path):
    with service(tmp_path / "x.db") as clinic:
        assert clinic.nurse.status().service
        room = clinic.opens("1")
        assert [record.kind for record in room.file().records] == ["session.open", "clock"]
        clinic.ends(room)
        assert room.file().row["state"] == "closed"
        assert clinic.nurse.status().service


def test_names_go_to_the_patient_s_table_and_into_no_record(tmp_path):
    with service(tmp_path / "x.db") as clinic:
        file = clinic.opens("1", name="DEMO, Example", born="1970-01-01").file()
    assert (file.patient["name"], file.patient["born"]) == ("DEMO, Example", "1970-01-01")
    assert not any("Example" in record.payload for record in file.records)


def test_six_sessions_are_recorded_at_once_and_nothing_is_lost(tmp_path):
    names, then_silent = ("masimo_ascii1", "nonin") * 3, parse_faults(["silence@30+100000"])
    truths = [tmp_path / f"{seed}.jsonl" for seed in range(len(names))]
    monitors = [
        start(name, seed=seed, speed=10.0, faults=then_silent, truth_file=truths[seed])
        for seed, name in enumerate(names)
    ]
    with service(tmp_path / "x.db") as clinic:
        rooms = [clinic.opens(str(number)) for number in range(len(names))]
        for room, name, monitor in zip(rooms, names, monitors, strict=True):
            clinic.attaches(room, f"{name}={monitor.url}")
        for room, truth in zip(rooms, truths, strict=True):
            room.wait_for(lambda records: bool(links(records, "silent")))
            room.wait_for(lambda records, truth=truth: tiled(records) == sent(truth) > 0)
            clinic.ends(room)
        files = [room.file() for room in rooms]
    for monitor in monitors:
        monitor.stop()
    assert [whole(file, tmp_path) for file in files] == [True] * len(names)


def sent(truth: Path) -> int:
    said = [json.loads(line) for line in truth.read_text("utf-8").splitlines()]
    return sum(one["length"] for one in said if one["arrived"])


def tiled(records: list[tuple[Written, dict[str, Any]]]) -> int:
    """Return up to where the records of a device leave no byte out and hold none twice."""
    end = 0
    for _, body in records:
        if "offset" in body and body["offset"] == end:
            end += body["length"]
    return end


def test_open_sessions_are_taken_up_by_the_service_that_starts(tmp_path):
    plug = Plug()
    with service(tmp_path / "x.db") as clinic:
        rooms = [clinic.opens("1"), clinic.opens("2")]
        clinic.attaches(rooms[0], f"masimo_ascii1={plug.name}")
    with service(tmp_path / "x.db") as clinic:
        first, second = (Room(room.session, clinic.nurse, clinic.recorder, room.database) for room in rooms)
        first.wait_for(lambda records: bool(links(records, "connected")))
        assert [record.kind for record in second.file().records][-2:] == ["session.pause", "session.resume"]
    plug.pull()


def test_a_session_of_record_goes_on_in_the_service(tmp_path):
    with recording(tmp_path / "x.db") as room:
        pass
    with service(tmp_path / "x.db") as clinic:
        assert clinic.opens("1", "INVENTED-1").session == room.session


# Overlaps.


def test_the_session_that_is_open_in_the_room_is_the_answer_to_the_same_question(tmp_path):
    with service(tmp_path / "x.db") as clinic:
        assert clinic.opens("1", "INVENTED-1").session == clinic.opens("1 ", "INVENTED-1").session


def test_a_room_with_another_patient_s_open_session_is_refused(tmp_path):
    with service(tmp_path / "x.db") as clinic:
        clinic.opens("1", "INVENTED-1")
        with pytest.raises(SessionInTheWay, match="close --session"):
            clinic.opens("1", "INVENTED-2")


@pytest.mark.parametrize("other", ["{}?baud=4800", "/dev/../{}"])
def test_a_line_that_one_session_hears_is_refused_to_another(tmp_path, other):
    plug = Plug()
    with service(tmp_path / "x.db") as clinic:
        first, second = clinic.opens("1"), clinic.opens("2")
        clinic.attaches(first, f"masimo_ascii1={plug.name}")
        with pytest.raises(LineTaken, match=f"detach masimo_ascii1 --session {first.session}"):
            clinic.attaches(second, f"nonin={other.format(plug.name)}")
        clinic.nurse.append(first.session, "device", NURSE, {"source": "masimo_ascii1", "event": "detached"})
        clinic.attaches(second, f"masimo_ascii1={plug.name}")
    plug.pull()


def test_a_recorder_of_one_session_opens_no_other(tmp_path):
    with recording(tmp_path / "x.db") as room, pytest.raises(LedgerOwned, match=str(os.getpid())):
        room.nurse.append("", "session.open", NURSE, {"room": "2", "patient": "INVENTED-2"})


@pytest.mark.parametrize(
    ("session", "asked", "said"),
    [
        ("", {"room": "1"}, "patient"),
        ("", {"room": "1", "patient": "P", "dose": 1}, "dose"),
        ("", {"room": "1", "patient": "P", "protocol": "none_such"}, "none_such"),
        ("my-own-id", {"room": "1", "patient": "P"}, "leave the session out"),
    ],
)
def test_what_can_not_be_opened_is_refused_with_a_sentence(tmp_path, session, asked, said):
    with service(tmp_path / "x.db") as clinic, pytest.raises(UsageError, match=said):
        clinic.nurse.append(session, "session.open", NURSE, asked)


# Time.


def test_a_clock_that_was_set_while_nobody_was_recorded_is_taken_over(tmp_path):
    hands = Hands()
    with service(tmp_path / "x.db", desk_at(tmp_path / "x.db", hands)) as clinic:
        hands.wall += 3600 * SECOND
        wait_until(lambda: clinic.nurse.status().now == hands.wall)


def test_a_clock_that_was_set_in_a_session_is_taken_over_when_it_has_ended(tmp_path):
    hands = Hands()
    with service(tmp_path / "x.db", desk_at(tmp_path / "x.db", hands)) as clinic:
        room = clinic.opens("1")
        hands.wall -= 60 * SECOND
        room.wait_for(lambda records: any(body.get("event") == "stepped" for _, body in records))
        hands.move(600)
        assert clinic.nurse.status().now == hands.wall + 60 * SECOND
        clinic.ends(room)
        hands.move(600)
        wait_until(lambda: clinic.nurse.status().now == hands.wall)


def wait_until(holds: Callable[[], bool]) -> None:
    for _ in range(600):
        if holds():
            return
        threading.Event().wait(0.05)
    pytest.fail("it never came to what the test waits for")


def test_a_simulated_session_of_a_quicker_clock_is_not_taken_up(tmp_path):
    quick = "masimo_ascii1=simulate:masimo_ascii1?speed=100"
    with recording(tmp_path / "x.db", quick) as room:
        room.wait_for(lambda records: bool(readings(records)))
    with service(tmp_path / "x.db") as clinic:
        assert clinic.nurse.status().devices == []
    with ledger(tmp_path / "x.db") as desk:
        assert kinds_of(desk.file(room.session).records)[-1] == "session.pause"
