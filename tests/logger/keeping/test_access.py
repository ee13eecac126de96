"""The access log: who looked at what, in a chain that verify walks."""

from __future__ import annotations

from pathlib import Path

import pytest
from elsewhere import make_read_only, mounted
from ledgers import NURSE, Hands, desk_at, open_session, url_of

from logger.attesting.checkpoints import Places, read, sign
from logger.clock import moment
from logger.entering.sessions import at_desk
from logger.keeping.access import accesses, log_access, log_settings, log_verified
from logger.keeping.verifying import verify_ledger
from logger.ledger.chains import heads
from logger.people.accounts import UNATTRIBUTED
from logger.settings import Settings


def test_who_looked_at_what_stands_in_the_log(desk):
    session = open_session(desk)
    log_access(desk, "viewed", NURSE, session, "show")
    log_access(desk, "exported", NURSE, session, "csv")
    assert [(one.user, one.event, one.session, one.what) for one in seen(desk)] == [
        (NURSE, "viewed", session, "show"),
        (NURSE, "exported", session, "csv"),
    ]


def test_the_log_is_asked_by_user_session_and_time(desk, hands):
    session = open_session(desk)
    log_access(desk, "viewed", NURSE, session)
    hands.move(3600)
    log_access(desk, "backup", "admin.example", what="usb")
    later = moment(desk.clock.now())
    assert [one.event for one in seen(desk, user=NURSE)] == ["viewed"]
    assert [one.event for one in seen(desk, session=session[:13])] == ["viewed"]
    assert [one.event for one in seen(desk, start=later)] == ["backup"]
    assert [one.event for one in seen(desk, end=later)] == ["viewed", "backup"]


def test_a_name_that_nobody_proved_is_no_author_where_people_sign_in(desk):
    desk.people.add("first", "a.admin", "A. Admin", "admin", "a good password")
    written = log_access(desk, "viewed", "a.admin")
    assert written is not None
    assert (written.author, seen(desk)[-1].user) == (UNATTRIBUTED, "a.admin")


def test_sign_ins_and_failures_stand_in_the_same_log(desk):
    desk.people.add("first", "a.admin", "A. Admin", "admin", "a good password")
    with pytest.raises(Exception, match="not the password"):
        desk.people.signed_in("a.admin", "wrong")
    assert [one.event for one in seen(desk, user="a.admin")] == ["sign_in_failed"]


def test_settings_are_logged_when_they_are_others_than_before(desk):
    old, new = Settings(zone="UTC"), Settings(zone="Europe/Berlin")
    logged = [log_settings(desk, one, NURSE) is not None for one in (old, old, new, new, old)]
    assert logged == [True, False, True, False, True]
    assert "zone = Europe/Berlin" in seen(desk)[1].what


def test_a_verification_says_which_heads_it_found_and_what_was_broken(desk, tmp_path):
    session = open_session(desk)
    answer = verify_ledger(desk, tmp_path)
    answer["sessions"][0] |= {"ok": False, "first_broken": {"writer": "w", "seq": 3, "what": "missing"}}
    places = Places(tmp_path / "usb", None, tmp_path / "config")
    made = sign(places, desk.store.writer, heads(desk.store), desk.clock.now())
    log_verified(desk, NURSE, answer, [read(places.log(desk.store.writer))])
    [record] = desk.file("system").records
    assert record.kind == "verified"
    assert f'"{session}":"w:3: missing"' in record.payload
    assert f'"checkpoint":"{made.digest}' in record.payload


def test_in_an_archive_where_nothing_can_be_written_looking_is_not_refused(tmp_path: Path):
    with mounted(tmp_path / "archive") as folder:
        desk = desk_at(folder / "clinic.db", Hands())
        session = open_session(desk)
        desk.close()
        make_read_only(folder)
        with at_desk(url_of(folder / "clinic.db")) as archive:
            assert log_access(archive, "viewed", NURSE, session) is None


def seen(desk, **more):
    return list(accesses(desk.file("system").records, **more))
