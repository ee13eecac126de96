"""One recorder for many sessions: opened, heard and ended through its desk; none harms another."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from ledgers import NURSE, Hands, desk_at, kinds_of, url_of
from plugs import Plug
from rooms import Room, ledger, links, readings, recording, whole

from devices.errors import PortMissing, UsageError
from devices.registry import adapter
from devices.simulators.faults import parse_faults
from devices.simulators.running import start, stop_simulators
from logger.clock import SECOND
from logger.control import RemoteDesk
from logger.desk import LedgerDesk
from logger.errors import LedgerOwned, LineTaken, SessionInTheWay
from logger.models import Written
from logger.owner import read_notice
from logger.recorder import Recorder
from logger.recording import wanted_devices
from logger.service import start_service
from logger.sessions import open_ledger
from logger.settings import Settings


@pytest.fixture(autouse=True)
def no_simulator_stays() -> Iterator[None]:
    yield
    stop_simulators()


class Service:
    """A recorder service at work in a thread, and the way to it."""

    def __init__(self, nurse: RemoteDesk, recorder: Recorder, database: Path) -> None:
        self.nurse, self.recorder, self.database = nurse, recorder, database

    def opens(self, room: str, patient: str = "", **more: Any) -> Room:
        asked = {"room": room, "patient": patient or f"INVENTED-{room}", **more}
        session = self.nurse.append("", "session.open", NURSE, asked).session
        return Room(session, self.nurse, self.recorder, self.database)

    def attaches(self, room: Room, text: str) -> None:
        [device] = wanted_devices([text])
        self.nurse.append(room.session, "device", NURSE, device.payload())

    def ends(self, room: Room) -> None:
        self.nurse.append(room.session, "session.end", NURSE, {})


@contextmanager
def service(database: Path, desk: LedgerDesk | None = None) -> Iterator[Service]:
    desk = desk or open_ledger(url_of(database), create=True)
    recorder = start_service(desk, Settings(zone="UTC"), lambda _: None)
    thread = threading.Thread(target=recorder.run)
    thread.start()
    notice = read_notice(database)
    assert notice is not None
    nurse = RemoteDesk(notice)
    try:
        yield Service(nurse, recorder, database)
    finally:
        recorder.stop()
        thread.join()
        nurse.close()
        desk.close()


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


# No session harms another.


def test_a_session_whose_folder_is_gone_is_put_aside_and_the_other_goes_on(tmp_path, monkeypatch):
    monkeypatch.setattr("logger.aside.TAKE_UP", (0.0,))
    plug, other = Plug(), Plug()
    with service(tmp_path / "x.db") as clinic:
        bad, good = clinic.opens("1"), clinic.opens("2")
        (tmp_path / "x.captures").mkdir()
        (tmp_path / "x.captures" / bad.session).write_text("a file where the folder should be")
        clinic.attaches(bad, f"masimo_ascii1={plug.name}")
        clinic.attaches(good, f"nonin={other.name}")
        bad.wait_for(lambda records: any("can't be kept" in body.get("cause", "") for _, body in records))
        good.wait_for(lambda records: bool(links(records, "connected")))
        (tmp_path / "x.captures" / bad.session).unlink()
        bad.wait_for(lambda records: bool(links(records, "connected")))
    plug.pull()
    other.pull()


def test_a_fault_of_the_recorder_in_one_session_stops_no_other_and_loses_no_byte(tmp_path, monkeypatch):
    monkeypatch.setattr("logger.aside.TAKE_UP", (0.0,))
    plug = Plug()
    with service(tmp_path / "x.db") as clinic:
        bad, good = clinic.opens("1"), clinic.opens("2")
        clinic.attaches(bad, f"nonin={plug.name}")
        bad.wait_for(lambda records: bool(links(records, "connected")))
        with monkeypatch.context() as broken:
            broken.setattr("logger.source.Source._heard", None)
            plug.say(frames_of_a_nonin(2))
            bad.wait_for(lambda records: any("TypeError" in body.get("cause", "") for _, body in records))
        bad.wait_for(lambda records: len(links(records, "connected")) == 2)
        assert clinic.nurse.append(good.session, "note", NURSE, {"text": "still here"}).seq
        clinic.ends(bad)
        file = bad.file()
    plug.pull()
    unread = [json.loads(record.payload) for record in file.records if record.kind == "unread"]
    assert sum(body["length"] for body in unread) == len(frames_of_a_nonin(2))
    assert whole(file, tmp_path)


def frames_of_a_nonin(seconds: int) -> bytes:
    from devices.simulators.rehearsal import record_capture

    return record_capture("nonin", seconds)


def test_a_decoder_that_raises_when_it_should_ask_is_named_once_and_its_device_still_heard(
    tmp_path, monkeypatch
):
    def due(self: object, elapsed: float) -> list[object]:
        raise ZeroDivisionError

    monkeypatch.setattr(type(adapter("datex_dri").decoder()), "due", due)
    plug = Plug()
    with service(tmp_path / "x.db") as clinic:
        room = clinic.opens("1")
        clinic.attaches(room, f"datex_dri={plug.name}")
        room.wait_for(lambda records: bool(links(records, "refused")))
        plug.say(b"no frame of anybody \x7e")
        room.wait_for(lambda _: next((tmp_path / "x.captures").rglob("*.bytes")).stat().st_size > 10)
        assert len(links([(r, json.loads(r.payload)) for r in room.file().records], "refused")) == 1
    plug.pull()


def test_a_driver_that_hangs_is_named_and_does_not_keep_a_session_from_ending(tmp_path, monkeypatch):
    hang = threading.Event()

    def hangs(*_: object, **__: object) -> None:
        hang.wait()
        raise PortMissing("it came back at last")

    monkeypatch.setattr("logger.line.open_port", hangs)
    monkeypatch.setattr("logger.running.HANGS", 0.0)
    monkeypatch.setattr("logger.recorder.GIVE_UP", 0.1)
    with service(tmp_path / "x.db") as clinic:
        room = clinic.opens("1")
        clinic.attaches(room, "nonin=/dev/ttyUSB9")
        room.wait_for(lambda records: any("does not come back" in b.get("cause", "") for _, b in records))
        clinic.ends(room)
        assert room.file().row["state"] == "closed"
        hang.set()


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
