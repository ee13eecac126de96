"""Starting in a room: the open session first, the recorder where it is heard, and without a monitor else."""

from __future__ import annotations

import orjson
from web_clinic import ClinicOnTheWeb

START = {"patient": "INVENTED-7", "name": "Demo Invented", "protocol": "iv_ketamine_40min"}


def ends(clinic: ClinicOnTheWeb) -> None:
    clinic.of("nurse").posts("/rooms/1/start/end", {"session": clinic.session, "key": "k" * 12})


def test_a_room_with_an_open_session_first_asks_to_end_it(clinic_web: ClinicOnTheWeb):
    assert "A session is open here" in clinic_web.of("nurse").sees("/rooms/1/start")
    ends(clinic_web)
    ended = next(one for one in clinic_web.records() if one.kind == "session.end")
    assert ended.author == "n.nurse"
    assert "Step 1 of 3" in clinic_web.of("nurse").sees("/rooms/1/start")


def test_without_a_recorder_a_session_starts_without_a_monitor(clinic_web: ClinicOnTheWeb):
    browser = clinic_web.of("nurse")
    refused = browser.posts("/rooms/2/start", START)
    assert refused.status_code == 503
    assert "can be started without a monitor" in refused.text
    assert "INVENTED-7" in refused.text
    begun = browser.posts("/rooms/2/start", START | {"without": "yes", "number": "2", "planned": "6"})
    assert begun.headers["location"] == "/rooms/2"
    row = clinic_web.web.open_row("2")
    assert row is not None
    opened = clinic_web.records(row["id"])[0]
    assert opened.author == "n.nurse"
    assert orjson.loads(opened.payload)["course"]["number"] == 2
    page = clinic_web.on_a_rooms_screen(browser, "2").sees("/rooms/2")
    assert "No monitor is connected" in page


def test_a_start_without_a_patient_is_asked_again(clinic_web: ClinicOnTheWeb):
    answer = clinic_web.of("nurse").posts("/rooms/2/start", START | {"patient": ""})
    assert answer.status_code == 422
    assert "id of the patient" in answer.text


def test_a_device_that_no_recorder_can_hear_is_said(clinic_web: ClinicOnTheWeb):
    said = {"adapter": "masimo_ascii1", "url": "/dev/ttyUSB0"}
    answer = clinic_web.of("nurse").posts("/rooms/1/start/device", said)
    assert answer.status_code == 422
    assert "go on without a monitor" in answer.text
