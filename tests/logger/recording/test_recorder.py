"""The recorder with real parts: simulated devices on real pseudo-terminals, a ledger, the control socket."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from clinic import QUICK
from ledgers import NOON, Hands, desk_at, kinds_of, url_of
from plugs import Plug
from rooms import file_of, ledger, links, on, readings, recording, whole

from devices.simulators.running import stop_simulators
from logger.clock import SECOND, moment, wall
from logger.entering.desk import SessionFile
from logger.entering.sessions import open_ledger
from logger.errors import BadEntry, LedgerOwned, NoSuchSession, NotSignedIn
from logger.people import accounts
from logger.recording.one_session import wanted_devices

MASIMO = "masimo_ascii1=simulate:masimo_ascii1?seed=5&speed=100"
DRI = "datex_dri=simulate:datex_dri?seed=5&speed=100&cuff_every=120"


@pytest.fixture(autouse=True)
def no_simulator_stays() -> Iterator[None]:
    yield
    stop_simulators()


def cuffs(file: SessionFile) -> list[dict[str, Any]]:
    """Every systolic value of a session that is no repeat."""
    return [
        value
        for record in file.records
        if record.kind == "reading"
        for value in json.loads(record.payload)["readings"]
        if value["vital"] == "nibp_sys" and not value.get("repeat")
    ]


def test_what_the_devices_say_is_recorded_and_the_session_closes_whole(tmp_path):
    with recording(tmp_path / "x.db", MASIMO, DRI) as room:
        room.wait_for(
            lambda records: {body["source"] for body in readings(records)} == {"masimo_ascii1", "datex_dri"}
        )
        room.nurse.append(room.session, "session.end", "nurse.example", {})
    file = file_of(room)
    assert file.row["state"] == "closed"
    assert kinds_of(file.records)[:3] == ["session.open", "clock", "device"]
    assert kinds_of(file.records)[-2:] == ["session.end", "close"]
    assert whole(file, room.database)


def test_every_record_names_its_bytes_in_the_raw_capture(tmp_path):
    with recording(tmp_path / "x.db", MASIMO) as room:
        room.wait_for(lambda records: len(readings(records)) > 5)
        room.nurse.append(room.session, "session.end", "nurse.example", {})
    file = file_of(room)
    closed = [json.loads(record.payload) for record in file.records if '"capture_closed"' in record.payload]
    raw = (tmp_path / closed[0]["file"]).read_bytes()
    said = [json.loads(record.payload) for record in file.records if record.kind in {"reading", "unread"}]
    assert [body["offset"] for body in said] == [0, *[body["offset"] + body["length"] for body in said][:-1]]
    assert said[-1]["offset"] + said[-1]["length"] == len(raw) == closed[0]["bytes"]
    assert all(
        b"SPO2=" in raw[body["offset"] : body["offset"] + body["length"]]
        for body in said
        if "readings" in body
    )


def test_the_pressure_of_the_patient_before_is_held_and_later_cycles_count(tmp_path):
    with recording(tmp_path / "x.db", DRI + "&held=188/112") as room:
        room.wait_for(lambda records: any(value["value"] not in (188, None) for value in cuffs(room.file())))
        values = cuffs(room.file())
    assert (values[0]["value"], values[0]["reason"], values[0]["quality"]) == (188.0, "held", "invalid")
    assert all(value["value"] != 188 for value in values[1:])
    assert "reason" not in next(value for value in values[1:] if value["value"] is not None)


def test_a_session_that_was_left_open_is_resumed_with_its_devices_and_the_reason(tmp_path):
    with recording(tmp_path / "x.db", MASIMO) as room:
        room.wait_for(lambda records: len(readings(records)) > 3)
        first = room.session
    with recording(tmp_path / "x.db") as room:
        room.wait_for(lambda records: len(links(records, "heard")) == 2)
        file = room.file()
    assert room.session == first
    resumed = next(json.loads(record.payload) for record in file.records if record.kind == "session.resume")
    paused = next(record for record in file.records if record.kind == "session.pause")
    assert resumed["cause"] == json.loads(paused.payload)["cause"]
    assert whole(file, room.database)


def test_entries_come_in_while_devices_are_heard_and_are_on_the_disk_when_acknowledged(tmp_path):
    with recording(tmp_path / "x.db", MASIMO) as room:
        said = room.nurse.append(
            room.session, "effect.report", "nurse.example", {"term": "nausea", "severity": "mild"}
        )
        assert said in room.file().records
    assert said in file_of(room).records


def test_what_is_wrong_with_an_entry_reaches_the_one_who_made_it(tmp_path):
    with recording(tmp_path / "x.db") as room:
        with pytest.raises(BadEntry, match="severity"):
            room.nurse.append(
                room.session, "effect.report", "nurse.example", {"term": "nausea", "severity": "odd"}
            )
        with pytest.raises(NoSuchSession, match="infusionlog sessions"):
            room.nurse.append("no-such-session", "note", "nurse.example", {"text": "hello"})


def test_a_second_owner_is_refused_and_the_first_one_named(tmp_path):
    with recording(tmp_path / "x.db") as room, pytest.raises(LedgerOwned, match=str(os.getpid())):
        open_ledger(url_of(room.database), patience=0)


def test_a_device_can_be_added_to_and_taken_from_a_running_session(tmp_path):
    plug = Plug()
    with recording(tmp_path / "x.db") as room:
        [device] = wanted_devices([f"masimo_ascii1={plug.name}"])
        room.nurse.append(room.session, "device", "nurse.example", device.payload())
        room.wait_for(lambda records: bool(links(records, "connected")))
        assert [row["source"] for row in room.nurse.status().devices] == ["masimo_ascii1"]
        room.nurse.append(
            room.session, "device", "nurse.example", {"source": "masimo_ascii1", "event": "detached"}
        )
        assert room.nurse.status().devices == []
        assert '"capture_closed"' in room.file().records[-1].payload
    plug.pull()


def test_when_the_patient_leaves_nothing_is_heard_any_more_until_that_is_withdrawn(tmp_path):
    leaves = {"decided_by": {"name": "p.example"}, "role": "physician", "escort_present": True}
    with recording(tmp_path / "x.db", MASIMO) as room:
        room.wait_for(lambda records: bool(readings(records)))
        left = room.nurse.append(room.session, "discharge", "nurse.example", leaves)
        assert room.nurse.status().devices == []
        withdrawn = {"target": left.ref, "withdrawn": True, "reason": "mis-tap"}
        room.nurse.append(room.session, "amend", "nurse.example", withdrawn)
        assert [row["source"] for row in room.nurse.status().devices] == ["masimo_ascii1"]
        room.wait_for(lambda records: len(links(records, "connected")) == 2)


def test_a_patient_who_left_while_no_recorder_ran_is_not_heard_again(tmp_path):
    leaves = {"decided_by": {"name": "p.example"}, "role": "physician", "escort_present": True}
    plug = Plug()
    with recording(tmp_path / "x.db", f"masimo_ascii1={plug.name}") as room:
        room.wait_for(lambda records: bool(links(records, "connected")))
    capture = next((tmp_path / "x.captures" / room.session).glob("*.bytes"))
    capture.with_name("masimo_ascii1-1.bytes").write_bytes(b"half a line")  # of a recorder that was killed
    with ledger(tmp_path / "x.db") as desk:
        desk.append(room.session, "discharge", "nurse.example", leaves)
    with recording(tmp_path / "x.db") as room:
        assert room.nurse.status().devices == []
        records = room.file().records
    plug.pull()
    unread = [json.loads(record.payload) for record in records if record.kind == "unread"]
    assert [(body["capture"], body["length"]) for body in unread] == [(1, 11)]


def test_users_are_made_and_changed_while_it_records(tmp_path, monkeypatch):
    monkeypatch.setattr(accounts, "_hash", QUICK.hash)
    first = {"user": "a.admin", "full_name": "DEMO", "role": "admin"}
    with recording(tmp_path / "x.db") as room:
        room.nurse.append("system", "user.added", "x", first, {accounts.NEW: "first password"})
        assert room.nurse.status().users == ["a.admin"]
        with pytest.raises(NotSignedIn):
            room.nurse.append(room.session, "note", "a.admin", {"text": "x"})
        secret = {"user": "a.admin", "what": "password"}
        new = {"a.admin": "first password", accounts.NEW: "another password"}
        room.nurse.append("system", "user.secret", "a.admin", secret, new)
        with pytest.raises(NotSignedIn):
            room.nurse.append("system", "user.secret", "a.admin", secret, new)


def test_a_simulated_device_never_joins_a_session_of_a_patient(tmp_path):
    [device] = wanted_devices([MASIMO])
    with recording(tmp_path / "x.db") as room, pytest.raises(BadEntry, match="taken for a patient's"):
        room.nurse.append(room.session, "device", "nurse.example", device.payload())


def test_a_refused_end_leaves_the_devices_heard(tmp_path):
    with recording(tmp_path / "x.db", MASIMO) as room:
        room.wait_for(lambda records: bool(readings(records)))
        with pytest.raises(BadEntry, match="author"):
            room.nurse.append(room.session, "session.end", " ", {})
        before = len(room.file().records)
        room.wait_for(lambda records: len(records) > before + 3)


def test_a_demo_never_moves_the_clock_of_a_real_session(tmp_path):
    for _ in range(2):  # opened, and resumed
        with recording(tmp_path / "x.db", MASIMO) as room:
            room.wait_for(lambda records: bool(readings(records)))
            demo = room.session
    with ledger(tmp_path / "x.db") as desk:
        assert desk.clock.now() < desk.store.records(demo)[-1].at
        assert abs(desk.clock.now() - wall()) < 60 * SECOND


def test_bytes_that_a_killed_recorder_had_not_recorded_are_one_unread_fragment(tmp_path):
    plug = Plug()
    with recording(tmp_path / "x.db", f"masimo_ascii1={plug.name}") as room:
        room.wait_for(lambda records: bool(links(records, "connected")))
    capture = next((tmp_path / "x.captures" / room.session).glob("*.bytes"))
    with ledger(tmp_path / "x.db") as desk:
        left = capture.with_name("masimo_ascii1-1.bytes")
        left.write_bytes(b"half a line")
        assert desk.file(room.session)
    with recording(tmp_path / "x.db") as room:
        file = room.file()
    plug.pull()
    unread = [json.loads(record.payload) for record in file.records if record.kind == "unread"]
    assert (unread[-1]["offset"], unread[-1]["length"], unread[-1]["capture"]) == (0, 11, 1)


def test_a_device_of_the_same_name_is_replaced(tmp_path):
    with recording(tmp_path / "x.db", MASIMO) as room:
        room.wait_for(lambda records: len(readings(records)) > 2)
        [other] = wanted_devices(["masimo_ascii1=simulate:masimo_ascii1?seed=6&speed=100"])
        room.nurse.append(room.session, "device", "nurse.example", other.payload())
        room.wait_for(lambda records: len(links(records, "connected")) == 2)
        assert [row["url"] for row in room.nurse.status().devices] == [other.url]


def test_a_wall_clock_that_steps_is_recorded_and_bends_nothing(tmp_path):
    hands = Hands()
    with on(desk_at(tmp_path / "x.db", hands)) as room:
        hands.wall += 3600 * SECOND
        room.wait_for(lambda records: any(body.get("event") == "stepped" for _, body in records))
        hands.move(1)
        said = room.nurse.append(room.session, "note", "nurse.example", {"text": "after the step"})
        stepped = next(json.loads(r.payload) for r in room.file().records if '"stepped"' in r.payload)
    assert stepped["step_s"] == 3600.0
    assert said.at == NOON + SECOND


def test_a_suspended_machine_is_recorded_as_one(tmp_path):
    hands = Hands()
    with on(desk_at(tmp_path / "x.db", hands)) as room:
        hands.wall += 600 * SECOND
        hands.boottime += 600 * SECOND
        room.wait_for(lambda records: any(body.get("event") == "suspended" for _, body in records))
        slept = next(json.loads(r.payload) for r in room.file().records if '"suspended"' in r.payload)
    assert slept["step_s"] == 600.0


def test_a_boot_with_the_clock_three_hours_back_keeps_order_and_says_so(tmp_path):
    hands = Hands()
    with on(desk_at(tmp_path / "x.db", hands)) as room:
        before = room.nurse.append(room.session, "note", "nurse.example", {"text": "before the reboot"})
    hands.move(60)
    hands.boot, hands.wall = "boot-2", hands.wall - 3 * 3600 * SECOND
    hands.boottime = hands.monotonic = 5 * SECOND
    with on(desk_at(tmp_path / "x.db", hands)) as room:
        after = room.nurse.append(room.session, "note", "nurse.example", {"text": "after the reboot"})
        file = room.file()
    assert after.seq > before.seq
    assert after.at > before.at
    behind = next(json.loads(record.payload) for record in file.records if '"behind"' in record.payload)
    assert behind["uncertain"]
    assert datetime.fromisoformat(behind["wall"]) < moment(before.at) - timedelta(hours=2)


def test_a_clock_that_is_set_right_after_such_a_boot_begins_a_new_segment_and_order_stays(tmp_path):
    hands = Hands()
    with on(desk_at(tmp_path / "x.db", hands)) as room:
        before = room.nurse.append(room.session, "note", "nurse.example", {"text": "before the reboot"})
    hands.boot, hands.wall = "boot-2", hands.wall - 3 * 3600 * SECOND
    with on(desk_at(tmp_path / "x.db", hands)) as room:
        hands.wall += 4 * 3600 * SECOND
        room.wait_for(lambda records: any(body.get("event") == "synchronised" for _, body in records))
        after = room.nurse.append(room.session, "note", "nurse.example", {"text": "set right"})
    assert before.at < after.at
    assert after.at == hands.wall


def test_the_clock_is_looked_at_every_hour(tmp_path):
    hands = Hands()
    with on(desk_at(tmp_path / "x.db", hands)) as room:
        hands.move(3601)
        room.wait_for(lambda records: any(body.get("event") == "checked" for _, body in records))


def test_a_decoder_that_raises_is_named_and_the_other_device_goes_on(tmp_path, monkeypatch):
    from devices.registry import adapter

    broken = adapter("nellcor_ascii")

    def feed(self: object, chunk: bytes) -> list[object]:
        raise ZeroDivisionError

    monkeypatch.setattr(type(broken.decoder()), "feed", feed, raising=True)
    with recording(tmp_path / "x.db", "nellcor_ascii=simulate:nellcor_ascii?speed=100", DRI) as room:
        room.wait_for(lambda records: any("decoder failed" in body.get("why", "") for _, body in records))
        room.wait_for(lambda records: any(body["source"] == "datex_dri" for body in readings(records)))
