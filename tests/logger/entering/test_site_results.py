"""For which devices a passed site check holds, and what keeps its banner on a page."""

from __future__ import annotations

import pytest
from ledgers import NURSE
from told_sessions import Room, spo2

from devices.registry import adapter
from logger.entering.site_checks import Typed, steps_for
from logger.entering.site_results import identities, passed_checks, result_of
from logger.kinds import ROOM, Link

URL, USB = "/dev/ttyUSB0", "usb:0403:6001:DEMO1"
ABOUT = {"model": "Invented 1", "serial": "SN-1", "firmware": "1.2", "performed_by": NURSE}


@pytest.fixture
def room(room) -> Room:
    """A room with an oximeter at its usual line."""
    attach(room)
    connect(room)
    return room


def attach(room: Room, url: str = URL, adapter_name: str = "nonin") -> None:
    room.says("device", source="monitor", event="attached", adapter=adapter_name, url=url)


def connect(room: Room, identity: str | None = USB) -> None:
    room.said("link", Link(source="monitor", event="connected", port=URL, identity=identity))


def check(room: Room, agreeing: int = 10):
    """Check the oximeter; so many of ten saturations agree."""
    typed = []
    for number in range(10):
        room.heard(spo2(90 + number))
        shown = 90 + number if number < agreeing else 50
        typed.append(Typed("spo2", room.desk.clock.now(), (shown,)))
    room.lost()
    room.heard_again()
    typed.append(Typed("cable", room.desk.clock.now()))
    records = room.desk.file(room.session).records
    result = result_of(records, "monitor", steps_for(adapter("nonin")), typed, ABOUT)
    room.desk.append(ROOM + "1", "device.checked", NURSE, result.model_dump(mode="json"))
    return result


def banner(room: Room) -> bool:
    return any(said.startswith("Not checked at this site") for said in room.table().banners)


def test_a_device_that_was_not_checked_says_so(room):
    assert banner(room)


def test_a_passed_check_takes_the_banner_away(room):
    assert check(room).passed
    assert not banner(room)


def test_a_check_that_did_not_pass_is_recorded_and_changes_nothing(room):
    result = check(room, agreeing=9)
    assert (result.passed, result.lacks) == (False, ("spo2: 9 of 10", "spo2: 1 not as logged"))
    assert banner(room)


def test_the_last_check_counts(room):
    check(room)
    check(room, agreeing=0)
    assert banner(room)


def test_a_check_names_what_it_was_made_over(room):
    result = check(room)
    assert (result.adapter, result.identity, result.firmware) == ("nonin", USB, "1.2")
    assert result.program.startswith("infusionlog ")
    assert [head.count for head in result.heads] == [len(room.desk.file(room.session).records)]
    assert len(result.values) == 11


def test_another_line_is_another_device(room):
    check(room)
    connect(room, identity="usb:0403:6001:OTHER")
    assert banner(room)


def test_a_line_without_an_identity_is_known_by_its_address(room):
    connect(room, identity=None)
    assert identities(room.desk.file(room.session).records) == {"monitor": [USB, URL]}
    assert check(room).identity == URL


def identify(room: Room, said: str) -> None:
    room.said("link", Link(source="monitor", event="identified", identity=said))


def test_a_device_that_says_who_it_is_is_known_by_that_too(room):
    identify(room, "SN-1")
    connect(room)
    assert identities(room.desk.file(room.session).records) == {"monitor": [f"{USB} SN-1"] * 2}
    assert check(room).identity == f"{USB} SN-1"
    assert not banner(room)


def test_another_device_on_the_line_is_not_checked(room):
    identify(room, "SN-1")
    check(room)
    identify(room, "SN-2")
    assert identities(room.desk.file(room.session).records) == {"monitor": [f"{USB} SN-1", f"{USB} SN-2"]}
    assert banner(room)


def test_a_device_that_was_never_connected_is_not_checked(room):
    check(room)
    room.says("device", source="second", event="attached", adapter="nonin", url=URL)
    assert "Not checked at this site: second" in room.table().banners


def test_another_adapter_on_the_line_is_not_checked(room):
    check(room)
    attach(room, adapter_name="nonin_8")
    connect(room)
    assert banner(room)


def test_a_check_after_a_session_leaves_its_pages_as_they_were(room, desk, hands):
    room.says("session.end")
    late = Room(desk, hands, room="1", patient="INVENTED-2")
    attach(late)
    connect(late)
    check(late)
    assert banner(room)
    assert not banner(late)


def test_another_room_has_its_own_checks(room, desk, hands):
    check(room)
    beside = Room(desk, hands, room="2", patient="INVENTED-2")
    attach(beside)
    connect(beside)
    assert banner(beside)


def test_a_room_without_a_check_has_passed_none(room, desk):
    assert passed_checks(desk.store.records(ROOM + "1")) == ()
