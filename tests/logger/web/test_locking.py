"""A locked screen: recording goes on, MARK works, and a person comes back or another goes on."""

from __future__ import annotations

import pytest
from clinic import COLLEAGUE, NURSE, PHYSICIAN, password
from web_clinic import Browser, ClinicOnTheWeb

from logger.ledger.models import Written
from logger.people.accounts import NEW

PIN = "2468"


@pytest.fixture
def tablet(clinic_web: ClinicOnTheWeb) -> Browser:
    """A tablet in room 1 at which a nurse with a PIN has signed in."""
    secrets = clinic_web.secrets(NURSE) | {NEW: PIN}
    clinic_web.desk.append("system", "user.secret", NURSE, {"user": NURSE, "what": "pin"}, secrets)
    return clinic_web.on_a_rooms_screen(clinic_web.of(NURSE))


def marks(clinic_web: ClinicOnTheWeb) -> list[Written]:
    return [record for record in clinic_web.records() if record.kind == "mark"]


def test_a_screen_that_nobody_touches_locks(clinic_web: ClinicOnTheWeb, tablet: Browser) -> None:
    clinic_web.seconds.now += 5 * 60
    assert tablet.gets("/screen").headers["location"] == "/lock?next=/screen"
    assert "Recording goes on" in tablet.sees("/lock")


def test_a_touch_keeps_it_open(clinic_web: ClinicOnTheWeb, tablet: Browser) -> None:
    for _ in range(3):
        clinic_web.seconds.now += 4 * 60
        assert tablet.gets("/screen").status_code == 200


def test_it_ends_after_longer(clinic_web: ClinicOnTheWeb, tablet: Browser) -> None:
    clinic_web.seconds.now += 30 * 60
    assert tablet.gets("/screen").headers["location"].startswith("/sign-in")


def test_a_busy_visit_ends_after_twelve_hours(clinic_web: ClinicOnTheWeb, tablet: Browser) -> None:
    for _ in range(12 * 15):
        clinic_web.seconds.now += 4 * 60
        tablet.gets("/about")
    assert tablet.gets("/screen").headers["location"].startswith("/sign-in")


def test_a_pin_brings_the_person_back_where_they_were(clinic_web: ClinicOnTheWeb, tablet: Browser) -> None:
    tablet.posts("/lock")
    before = tablet.client.cookies["visit"]
    answer = tablet.posts("/switch", {"name": NURSE, "password": PIN, "next": "/screen"})
    assert answer.headers["location"] == "/screen"
    assert tablet.client.cookies["visit"] != before
    assert tablet.gets("/screen").status_code == 200


def test_a_wrong_pin_leaves_it_locked(clinic_web: ClinicOnTheWeb, tablet: Browser) -> None:
    tablet.posts("/lock")
    assert tablet.posts("/switch", {"name": NURSE, "password": "1111"}).status_code == 403
    assert tablet.gets("/screen").headers["location"].startswith("/lock")


def test_a_pin_alone_is_not_enough_on_another_screen(clinic_web: ClinicOnTheWeb, tablet: Browser) -> None:
    other = clinic_web.of(PHYSICIAN)
    assert other.posts("/switch", {"name": NURSE, "password": PIN}).status_code == 403


def test_another_person_signs_in_by_password_and_the_first_comes_back_by_pin(
    clinic_web: ClinicOnTheWeb, tablet: Browser
) -> None:
    tablet.posts("/lock")
    tablet.posts("/switch", {"name": COLLEAGUE, "password": password(COLLEAGUE)})
    assert f"DEMO {COLLEAGUE}" in tablet.sees("/about")
    tablet.posts("/switch", {"name": NURSE, "password": PIN})
    assert f"DEMO {NURSE}" in tablet.sees("/about")


def test_a_form_of_the_person_before_is_not_saved_under_the_next_one(
    clinic_web: ClinicOnTheWeb, tablet: Browser
) -> None:
    tablet.posts("/switch", {"name": COLLEAGUE, "password": password(COLLEAGUE)})
    answer = tablet.posts("/screen", {"author": NURSE, "room": "2"})
    assert answer.status_code == 412
    assert f"Save as DEMO {COLLEAGUE}" in answer.text


def test_mark_on_a_locked_screen_is_nobodys(clinic_web: ClinicOnTheWeb, tablet: Browser) -> None:
    tablet.posts("/lock")
    tablet.posts("/lock/mark", {"key": "one-tap-of-it"})
    assert [mark.author for mark in marks(clinic_web)] == ["unattributed"]


def test_mark_that_is_sent_twice_is_one(clinic_web: ClinicOnTheWeb, tablet: Browser) -> None:
    for _ in range(2):
        tablet.posts("/lock/mark", {"key": "one-tap-of-it"})
    assert len(marks(clinic_web)) == 1


def test_mark_that_waited_in_the_browser_is_dated_from_the_tap(
    clinic_web: ClinicOnTheWeb, tablet: Browser
) -> None:
    tablet.posts("/lock/mark", {"key": "one-tap-of-it", "waited": "90.2"})
    assert '"happened_at":"2026-09-21T14:11:50Z"' in marks(clinic_web)[0].payload


def test_mark_with_a_pin_has_its_author(clinic_web: ClinicOnTheWeb, tablet: Browser) -> None:
    tablet.posts("/lock")
    tablet.posts("/lock/mark", {"name": NURSE, "password": PIN})
    assert [mark.author for mark in marks(clinic_web)] == [NURSE]


def test_mark_works_where_nobody_has_signed_in(clinic_web: ClinicOnTheWeb) -> None:
    screen = clinic_web.on_a_rooms_screen(clinic_web.browser())
    assert "MARK something now" in screen.sees("/sign-in")
    screen.posts("/lock/mark")
    assert [mark.author for mark in marks(clinic_web)] == ["unattributed"]


def test_mark_needs_a_screen_of_the_room(clinic_web: ClinicOnTheWeb) -> None:
    answer = clinic_web.browser().posts("/lock/mark")
    assert answer.status_code == 403
    assert "belongs to no room" in answer.text
    assert marks(clinic_web) == []


def test_where_nobody_can_sign_in_the_rooms_screen_goes_on(clinic_web: ClinicOnTheWeb) -> None:
    screen = clinic_web.on_a_rooms_screen(clinic_web.browser())
    assert screen.posts("/nobody").headers["location"] == "/rooms/1"
    assert clinic_web.browser().posts("/nobody").status_code == 403


def test_a_forged_screen_has_no_room(clinic_web: ClinicOnTheWeb) -> None:
    browser = clinic_web.browser()
    mine = clinic_web.app.state.screens.cookie("1")
    for forged in ("MQ==.0", mine[:-1] + "0", mine.replace("MQ", "Mg"), "nonsense", "é.é"):
        assert clinic_web.app.state.screens.room(forged) in (None,), forged
    assert "belongs to no room" in browser.sees("/about")


def test_a_screen_keeps_its_room_across_a_restart(clinic_web: ClinicOnTheWeb) -> None:
    from logger.web.screens import Screens

    again = Screens(clinic_web.desk.store.path.with_name("clinic.db.screens"))
    assert again.room(clinic_web.app.state.screens.cookie("Room ä")) == "Room ä"


def test_a_nurse_registers_a_screen_and_it_stands_in_the_log(clinic_web: ClinicOnTheWeb) -> None:
    browser = clinic_web.of(NURSE)
    browser.posts("/screen", {"room": "2"})
    assert "This screen stands in 2" in browser.sees("/screen")
    assert "this screen stands in room 2" in clinic_web.records("system")[-1].payload
