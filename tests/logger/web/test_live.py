"""The live page: last values on the room's own screen, what is not heard in words, and nothing made up."""

from __future__ import annotations

import gzip
import re
from typing import Any

import orjson
import pytest
from ledgers import frame
from web_clinic import ClinicOnTheWeb

from analysis.schedule import schedule_of
from logger.clock import moment
from logger.reviewing.frames import build
from logger.web.live.fold import Fold

SPO2, PULSE = {"vital": "spo2", "value": 98}, {"vital": "spo2_pr", "value": 72}
CUFF = ({"vital": "nibp_sys", "value": 132}, {"vital": "nibp_dia", "value": 84})


def hears(clinic: ClinicOnTheWeb, *values: dict[str, Any], after: float = 1, **more: Any) -> None:
    """Have a frame of the room's monitor come in, as forwarding brings it."""
    clinic.hands.move(after)
    with clinic.web.desk() as desk:
        written = desk.store.append([frame(clinic.session, desk.clock.now(), *values, **more)])
    clinic.web.publish(written)


def live(clinic: ClinicOnTheWeb) -> Any:
    return clinic.on_a_rooms_screen(clinic.of("nurse")).gets("/rooms/1/live.json").json()


def vital(clinic: ClinicOnTheWeb, label: str) -> Any:
    return next(one for one in live(clinic)["vitals"] if one["label"] == label)


def test_the_last_value_is_shown_as_it_came(clinic_web: ClinicOnTheWeb):
    hears(clinic_web, SPO2, PULSE)
    hears(clinic_web, {"vital": "spo2", "value": 97}, PULSE)
    assert vital(clinic_web, "SpO2")["value"] == "97"
    assert ">97<" in clinic_web.on_a_rooms_screen(clinic_web.of("nurse")).sees("/rooms/1")


def test_a_value_that_the_device_has_not_is_a_reason_and_no_number(clinic_web: ClinicOnTheWeb):
    hears(clinic_web, SPO2)
    hears(clinic_web, {"vital": "spo2", "value": None, "reason": "sensor_off"})
    assert (vital(clinic_web, "SpO2")["value"], vital(clinic_web, "SpO2")["why"]) == ("", "sensor off")


def test_an_old_cuff_value_stands_in_brackets_with_its_time(clinic_web: ClinicOnTheWeb):
    hears(clinic_web, *CUFF)
    hears(clinic_web, SPO2, after=301)
    page = clinic_web.on_a_rooms_screen(clinic_web.of("nurse")).sees("/rooms/1")
    assert "(132/84)" in page


def test_a_held_value_is_asked_about_and_is_no_value(clinic_web: ClinicOnTheWeb):
    hears(clinic_web, *({**one, "reason": "held", "quality": "invalid"} for one in CUFF))
    page = clinic_web.on_a_rooms_screen(clinic_web.of("nurse")).sees("/rooms/1")
    assert "? 132/84 was on monitor before" in page
    assert f"/sessions/{clinic_web.session}/claim/" in page
    assert not live(clinic_web)["vitals"]


def test_a_failed_cycle_is_said(clinic_web: ClinicOnTheWeb):
    hears(clinic_web, *CUFF)
    hears(clinic_web, {"vital": "nibp_sys", "value": None, "reason": "failed"})
    assert [one["source"] for one in live(clinic_web)["failed"]] == ["monitor"]
    assert vital(clinic_web, "blood pressure")["value"] == "132/84"


def test_a_withdrawn_reading_is_shown_no_more(clinic_web: ClinicOnTheWeb):
    hears(clinic_web, SPO2)
    typed = {"source": "manual", "readings": [{"vital": "resp_rate", "value": 14}]}
    written = clinic_web.says("n.nurse", "reading", **typed)
    clinic_web.web.publish([written])
    assert vital(clinic_web, "resp. rate")["by_hand"]
    wrong = clinic_web.says("n.nurse", "amend", target=written.ref, withdrawn=True, reason="mis-tap")
    clinic_web.web.publish([wrong])
    assert [one["label"] for one in live(clinic_web)["vitals"]] == ["SpO2"]


def test_live_numbers_are_for_the_rooms_own_screen(clinic_web: ClinicOnTheWeb):
    hears(clinic_web, SPO2)
    browser = clinic_web.of("nurse")
    assert "Go to the room" in browser.sees("/rooms/1")
    assert ">98<" not in browser.sees("/rooms/1")
    for path in ("live.json", "events", "chart.svg", "panel"):
        assert browser.gets(f"/rooms/1/{path}").status_code == 403


def test_what_comes_bit_by_bit_is_what_is_read_at_once(clinic_web: ClinicOnTheWeb):
    live(clinic_web)
    for number in range(40):
        cuff = CUFF if number % 10 == 0 else ()
        hears(clinic_web, {"vital": "spo2", "value": 90 + number % 7}, *cuff)
        if number == 20:
            clinic_web.web.publish([clinic_web.says("n.nurse", "infusion.start", drug="ketamine")])
    whole = clinic_web.desk.file(clinic_web.session)
    with clinic_web.app.state.watching.folded(clinic_web.session) as bit_by_bit:
        at_once = Fold(whole)
        assert bit_by_bit.series == at_once.series
        assert bit_by_bit.cycles == at_once.cycles
        now = moment(clinic_web.desk.clock.now())
        assert bit_by_bit.due(now) == schedule_of(build(whole), now)


@pytest.mark.parametrize("answer", ["yes", "no", "different"])
def test_the_monitor_beside_the_patient_is_asked_about(clinic_web: ClinicOnTheWeb, answer: str):
    attached = clinic_web.says(
        "n.nurse", "device", source="monitor", event="attached", adapter="masimo_ascii1", url="/dev/ttyS9"
    )
    with clinic_web.web.desk() as desk:
        heard = frame(clinic_web.session, desk.clock.now(), SPO2)
        link = {"v": 1, "source": "monitor", "event": "heard"}
        written = desk.store.append([heard.__class__(*_link(heard, link)), heard])
    clinic_web.web.publish([attached, *written])
    browser = clinic_web.on_a_rooms_screen(clinic_web.of("nurse"))
    assert "Does the monitor beside this patient show SpO2 98" in browser.sees("/rooms/1")
    answered = browser.posts("/rooms/1/heard", {"source": "monitor", "answer": answer, "shown-spo2": "98"})
    assert answered.status_code == 303
    said = orjson.loads(clinic_web.records()[-1].payload)
    assert (said["answer"], said["shown"]) == (answer, {"spo2": 98.0})
    assert ("Does the monitor" in browser.sees("/rooms/1")) == (answer != "yes")


def test_records_that_are_published_in_either_order_are_all_there(clinic_web: ClinicOnTheWeb):
    live(clinic_web)
    notes = [clinic_web.says("n.nurse", "note", text=f"note {number}") for number in range(3)]
    clinic_web.web.publish([notes[1]])
    clinic_web.web.publish([notes[0], notes[2]])
    with clinic_web.app.state.watching.folded(clinic_web.session) as fold:
        assert {note.ref for note in notes} <= {record.ref for record in fold.others}


def test_an_answer_about_no_numbers_is_refused_in_a_sentence(clinic_web: ClinicOnTheWeb):
    browser = clinic_web.on_a_rooms_screen(clinic_web.of("nurse"))
    said = {"source": "monitor", "answer": "yes", "shown-spo2": "nonsense"}
    assert browser.posts("/rooms/1/heard", said).status_code == 422


def _link(like: Any, said: dict[str, Any]) -> Any:
    return (
        like.session,
        like.at,
        "link",
        like.author,
        orjson.dumps(said, option=orjson.OPT_SORT_KEYS).decode(),
    )


def test_the_first_load_of_the_live_page_is_light(clinic_web: ClinicOnTheWeb):
    for number in range(120):
        hears(clinic_web, SPO2, PULSE, *(CUFF if number % 5 == 0 else ()), after=60)
    browser = clinic_web.on_a_rooms_screen(clinic_web.of("nurse"))
    page = browser.sees("/rooms/1")
    parts = [page, *(browser.sees(path) for path in re.findall(r'"(/static/[^"]+)"', page))]
    own = [browser.sees(path) for path in re.findall(r'"(/static/[^"]+)"', page) if path.endswith(".js")]
    assert sum(len(part.encode()) for part in parts) < 150_000
    assert len(gzip.compress("".join(own).encode())) < 20_000
