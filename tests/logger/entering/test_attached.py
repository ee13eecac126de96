"""Which devices a session has, by its records."""

from __future__ import annotations

import pytest

from logger.entering.attached import attached_devices, check_free, last_identities, taken_away
from logger.errors import LineTaken
from logger.kinds import Amend, Device, Discharge, Link, Payload, Person, text_of
from logger.ledger.models import Written


def test_a_device_belongs_to_the_session_from_its_attachment_to_its_detachment():
    records = said(attached("a"), attached("b"), detached("a"))
    assert [list(attached_devices(records[:count])) for count in range(4)] == [[], ["a"], ["a", "b"], ["b"]]


def test_a_device_that_is_attached_again_is_the_newer_one():
    devices = attached_devices(said(attached("a"), attached("b"), attached("a", "/dev/ttyUSB9")))
    assert [(name, device.url) for name, device in devices.items()] == [
        ("b", "/dev/ttyUSB0"),
        ("a", "/dev/ttyUSB9"),
    ]


def test_a_device_that_is_detached_twice_is_no_matter():
    assert attached_devices(said(attached("a"), detached("a"), detached("a"))) == {}


def test_no_device_belongs_to_a_session_that_the_patient_has_left():
    records = said(attached("a"), attached("b"), LEFT, attached("c"))
    assert [list(attached_devices(records[:count])) for count in range(2, 5)] == [["a", "b"], [], ["c"]]


def test_a_discharge_that_was_withdrawn_took_nothing_away():
    records = said(attached("a"), LEFT, Amend(target="w:1", withdrawn=True, reason="mis-tap"))
    assert list(attached_devices(records)) == ["a"]


def test_what_a_discharge_took_away_is_known_with_or_without_a_word_about_each_device():
    withdrawn = Amend(target="w:2", withdrawn=True, reason="mis-tap")
    for words in ((), (detached("a"),), (detached("a"), detached("b"))):
        records = said(attached("a"), attached("b"), LEFT, *words, withdrawn)
        assert [device.source for device in taken_away(records, "w:2")] == ["a", "b"]
    assert taken_away(said(attached("a"), LEFT, withdrawn), "w:0") == []


def test_the_identity_of_a_device_is_the_one_it_was_last_connected_by():
    records = said(attached("a"), connected("a", "usb 1"), connected("a", "usb 2"), connected("a", None))
    assert last_identities(records) == {"a": "usb 2"}


def test_another_device_of_the_same_name_is_not_taken_for_the_one_before():
    records = said(attached("a"), connected("a", "usb 1"), attached("a", "/dev/ttyUSB9"))
    assert last_identities(records) == {}


def test_what_is_no_connection_names_no_identity():
    records = said(attached("a"), Link(source="a", event="refused", identity="usb 1"))
    assert last_identities(records) == {}


# One line, one device.


def hears(url: str, port: str = "") -> list[dict[str, str]]:
    return [{"session": "S", "source": "a", "url": url, "port": port}]


@pytest.mark.parametrize(
    ("url", "port", "wanted"),
    [
        ("/dev/ttyUSB0", "", "/dev/ttyUSB0?baud=4800"),
        ("/dev/ttyUSB0", "/dev/ttyUSB1", "/dev/ttyUSB1"),
        ("COM3", "COM3", "com3"),
        ("socket://10.0.0.1:4001", "socket://10.0.0.1:4001", "socket://10.0.0.1:4001"),
        ("simulate:nonin?seed=1", "/dev/pts/9", "simulate:nonin?seed=1"),
    ],
)
def test_a_line_that_is_heard_is_not_free_for_another_device(url, port, wanted):
    for session, source in (("S", "b"), ("T", "a")):
        with pytest.raises(LineTaken, match="infusionlog detach a --session S"):
            check_free(hears(url, port), session, attached(source, wanted))


@pytest.mark.parametrize(
    ("url", "port", "wanted"),
    [
        ("/dev/ttyUSB0", "/dev/ttyUSB1", "/dev/ttyUSB0"),  # the adapter was plugged in elsewhere
        ("/dev/ttyUSB0", "", "/dev/ttyUSB1"),
        ("socket://10.0.0.1:4001", "", "socket://10.0.0.1:4002"),
        ("replay:a.bytes", "replay:a.bytes", "replay:a.bytes"),
    ],
)
def test_another_line_is_free_and_so_is_a_capture(url, port, wanted):
    check_free(hears(url, port), "T", attached("b", wanted))


def test_a_device_that_is_replaced_or_taken_away_needs_no_free_line():
    check_free(hears("/dev/ttyUSB0"), "S", attached("a", "/dev/ttyUSB0"))
    check_free(hears("/dev/ttyUSB0"), "T", detached("b"))


LEFT = Discharge(decided_by=Person(name="p.example"), role="physician", escort_present=True)


def attached(name: str, url: str = "/dev/ttyUSB0") -> Device:
    return Device(source=name, event="attached", adapter="nonin", url=url)


def detached(name: str) -> Device:
    return Device(source=name, event="detached")


def connected(name: str, identity: str | None) -> Link:
    return Link(source=name, event="connected", identity=identity)


def said(*payloads: Payload) -> list[Written]:
    return [
        Written("s", "w", seq, 1, type(payload).__name__.lower(), "nurse.example", text_of(payload), "")
        for seq, payload in enumerate(payloads)
    ]
