from __future__ import annotations

import json
import struct
from datetime import datetime

import device_captures
import pytest

from devices.adapters import _intellivue_frames as frames
from devices.adapters._intellivue_numbers import read_float
from devices.adapters.intellivue import ADAPTER
from devices.contract import Frame, Quality, Reading, Send, Unread, decode
from devices.simulators import _intellivue_replies as replies

SPO2, PULSE, PERCENT, BPM, MMHG = 0x4BB8, 0x4822, 0x0220, 0x0AA0, 0x0F20
NINETY_FIVE, NAN = 0xFF0003B6, 0x007FFFFF
TEN, TWENTY = datetime(2026, 3, 2, 10, 0), datetime(2026, 3, 2, 10, 20)  # noqa: DTZ001


def dialogue():
    return json.loads(device_captures.real("intellivue/dialogue_vectors.json").read_text())


def vectors():
    return json.loads(device_captures.real("intellivue/vectors.json").read_text())


def value(code=SPO2, float32=NINETY_FIVE, unit=PERCENT, state=0):
    return struct.pack(">3HI", code, state, unit, float32)


def numeric(*values, taken=None):
    """The attributes of a numeric object with one value, or of a compound one."""
    attributes = [(0x0990, replies.encoded_time(taken))] if taken else []
    if len(values) == 1:
        return replies.listed([*attributes, (0x0950, values[0])])
    body = b"".join(values)
    return replies.listed([*attributes, (0x094B, struct.pack(">2H", len(values), len(body)) + body)])


def cuff(sys=121, taken=TEN, state=0):
    pressures = (NAN,) * 3 if sys == NAN else (sys, 75, 92)
    values = [value(0x4A05 + n, number, MMHG, state) for n, number in enumerate(pressures)]
    return numeric(*values, taken=taken)


def polled(*objects, kind=frames.NUMERIC, ticks=8000):
    """The frame of a poll's reply; an object is (context, handle, attributes), or attributes alone."""
    told = [one if isinstance(one, tuple) else (0, 0x100 + n, one) for n, one in enumerate(objects)]
    return frames.framed(replies.reply(1, kind, ticks, told, sequence=0))


def decoded(*raw):
    return decode(ADAPTER.decoder(), raw)


def readings(*objects) -> list[Reading]:
    (frame,) = decoded(polled(*objects))
    return list(frame.readings)


def only(*values) -> Reading:
    (one,) = readings(numeric(*values))
    return one


def test_a_recorded_session_has_no_byte_that_is_not_read():
    frames_ = [bytes.fromhex(frame) for frame in dialogue()["all_monitor_frames_mib"]]
    events = [event for event in decoded(*frames_) if not isinstance(event, Send)]
    assert [type(event) for event in events] == [Frame] * 139
    assert [event.raw for event in events] == frames_
    kinds = [event.raw_flags.get("class") for event in events]
    assert (kinds.count("numeric"), kinds.count("wave"), kinds.count("alarm")) == (24, 72, 15)


def test_a_recorded_reply_says_what_the_monitor_showed():
    said = {message["name"]: message["as_mib_frame_hex"] for message in dialogue()["messages"]}
    parts = [bytes.fromhex(said[f"ext_poll_reply_{name}"]) for name in ("linked_1", "linked_2", "last")]
    first, second, last = decoded(*parts)
    assert first.states == second.states == ("demo",)
    assert {(r.vital, r.variant): r.value for frame in (first, second, last) for r in frame.readings} == {
        ("ibp_sys", "ABP"): 120.0,
        ("ibp_dia", "ABP"): 70.0,
        ("ibp_map", "ABP"): 91.0,
        ("pulse_generic", ""): 60.0,
        ("nibp_sys", ""): 120.0,
        ("nibp_dia", ""): 80.0,
        ("nibp_map", ""): 90.0,
        ("nibp_pulse", "NBP"): 60.0,
        ("ecg_hr", ""): 60.0,
        ("resp_rate", ""): 15.0,
        ("spo2", ""): 95.0,
        ("spo2_pr", ""): 60.0,
        ("perfusion_index", ""): 10.0,
    }
    taken = {r.measured_at for frame in (first, second) for r in frame.readings if "nibp" in r.vital}
    assert taken == {datetime(2017, 11, 4, 14, 45)}  # noqa: DTZ001


def test_the_recorded_host_is_reproduced_byte_for_byte():
    said = {message["name"]: message["payload_hex"] for message in dialogue()["messages"]}
    assert frames.association_request().hex() == said["assoc_request"]
    assert frames.release_request().hex() == said["release_request"]
    assert frames.mds_create_result(1).hex() == said["mds_create_result"]
    assert frames.single_poll(0x3E9, frames.MDS).hex() == said["single_poll_mds"]
    assert frames.extended_poll(0x3EB, frames.NUMERIC, 2).hex() == said["ext_poll_numeric_request"]


def test_recorded_payloads_are_framed_as_their_vectors():
    for message in dialogue()["messages"]:
        assert frames.framed(bytes.fromhex(message["payload_hex"])).hex() == message["as_mib_frame_hex"]


def test_floats_are_those_of_independent_vectors():
    for vector in vectors()["floats"]:
        assert read_float(int(vector["hex"], 16)) == (vector["value"], None)


def test_who_the_patient_is_stays_in_the_raw_bytes():
    (frame,) = decoded(bytes.fromhex(vectors()["demographics_frame"]["hex"]))
    assert (frame.readings, set(frame.raw_flags)) == ((), {"class", "ticks"})


@pytest.mark.parametrize(
    ("name", "why"),
    [("c0_abort", "a frame that a new one broke off"), ("seven_d_c1", "a frame that its sender aborted")],
)
def test_a_frame_broken_off_is_unread(name, why):
    first, *_ = decoded(bytes.fromhex(vectors()[name]["hex"]))
    assert first.why == why


def test_a_frame_after_an_aborted_one_is_read():
    good = polled(numeric(value()))
    for broken in (good[:20], good[:20] + b"\x7d\xc1"):
        unread, frame = decoded(broken + good)
        assert isinstance(unread, Unread)
        assert frame.readings[0].value == 95.0


def test_check_and_marks_are_escaped():
    assert frames.framed(b"\xc0\xc1\x7d")[5:11] == b"\x7d\xe0\x7d\xe1\x7d\x5d"


def test_a_wrong_check_makes_no_number():
    good = bytearray(polled(numeric(value())))
    good[-5] ^= 1
    (unread,) = decoded(bytes(good))
    assert unread.why.startswith("frame check")


@pytest.mark.parametrize("at", [6, 12, 22, 46, 48, 52, 54, 58, 60, 64])
def test_a_length_that_does_not_fit_makes_no_number(at):
    payload = bytearray(replies.reply(1, frames.NUMERIC, 0, [(0, 1, numeric(value()))], sequence=0))
    payload[at + 1] ^= 0x55
    events = decoded(frames.framed(bytes(payload)))
    assert not [reading for event in events if isinstance(event, Frame) for reading in event.readings]


@pytest.mark.parametrize(
    ("mantissa", "reason"),
    [
        (0x7FFFFF, "absent"),
        (0x800000, "not_resolved"),
        (0x7FFFFE, "over_range"),
        (0x800002, "under_range"),
        (0x800001, "invalid"),
    ],
)
@pytest.mark.parametrize("exponent", [0x00, 0xFF])
def test_a_float_that_is_none_is_no_value_with_its_reason(mantissa, reason, exponent):
    found = only(value(float32=exponent << 24 | mantissa))
    assert (found.value, found.reason, found.quality) == (None, reason, Quality.INVALID)


@pytest.mark.parametrize(("float32", "number"), [(0xFD007D00, 32.0), (0xFFFFFFFB, -0.5), (0, 0.0)])
def test_a_float_is_a_decimal_number(float32, number):
    assert read_float(float32) == (number, None)


def test_the_decimals_that_were_shown_can_be_told_from_the_flags():
    (frame,) = decoded(polled(numeric(value(float32=0xFD007D00))))
    assert frame.raw_flags["4bb8"] == "0000 fd007d00"


@pytest.mark.parametrize(
    ("state", "reason", "quality"),
    [
        (0x8000, "invalid", Quality.INVALID),
        (0x4000, "questionable", Quality.QUESTIONABLE),
        (0x2000, "unavailable", Quality.INVALID),
        (0x1000, "not_calibrated", Quality.INVALID),
        (0x0040, "early", Quality.QUESTIONABLE),
        (0x0083, None, Quality.GOOD),
    ],
)
def test_the_state_beside_a_number_is_its_quality(state, reason, quality):
    found = only(value(state=state))
    assert (found.value, found.reason, found.quality) == (95.0, reason, quality)


@pytest.mark.parametrize(
    ("state", "reason"), [(0x2000, "absent"), (0x8000, "invalid"), (0x1000, "not_calibrated"), (0, "absent")]
)
def test_no_number_and_its_state_say_why(state, reason):
    found = only(value(float32=NAN, state=state))
    assert (found.value, found.reason) == (None, reason)


@pytest.mark.parametrize(
    ("state", "said"), [(0x0400, ("demo",)), (0x0800, ("test",)), (0x0C00, ("demo", "test"))]
)
def test_demo_and_test_data_are_states_of_the_frame(state, said):
    (frame,) = decoded(polled(numeric(value(state=state))))
    assert frame.states == said


def test_a_number_without_a_name_here_is_kept_under_its_code():
    found = only(value(0x0300, 0xFF00000F, 0x0512))
    assert (found.vital, found.value, found.unit) == ("local:intellivue:0300", 1.5, "{mdc 263442}")


def test_a_difference_of_temperatures_is_no_temperature():
    assert only(value(0xE018, 0xFF00000A, 0x17A0)).vital == "local:intellivue:e018"


def test_another_unit_is_a_number_of_its_own():
    found = only(value(0x4A05, 0xFF0000A1, 0x0F03))
    assert (found.vital, found.value, found.unit) == ("local:intellivue:4a05", 16.1, "kPa")


def test_one_vital_of_two_objects_stays_apart():
    one, two = (0, 0x100, numeric(value())), (1, 0x100, numeric(value(float32=0xFF0003AC)))
    found = readings(one, two)
    assert [(r.variant, r.value) for r in found] == [("", 95.0), ("1.0100", 94.0)]


def test_an_object_keeps_its_name_whatever_comes_first():
    one, two = (0, 0x100, numeric(value())), (1, 0x100, numeric(value(float32=0xFF0003AC)))
    _, frame = decoded(polled(one, two), polled(two, one, ticks=16000))
    assert {r.variant: r.value for r in frame.readings} == {"": 95.0, "1.0100": 94.0}


def test_an_object_that_is_gone_gives_its_vital_to_the_next():
    one, two = (0, 0x100, numeric(value())), (0, 0x200, numeric(value()))
    _, frame = decoded(polled(one), polled(two, ticks=8000 + 6 * 8000))
    assert frame.readings[0].variant == ""


def test_of_vitals_without_end_those_heard_last_have_their_objects_remembered():
    def said(handle, *codes):
        return polled((0, handle, numeric(*(value(code, 0xFF00000F, 0x0512) for code in codes))))

    many = [said(0x100, *range(first, first + 50)) for first in range(0x0300, 0x0300 + 1000, 50)]
    frame = decoded(*many, said(0x200, 0x0300, 0x0300 + 999))[-1]
    assert [reading.variant for reading in frame.readings] == ["", "0.0200"]


def cycles(*raw):
    made = [frame.readings[0] for frame in decoded(*raw)]
    return [(one.value, one.repeat, one.measured_at) for one in made]


def test_a_cuff_cycle_said_every_second_is_one_reading():
    assert cycles(*[polled(cuff())] * 3) == [(121.0, False, TEN), (121.0, True, TEN), (121.0, True, TEN)]


def test_two_equal_cycles_with_two_times_are_two_readings():
    found = cycles(polled(cuff()), polled(cuff(taken=TWENTY)), polled(cuff(taken=TWENTY)))
    assert [repeat for _, repeat, _ in found] == [False, False, True]


def test_a_cuff_without_a_time_is_known_by_its_value():
    _, again = decoded(*[polled(cuff(taken=None))] * 2)
    assert [(r.repeat, r.repeat_by) for r in again.readings] == [(True, "value")] * 3


def test_the_cuffs_pulse_in_another_frame_is_a_repeat_of_its_own():
    pulse = numeric(value(0xF0E5, 60, BPM), taken=TEN)
    found = [frame.readings[0].repeat for frame in decoded(*[polled(cuff()), polled(pulse)] * 2)]
    assert found == [False, False, True, True]


def test_before_the_first_cuff_there_is_no_value():
    found = readings(cuff(NAN, None, 0x2000))
    assert (found[0].value, found[0].reason) == (None, "absent")


def test_a_cuff_that_was_seen_to_run_and_left_nothing_has_failed():
    running, nothing = polled(cuff(NAN, None, 0x2020)), polled(cuff(NAN, None, 0x2000))
    first, after = decoded(running, nothing)
    assert (first.states, after.readings[0].reason) == (("nibp_measuring",), "failed")


@pytest.mark.parametrize("time", [b"\xff" * 8, b"\x20\x26\x13\x02\x10\0\0\0", b"\x20\x26\x0a\x02\x10\0\0\0"])
def test_a_time_that_is_none_is_none(time):
    about = replies.listed([(0x0987, time)])
    (frame,) = decoded(polled(about, kind=frames.MDS))
    assert frame.device_time is None


def test_the_monitors_clock_comes_with_the_keep_alive():
    (frame,) = decoded(polled(replies.mds(TEN, 0), kind=frames.MDS))
    assert frame.device_time == TEN


def test_alarm_texts_are_kept_in_their_own_language():
    texts = [text.encode("utf-16-be") for text in ("SpO₂ Sensor gelöst", "脉搏")]
    (frame,) = decoded(polled(replies.alarms(texts), kind=frames.ALARM))
    assert (frame.readings, frame.raw_flags["technical_alarms"]) == ((), "SpO₂ Sensor gelöst; 脉搏")


def test_waves_are_named_and_are_no_readings():
    samples = struct.pack(">3H", 0x0102, 0, 4) + bytes(4)
    group = struct.pack(">2H", 2, 20) + struct.pack(">3H", 0x4BB4, 0, 4) + bytes(4)
    group += struct.pack(">3H", 0x5000, 0, 4) + bytes(4)
    (frame,) = decoded(
        polled(replies.listed([(0x096E, samples)]), replies.listed([(0x0967, group)]), kind=frames.WAVE)
    )
    assert (frame.readings, frame.raw_flags["waves"]) == ((), "0102 4bb4 5000")


@pytest.mark.parametrize(
    ("payload", "flags"),
    [
        (b"\x0c\x01\x00", {"session": "refuse"}),
        (b"\x19\x03\x11\x01\x03", {"session": "abort"}),
        (b"\x0a\x01\x00", {"session": "disconnect"}),
        (bytes.fromhex("e1000002000300060001000a0000"), {"error": "10"}),
    ],
)
def test_other_messages_are_frames_without_readings(payload, flags):
    (frame,) = decoded(frames.framed(payload))
    assert (frame.readings, frame.raw_flags) == ((), flags)


def create(invocation=1):
    payload = bytearray(replies.mds_create(0, replies.mds(TEN, 0)))
    payload[8:10] = struct.pack(">H", invocation)
    return frames.framed(bytes(payload))


ACCEPT = frames.framed(b"\x0e" + frames.association_request()[1:])
REFUSE, ABORT = frames.framed(b"\x0c\x01\x00"), frames.framed(b"\x19\x03\x11\x01\x03")
CONNECT, RELEASE = (
    frames.framed(frames.association_request()),
    frames.framed(frames.release_request()),
)


def asked(decoder, elapsed):
    return [send.raw for send in decoder.due(elapsed)]


@pytest.mark.parametrize("invocation", [1, 0x7DC0, 0xC1C1, 0xFFFF])
def test_the_create_event_is_answered_under_its_own_number(invocation):
    frame, send = decoded(create(invocation))
    assert (frame.device_time, frame.raw_flags["event"]) == (TEN, "mds_create")
    assert send.raw == frames.framed(frames.mds_create_result(invocation))
    assert ADAPTER.permits(send.raw)


def test_it_opens_with_a_release_of_what_may_be_left_over():
    assert [send.raw for send in ADAPTER.decoder().opening()] == [RELEASE, CONNECT]


def test_it_asks_for_nothing_before_the_monitor_has_told_what_it_is():
    decoder = ADAPTER.decoder()
    decoder.opening()
    decode(decoder, [ACCEPT])
    assert asked(decoder, 1.0) == []


def test_it_polls_and_keeps_alive_once_it_is_served():
    decoder = ADAPTER.decoder()
    decoder.opening()
    decode(decoder, [ACCEPT, create()])
    assert len(asked(decoder, 1.0)) == 3
    decode(decoder, [polled(numeric(value()))])
    assert asked(decoder, 2.0) == []
    assert len(asked(decoder, 6.0)) == 2


@pytest.mark.parametrize("end", [REFUSE, ABORT])
def test_after_a_refusal_or_an_abort_it_tries_again_in_ten_seconds(end):
    decoder = ADAPTER.decoder()
    decoder.opening()
    decode(decoder, [ACCEPT, create()])
    decoder.due(1.0)
    decode(decoder, [end])
    assert asked(decoder, 5.0) == []
    assert asked(decoder, 11.0) == [RELEASE, CONNECT]


def test_a_monitor_that_fell_silent_is_asked_for_a_new_association():
    decoder = ADAPTER.decoder()
    decoder.opening()
    decode(decoder, [ACCEPT, create()])
    decoder.due(1.0)
    assert asked(decoder, 30.0) == [RELEASE, CONNECT]


def test_the_end_of_a_leftover_association_does_not_stop_the_new_one():
    decoder = ADAPTER.decoder()
    decoder.opening()
    decode(decoder, [frames.framed(b"\x0a\x01\x00"), ACCEPT, create()])
    assert len(asked(decoder, 1.0)) == 3


def test_it_ends_with_a_release():
    assert [send.raw for send in ADAPTER.decoder().stop()] == [RELEASE]


@pytest.mark.parametrize(
    "payload",
    [
        frames.single_poll(9, frames.MDS),
        frames.single_poll(3, frames.PATIENT),
        frames.extended_poll(1, frames.WAVE, 60),
        frames.extended_poll(1, frames.NUMERIC, 61),
        bytes.fromhex("e10000020001003203ed0005002c") + bytes(44),  # a SET
        frames.mds_create_result(1) + b"\0",
        b"",
    ],
)
def test_nothing_else_may_be_sent(payload):
    assert not ADAPTER.permits(frames.framed(payload))
