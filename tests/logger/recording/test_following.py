"""`record` at a recorder service: what is refused before a session is opened, and what is told."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from ledgers import NURSE, opening, url_of
from plugs import Plug
from rooms import recording, service

from devices.errors import PortMissing, UsageError
from devices.simulators.running import stop_simulators
from logger.errors import LineTaken, OwnerSilent, SessionInTheWay
from logger.ledger.owner import owner_file
from logger.recording.following import follow, open_through, service_of
from logger.recording.one_session import wanted_devices


@pytest.fixture(autouse=True)
def no_simulator_stays() -> Iterator[None]:
    yield
    stop_simulators()


def test_a_service_is_found_by_its_ledger_and_a_recorder_of_one_session_is_none(tmp_path):
    with service(tmp_path / "x.db"):
        desk = service_of(url_of(tmp_path / "x.db"))
        assert desk is not None
        desk.close()
    assert service_of(url_of(tmp_path / "x.db")) is None
    with recording(tmp_path / "x.db"):
        assert service_of(url_of(tmp_path / "x.db")) is None


@pytest.mark.parametrize(
    ("device", "error"),
    [
        ("nonin=/dev/no-such-port", PortMissing),
        ("nonin=simulate:nonin?speed=100", UsageError),
    ],
)
def test_no_session_is_opened_for_a_device_that_can_not_be_heard(tmp_path, device, error):
    with service(tmp_path / "x.db") as clinic:
        with pytest.raises(error):
            open_through(clinic.nurse, opening(), wanted_devices([device]))
        assert clinic.nurse.status().sessions == []


def test_no_session_is_opened_for_a_line_that_another_one_hears(tmp_path):
    plug = Plug()
    with service(tmp_path / "x.db") as clinic:
        clinic.attaches(clinic.opens("1"), f"nonin={plug.name}")
        with pytest.raises(LineTaken):
            open_through(clinic.nurse, opening("2", "INVENTED-2"), wanted_devices([f"nonin={plug.name}"]))
        assert len(clinic.nurse.status().sessions) == 1
    plug.pull()


def test_a_patient_who_is_in_another_room_is_refused(tmp_path):
    with service(tmp_path / "x.db") as clinic:
        clinic.opens("1", "INVENTED-1")
        with pytest.raises(SessionInTheWay):
            open_through(clinic.nurse, opening("2", "INVENTED-1"), [])


def test_the_same_command_again_finds_the_session_and_attaches_no_device_twice(tmp_path):
    devices = wanted_devices(["masimo_ascii1=simulate:masimo_ascii1"])
    with service(tmp_path / "x.db") as clinic:
        first, second = (open_through(clinic.nurse, opening(), devices) for _ in range(2))
        attached = [record for record in clinic.nurse.file(first).records if record.kind == "device"]
    assert first == second
    assert len(attached) == 1


def test_who_follows_is_told_what_becomes_of_the_devices_until_the_session_is_closed(tmp_path):
    told: list[str] = []
    with service(tmp_path / "x.db") as clinic:
        session = open_through(clinic.nurse, opening(), [])
        clinic.nurse.append(session, "note", NURSE, {"text": "nobody's business here"})
        clinic.nurse.append(session, "session.end", NURSE, {})
        assert (
            follow(url_of(tmp_path / "x.db"), clinic.nurse, session, told.append, threading.Event(), None)
            == "closed"
        )
    assert told[0].startswith("Session opened in room 1")
    assert not any("nobody's business" in line for line in told)


def test_who_is_stopped_or_has_followed_long_enough_leaves_the_session_open(tmp_path):
    stopped = threading.Event()
    with service(tmp_path / "x.db") as clinic:
        session = open_through(clinic.nurse, opening(), [])
        assert (
            follow(url_of(tmp_path / "x.db"), clinic.nurse, session, lambda _: None, stopped, 0.0) == "open"
        )
        stopped.set()
        assert (
            follow(url_of(tmp_path / "x.db"), clinic.nurse, session, lambda _: None, stopped, None) == "open"
        )


def test_who_follows_a_recorder_that_is_ended_is_told_so_and_that_the_session_stays_open(tmp_path):
    url, begun, stopped = url_of(tmp_path / "x.db"), threading.Event(), threading.Event()
    with ThreadPoolExecutor(1) as beside:
        with service(tmp_path / "x.db") as clinic:
            session = open_through(clinic.nurse, opening(), [])
            desk = service_of(url)
            followed = beside.submit(follow, url, desk, session, lambda _: begun.set(), stopped, None)
            begun.wait()
        with pytest.raises(OwnerSilent, match=f"the recorder has stopped; session {session} stays open"):
            followed.result()
    desk.close()


def test_a_recorder_that_was_killed_does_not_answer(tmp_path):
    url, stopped = url_of(tmp_path / "x.db"), threading.Event()
    stopped.set()
    with service(tmp_path / "x.db") as clinic:
        session, desk = open_through(clinic.nurse, opening(), []), service_of(url)
        notice = owner_file(tmp_path / "x.db").read_bytes()
    owner_file(tmp_path / "x.db").write_bytes(notice)  # nobody took it back
    desk.close()
    with pytest.raises(OwnerSilent, match="does not answer"):
        follow(url, desk, session, lambda _: None, stopped, None)
