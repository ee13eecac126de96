"""B. Braun BCC: parts, stuffing, missing values, and a conversation that only asks."""

from __future__ import annotations

import json

import device_captures
import pytest

from devices import registry
from devices.adapters._bcc_messages import ALIVE, ANYBODY, GET, part, request, stuff, unstuff, written
from devices.contract import Event, Frame, Quality, Reading, Send, Unread, decode

BED = b"Bed 7"
ACK = Send(b"\x06")


def vectors():
    return json.loads(device_captures.real("bbraun_bcc/vectors.json").read_text())


def message(text: str, more: bool = False, stuffing: bool = False) -> bytes:
    plain = written(BED + b"/1/1>" + text.encode(), more)
    return stuff(plain) if stuffing else plain


def pump(*values: str, slot: str = "13") -> str:
    return "\x1e".join(f"215,501{slot},{value}" for value in values)


def events(*raw: bytes) -> list[Event]:
    return decode(registry.adapter("bbraun_bcc").decoder(), raw)


def frame(*texts: str, stuffing: bool = False) -> Frame:
    """Return the frame of an answer's last part."""
    parts = [message(text, more=True, stuffing=stuffing) for text in texts[:-1]]
    (*_, last) = [one for one in events(*parts, message(texts[-1], stuffing=stuffing)) if one != ACK]
    assert isinstance(last, Frame), last
    return last


def only(text: str) -> Reading:
    (reading,) = frame(text).readings
    return reading


def sent(sends: list[Send]) -> list[bytes]:
    return [send.raw for send in sends]


def test_the_request_is_the_documents_alive_frame():
    assert request(ALIVE, ANYBODY, stuffing=False).hex() == vectors()["frames"][0]["hex"]


def test_every_vector_is_a_message_with_its_text():
    for vector in vectors()["frames"]:
        found = part(bytes.fromhex(vector["hex"]))
        assert not isinstance(found, str), found
        assert found.text in (vector.get("info"), vector.get("text", "").partition(">")[2])


def test_the_documents_pump_says_rate_volume_drug_and_that_it_runs():
    first = bytes.fromhex(vectors()["frames"][4]["hex"])  # an answer's first part
    *_, read, ack = events(first, message(pump("INM6,0")))
    assert ack == ACK
    assert {(r.vital, r.variant): r.value for r in read.readings} == {
        ("flow_rate", "13"): 0.3,
        ("vol_delivered", "13"): 1.4,
    }
    assert read.states == ("running",)
    assert read.raw_flags["13 INSOL"] == "Arterenol 4mg/50"
    assert read.raw_flags["13 INSOLSN"] == "Arteren\ue021"


def test_stuffing_is_undone_from_left_to_right():
    examples = vectors()["stuffing"]["unstuff_examples"]
    assert {pair: unstuff(pair.encode()).decode() for pair in examples} == examples
    assert unstuff(b"EEX") != b"EEX".replace(b"EX", b"D").replace(b"EE", b"E")


def test_a_stuffed_drug_name_is_read_as_it_was():
    name = "DEde Dexdor EXexEEee"
    assert frame(pump(f"INSOL,{name}"), stuffing=True).raw_flags["13 INSOL"] == name
    assert frame(pump(f"INSOL,{name}")).raw_flags["13 INSOL"] == name


@pytest.mark.parametrize("names", [("INSOL,Ketamin", "INSOLSN,Ket"), ("INSOL,_NV", "INSOLSN,Ketamin")])
def test_the_drug_is_the_long_name_or_else_the_short_one(names):
    assert frame(pump(*names)).raw_flags["drug 13"] == "Ketamin"


def test_alarms_are_named_together():
    assert frame(pump("INA1,1", "INA3,2", "INA4,0")).raw_flags["alarm 13"] == "INA1 INA3"


def test_a_drug_name_may_hold_commas():
    assert frame(pump("INSOL,Ketamin 0,5 mg, i.v.")).raw_flags["13 INSOL"] == "Ketamin 0,5 mg, i.v."


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("INRT,_NV", "absent"),
        ("INRT,_NA", "unavailable"),
        ("INRT,", "absent"),
        ("INRT,1e3", "invalid"),
        ("INRMT,65535", "unknown"),
    ],
)
def test_no_value_is_not_zero(text, reason):
    reading = only(pump(text))
    assert (reading.value, reading.reason, reading.quality) == (None, reason, Quality.INVALID)


def test_a_volume_at_its_limit_is_questionable():
    assert only(pump("INVI,9999.9")).reason == "over_range"


def test_seconds_left_are_minutes():
    assert only(pump("INRMT,2400")).value == 40.0


@pytest.mark.parametrize(
    ("unit", "vital", "value", "of"),
    [
        ("00071", "dose_rate", 12.5, None),
        ("72", "dose_rate", 0.208333, None),
        ("68", "dose_rate", 12500.0, None),
        ("69", "dose_rate", 208.333333, None),
        ("48", "local:bbraun_bcc:dose_rate_mg_h", 12.5, "mg/h"),
        ("50", "local:bbraun_bcc:dose_rate_ug_min", 12.5, "ug/min"),
    ],
)
def test_a_dose_rate_comes_in_the_unit_that_it_has(unit, vital, value, of):
    reading = only(pump("INDORT,12.5", f"INDORTU,{unit}"))
    assert (reading.vital, reading.value, reading.unit) == (vital, value, of)


def test_a_dose_rate_without_a_known_unit_is_no_number():
    assert frame(pump("INDORT,12.5")).readings == ()
    assert frame(pump("INDORT,12.5", "INDORTU,99")).readings == ()


def test_a_concentration_is_mg_per_ml():
    assert only(pump("INDCON,500", "INDCONU,32")).value == 0.5


@pytest.mark.parametrize(
    ("text", "states"),
    [
        ("INM3,0", ("stopped",)),
        ("INM3,1", ("running",)),
        ("INM6,1", ("standby",)),
        ("INM10,1", ("kvo",)),
        ("INM2,1", ("bolus",)),
        ("INA5,1", ("alarm",)),
        ("INA5,0", ()),
        ("INM3,_NV", ()),
        ("DSSTATUS,00050", ("off",)),
    ],
)
def test_the_pumps_modes_are_states(text, states):
    assert frame(pump(text)).states == states


def test_what_is_said_of_the_patient_stays_in_the_raw_bytes():
    read = frame("215,50100,PATNAME,DEMO Example\x1e215,50100,PATW,80\x1e" + pump("INRT,60"))
    assert b"DEMO Example" in read.raw
    assert read.raw_flags == {"uptime": "215"}


def test_two_pumps_are_told_apart_by_their_slots():
    read = frame(pump("INRT,1", "INM3,1", slot="11") + "\x1e" + pump("INRT,2", "INA1,1", slot="1A"))
    assert [(r.variant, r.value) for r in read.readings] == [("11", 1.0), ("1A", 2.0)]
    assert read.states == ("running 11", "alarm 1A")


@pytest.mark.parametrize(("code", "word"), [("11", "no pump"), ("39", "pump removed"), ("51", "51")])
def test_an_error_of_the_comdevice_has_no_numbers(code, word):
    read = frame(f"214,50100,GNERR,{code}")
    assert (read.readings, read.states, read.raw_flags["error"]) == ((), ("error",), word)


def test_every_part_is_acknowledged_and_the_last_one_says_all():
    first, ack, last, again = events(message(pump("INRT,60"), more=True), message(pump("INVI,1.5")))
    assert (ack, again) == (ACK, ACK)
    assert first.readings == ()
    assert [r.value for r in last.readings] == [60.0, 1.5]


@pytest.mark.parametrize("at", range(1, 40, 3))
def test_an_answer_may_be_cut_anywhere(at):
    whole = pump("INRT,60.5", "INVI,12.25", "INDORT,12.5", "INDORTU,71")
    assert frame(whole[:at], whole[at:]).readings == frame(whole).readings


def test_a_broken_part_takes_its_answer_with_it_and_is_not_acknowledged():
    broken = message(pump("INRT,60"), more=True).replace(b"INRT,60", b"INRT,90")
    unread, last, _ = events(broken, message(pump("INVI,1.5")))
    assert isinstance(unread, Unread)
    assert unread.why.startswith("checksum")
    assert last.readings == ()
    assert [r.value for r in events(broken, *[message(pump("INVI,1.5"))] * 2)[-2].readings] == [1.5]


def test_the_real_bed_is_asked_once_it_is_known():
    decoder = registry.adapter("bbraun_bcc").decoder()
    assert sent(decoder.opening()) == [request(ALIVE, ANYBODY, stuffing=False)]
    decoder.feed(message("1,50100,GNACK,0", stuffing=True))
    assert sent(decoder.due(2.0)) == [request(GET, BED, stuffing=True)]


def test_stuffing_is_tried_both_ways_until_somebody_answers():
    decoder = registry.adapter("bbraun_bcc").decoder()
    tried = [*sent(decoder.opening()), *sent(decoder.due(2.0)), *sent(decoder.due(4.0))]
    plain, stuffed = (request(ALIVE, ANYBODY, stuffing=on) for on in (False, True))
    assert tried == [plain, stuffed, plain]
    decoder.feed(message("1,50100,GNACK,0"))
    assert sent(decoder.due(6.0)) == [request(GET, BED, stuffing=False)]


def test_nothing_is_asked_while_an_answer_is_coming_in():
    decoder = registry.adapter("bbraun_bcc").decoder()
    decoder.feed(message("1,50100,GNACK,0"))
    decoder.due(2.0)
    decoder.feed(message(pump("INRT,60"), more=True))
    assert [decoder.due(second) for second in (4.0, 6.0, 8.0)] == [[], [], []]
    decoder.feed(message(pump("INVI,1")))
    assert sent(decoder.due(9.0)) == [request(GET, BED, stuffing=False)]


def test_the_comdevice_is_looked_for_again_after_a_break():
    decoder = registry.adapter("bbraun_bcc").decoder()
    decoder.feed(message("1,50100,GNACK,0"))
    decoder.due(2.0)
    (again,) = sent(decoder.due(12.0))
    assert b"LIVE" in again


def test_a_bed_whose_name_could_be_a_command_is_not_asked():
    decoder = registry.adapter("bbraun_bcc").decoder()
    decoder.feed(written(b"1:X/1/1>1,50100,GNACK,0"))
    assert all(b"MEM" not in raw and b"MEEM" not in raw for raw in sent(decoder.due(2.0)))
