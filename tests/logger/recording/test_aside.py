"""No session harms another: faults, folders that are gone, drivers that hang."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Iterator

import pytest
from ledgers import NOON, NURSE, open_session
from plugs import Plug
from rooms import links, service, whole

from devices.errors import PortMissing
from devices.registry import adapter
from devices.simulators.running import stop_simulators
from logger.kinds import canonical
from logger.ledger.models import Entry
from logger.recording.aside import Aside
from logger.recording.running import RunningSession


@pytest.fixture(autouse=True)
def no_simulator_stays() -> Iterator[None]:
    yield
    stop_simulators()


def test_a_session_whose_folder_is_gone_is_put_aside_and_the_other_goes_on(tmp_path, monkeypatch):
    monkeypatch.setattr("logger.recording.aside.TAKE_UP", (0.0,))
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


def test_captures_that_are_gone_are_named_and_their_numbers_not_given_again(tmp_path):
    plug = Plug()
    with service(tmp_path / "x.db") as clinic:
        room = clinic.opens("1")
        clinic.attaches(room, f"masimo_ascii1={plug.name}")
        room.wait_for(lambda records: bool(links(records, "connected")))
        shutil.rmtree(tmp_path / "x.captures")
        clinic.attaches(room, f"masimo_ascii1={plug.name}")
        room.wait_for(lambda records: len(links(records, "connected")) == 2)
        told = [(record, json.loads(record.payload)) for record in room.file().records]
        [closed] = links(told, "capture_closed")
        assert "bring it back" in closed["cause"]
        assert [body["capture"] for body in links(told, "connected")] == [0, 1]
    plug.pull()


def test_a_capture_that_is_gone_when_a_session_is_resumed_is_named_once(desk, tmp_path):
    session = open_session(desk)
    device = {"source": "monitor", "event": "attached", "adapter": "nonin", "url": "socket://127.0.0.1:9"}
    desk.append(session, "device", NURSE, device)
    link = {"v": 1, "source": "monitor", "event": "connected", "capture": 4}
    desk.store.append([Entry(session, NOON, "link", "nonin", canonical(link))])
    for _ in range(2):
        row = desk.store.session(session)
        running = RunningSession(row, desk.store, desk.clock, lambda *_: None, lambda _: None)
        desk.store.append(running.resume(desk.store.records(session)))
        running.abandon()
    told = [(record, json.loads(record.payload)) for record in desk.store.records(session)]
    [gone] = links(told, "capture_closed")
    assert (gone["capture"], "monitor-4.bytes: it is not there any more" in gone["cause"]) == (4, True)


def test_bytes_of_a_session_that_could_keep_none_from_the_start_harm_nobody(tmp_path):
    plug = Plug()
    with service(tmp_path / "x.db") as clinic:
        bad = clinic.opens("1")
        (tmp_path / "x.captures").mkdir()
        (tmp_path / "x.captures" / bad.session).write_text("a file where the folder should be")
        clinic.attaches(bad, f"masimo_ascii1={plug.name}")
        for _ in range(50):
            plug.say(b"97\r\n")
        bad.wait_for(lambda records: any("can't be kept" in body.get("cause", "") for _, body in records))
        assert clinic.nurse.append(bad.session, "note", NURSE, {"text": "still here"}).seq
    plug.pull()


def test_a_fault_of_the_recorder_in_one_session_stops_no_other_and_loses_no_byte(tmp_path, monkeypatch):
    monkeypatch.setattr("logger.recording.aside.TAKE_UP", (0.0,))
    plug = Plug()
    with service(tmp_path / "x.db") as clinic:
        bad, good = clinic.opens("1"), clinic.opens("2")
        clinic.attaches(bad, f"nonin={plug.name}")
        bad.wait_for(lambda records: bool(links(records, "connected")))
        with monkeypatch.context() as broken:
            broken.setattr("logger.recording.source.Source._heard", None)
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


def test_an_entry_into_a_session_that_is_put_aside_waits_for_what_its_lines_still_bring(
    tmp_path, monkeypatch
):
    monkeypatch.setattr("logger.recording.aside.TAKE_UP", (1000.0,))
    quiet = iter([False, False, True])
    monkeypatch.setattr(RunningSession, "is_quiet", lambda running: next(quiet))
    plug = Plug()
    with service(tmp_path / "x.db") as clinic:
        room = clinic.opens("1")
        clinic.attaches(room, f"nonin={plug.name}")
        room.wait_for(lambda records: bool(links(records, "connected")))
        with monkeypatch.context() as broken:
            broken.setattr("logger.recording.source.Source._heard", None)
            plug.say(frames_of_a_nonin(2))
            room.wait_for(lambda records: any("TypeError" in body.get("cause", "") for _, body in records))
        clinic.nurse.append(room.session, "note", NURSE, {"text": "still here"})
        assert next(quiet, "asked until it was") == "asked until it was"
        room.wait_for(lambda records: len(links(records, "connected")) == 2)
    plug.pull()


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

    monkeypatch.setattr("logger.recording.line.open_port", hangs)
    monkeypatch.setattr("logger.recording.running.HANGS", 0.0)
    monkeypatch.setattr("logger.recording.recorder.GIVE_UP", 0.1)
    with service(tmp_path / "x.db") as clinic:
        room = clinic.opens("1")
        clinic.attaches(room, "nonin=/dev/ttyUSB9")
        room.wait_for(lambda records: any("does not come back" in b.get("cause", "") for _, b in records))
        clinic.ends(room)
        assert room.file().row["state"] == "closed"
        hang.set()


# When a session is taken up again.


class Session:
    """As much of a running session as is asked while it is put aside."""

    id = "S"

    def __init__(self, *, quiet: bool = True) -> None:
        self.quiet = quiet

    def abandon(self) -> None: ...

    def drop(self) -> None: ...

    def is_quiet(self) -> bool:
        return self.quiet


def due(aside: Aside, now: float) -> bool:
    return list(aside.due(now)) == ["S"]


def test_a_session_that_fails_again_and_again_waits_longer_each_time():
    aside, now, waited = Aside(), 0.0, []
    for _ in range(5):
        aside.put(Session(), now)
        waited.append(next(seconds for seconds in range(1000) if due(aside, now + seconds)))
        now += waited[-1]
        aside.take("S")
    assert waited == [2, 10, 60, 300, 300]


def test_a_session_that_went_well_for_long_is_taken_up_at_once_again():
    aside = Aside()
    for now in (0.0, 10_000.0):
        aside.put(Session(), now)
        aside.take("S")
    aside.put(Session(), 20_000.0)
    assert due(aside, 20_002.0)


def test_a_line_that_hangs_does_not_hold_its_session_back_for_ever():
    aside = Aside()
    aside.put(Session(quiet=False), 0.0)
    assert (due(aside, 2.0), due(aside, 5.0)) == (False, True)
    assert (bool(aside), "S" in aside, "T" in aside) == (True, True, False)
