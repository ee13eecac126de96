"""The board of rooms says who, how far and what is due, and never a vital sign."""

from __future__ import annotations

import re

from ledgers import frame
from web_clinic import ClinicOnTheWeb

SAID = {"spo2": 91.7, "spo2_pr": 63.3, "nibp_sys": 147.1, "nibp_dia": 88.9, "resp_rate": 11.9, "temp": 36.4}


def test_the_board_never_shows_a_vital_sign(clinic_web: ClinicOnTheWeb):
    with clinic_web.web.desk() as desk:
        values = ({"vital": vital, "value": value} for vital, value in SAID.items())
        written = desk.store.append([frame(clinic_web.session, desk.clock.now(), *values)])
    clinic_web.web.publish(written)
    browser = clinic_web.of("nurse")
    for path in ("/rooms", "/board.json"):
        text = browser.sees(path)
        assert not [value for value in SAID.values() if str(value) in text or f">{value:.0f}<" in text]
    assert not re.search(r'"(vitals|held|failed)"', browser.sees("/board.json"))


def test_the_board_says_who_how_far_and_what_is_due(clinic_web: ClinicOnTheWeb):
    (room,) = clinic_web.of("nurse").gets("/board.json").json()
    assert (room["room"], room["session"]["patient"]) == ("1", "INVENTED-1")
    assert room["session"]["phase"]
    assert room["session"]["due"]


def test_a_room_that_nothing_is_open_in_offers_to_start(clinic_web: ClinicOnTheWeb):
    clinic_web.of("nurse").posts("/rooms/1/start/end", {"session": clinic_web.session, "key": "k" * 12})
    assert "/rooms/1/start" in clinic_web.of("nurse").sees("/rooms")
