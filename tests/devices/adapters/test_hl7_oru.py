from __future__ import annotations

from datetime import datetime

import device_captures
import pytest

from devices.adapters.hl7_oru import ADAPTER
from devices.contract import Frame, Quality, Reading, Send, Unread, completed, decode

MMHG, PERCENT, BEATS = (
    "266016^MDC_DIM_MMHG^MDC",
    "262688^MDC_DIM_PERCENT^MDC",
    "264864^MDC_DIM_BEAT_PER_MIN^MDC",
)
CELSIUS, FAHRENHEIT = "268192^MDC_DIM_DEGC^MDC", "268160^MDC_DIM_FAHR^MDC"
KILOPASCAL = "265987^MDC_DIM_KILO_PASCAL^MDC"
SPO2 = "150456^MDC_PULS_OXIM_SAT_O2^MDC"


def obx(code, value="97", unit=PERCENT, *, flags="", status="R", time="", place="1.1.1.1", kind="NM"):
    return f"OBX|1|{kind}|{code}|{place}|{value}|{unit}||{flags}|||{status}|||{time}"


def message(*rows, sent="20260302100000", control="7", accept="AL", answer="NE", mode="P", kind="ORU^R01"):
    header = rf"MSH|^~\&|EXAMPLE||||{sent}||{kind}|{control}|{mode}|2.6|||{accept}|{answer}||UNICODE UTF-8"
    return "".join(f"{line}\r" for line in (header, "PID|||DEMO-1||DEMO^Example", "OBR|1", *rows)).encode()


def wrapped(*rows, **more):
    return b"\x0b" + message(*rows, **more) + b"\x1c\r"


def events(*chunks):
    decoder = ADAPTER.decoder()
    return decode(decoder, chunks) + completed(decoder)


def frames(*chunks):
    return [event for event in events(*chunks) if isinstance(event, Frame)]


def readings(*rows, **more) -> list[Reading]:
    (frame,) = frames(wrapped(*rows, **more))
    return list(frame.readings)


def only(*rows) -> Reading:
    (one,) = readings(*rows)
    return one


def cuff(sys=121, dia=75, mean=92, time="20260302095000"):
    return [
        obx("150301^MDC_PRESS_CUFF_SYS^MDC", sys, MMHG, time=time),
        obx("150303^MDC_PRESS_CUFF_MEAN^MDC", mean, MMHG, time=time),
        obx("150302^MDC_PRESS_CUFF_DIA^MDC", dia, MMHG, time=time),
    ]


def cycles(*messages):
    made = [frame.readings[0] for frame in frames(*messages)]
    return [(one.value, one.repeat, one.measured_at) for one in made]


@pytest.mark.parametrize(
    ("file", "sent", "said"),
    [
        (
            "mindray_vs900_2019",
            datetime(2019, 12, 6, 11, 34, 52),  # noqa: DTZ001
            "spo2 99.0, spo2_pr 94.0, perfusion_index 0.94, nibp_sys 147.0, nibp_map 109.0, nibp_dia 90.0, "
            "temp/axillary 35.1",
        ),
        (
            "comen_nc5_spot",
            datetime(2026, 7, 26, 23, 13, 32, 110600),  # noqa: DTZ001
            "nibp_sys 120.0, nibp_map 90.0, nibp_dia 80.0, spo2 98.0, pulse_generic 60.0, temp 39.0, "
            "height None, weight None",
        ),
        (
            "ge_b40_gateway_2023",
            datetime(2023, 3, 9, 14, 39),  # noqa: DTZ001
            "ecg_hr 68.0, etco2 1.0, fico2 1.0, spo2_pr 67.0, spo2 97.0",
        ),
    ],
)
def test_a_real_message_says_what_stands_in_it(file, sent, said):
    raw = device_captures.real(f"hl7/{file}.hl7").read_bytes()
    for bytes_ in (raw, b"\x0b" + raw + b"\x1c\r"):
        (frame,) = frames(bytes_)
        read = [f"{r.vital}{'/' + r.variant if r.variant else ''} {r.value}" for r in frame.readings]
        assert (frame.raw, frame.device_time, ", ".join(read)) == (bytes_, sent, said)


def test_a_real_cuff_value_has_its_own_time_and_not_the_messages():
    (frame,) = frames(device_captures.real("hl7/mindray_vs900_2019.hl7").read_bytes())
    assert frame.readings[3].measured_at == datetime(2019, 12, 6, 11, 10, 16)  # noqa: DTZ001


@pytest.mark.parametrize("end", [b"\r", b"\n", b"\r\n", b"\r\r\n"])
def test_segments_may_end_in_any_line_end(end):
    (frame,) = frames(b"\x0b" + message(obx(SPO2)).replace(b"\r", end) + b"\x1c\r")
    assert frame.readings[0].value == 97.0


def test_messages_without_mllp_are_found_by_msh_and_never_acknowledged():
    one, two = message(obx(SPO2, "97")), message(obx(SPO2, "96"))
    found = events(one, two)
    assert [event.readings[0].value for event in found] == [97.0, 96.0]
    assert [event.raw for event in found] == [one, two]


def test_a_message_without_mllp_waits_for_the_next_or_the_end():
    decoder = ADAPTER.decoder()
    assert decode(decoder, [message(obx(SPO2))]) == []
    (frame,) = completed(decoder)
    assert (frame.readings[0].value, decoder.pending) == (97.0, b"")


def test_a_message_cut_short_in_mllp_is_unread_even_at_the_end():
    unread, frame, *_ = events(wrapped(obx(SPO2))[:-9], wrapped(obx(SPO2)))
    assert (unread.why, frame.readings[0].value) == ("a message without its end", 97.0)
    decoder = ADAPTER.decoder()
    assert decode(decoder, [wrapped(obx(SPO2))[:-2]]) + completed(decoder) == []
    assert decoder.pending == wrapped(obx(SPO2))[:-2]


def test_what_comes_before_a_message_is_unread():
    unread, *_ = events(b"login: " + wrapped(obx(SPO2)))
    assert unread == Unread(b"login: ", "before the start of a message")


@pytest.mark.parametrize("bad", [b"\0", b"\x02", b"\x7f"])
def test_a_control_character_makes_a_message_unread(bad):
    (unread,) = events(wrapped(obx(SPO2)).replace(b"97", b"9" + bad + b"7"))
    assert isinstance(unread, Unread)


def test_a_segment_that_is_none_makes_a_message_unread():
    (unread,) = events(wrapped("spo2 97"))
    assert unread.why == "segment 4 of the message is none"


@pytest.mark.parametrize(
    ("accept", "answer", "asked"),
    [("AL", "NE", 1), ("NE", "AL", 1), ("", "", 1), ("NE", "NE", 0), ("NE", "", 0), ("ER", "NE", 0)],
)
def test_it_is_acknowledged_where_the_sender_asks(accept, answer, asked):
    found = events(wrapped(obx(SPO2), accept=accept, answer=answer))
    sends = [event.raw for event in found if isinstance(event, Send)]
    assert len(sends) == asked
    for raw in sends:
        assert raw == (b"\x0bMSH|^~\\&|INFUSIONLOG||||20260302100000||ACK^R01^ACK|7|P|2.6\rMSA|AA|7\r\x1c\r")
        assert ADAPTER.permits(raw)


def test_the_acknowledgement_follows_its_message():
    kinds = [type(event) for event in events(wrapped(obx(SPO2)) + wrapped(obx(SPO2)))]
    assert kinds == [Frame, Send, Frame, Send]


@pytest.mark.parametrize("control", ["", "a b", "x" * 60, "7^8", "7\\F\\"])
def test_what_a_control_id_can_smuggle_is_not_sent(control):
    assert not [event for event in events(wrapped(obx(SPO2), control=control)) if isinstance(event, Send)]


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        (b"ACK^R01", b"ORU^R01"),
        (b"MSA|AA|7", b"MSA|AA|8"),
        (b"MSA|AA", b"MSA|AE"),
        (b"\rMSA", b"\rORC|NW|1\rMSA"),
        (b"||||2", b"||SECRET||2"),
        (b"\x0b", b""),
        (b"\x1c\r", b"\x1c\r\x0b"),
    ],
)
def test_nothing_else_may_be_sent(good, bad):
    (raw,) = [event.raw for event in events(wrapped(obx(SPO2))) if isinstance(event, Send)]
    assert not ADAPTER.permits(raw.replace(good, bad))


@pytest.mark.parametrize("kind", ["ORU^R40", "ADT^A01", "QRY^R02", "ACK^R01"])
def test_other_messages_are_frames_without_readings_and_without_an_answer(kind):
    (frame,) = events(wrapped(obx(SPO2), kind=kind))
    assert (frame.readings, frame.raw_flags["message"]) == ((), kind)


@pytest.mark.parametrize(
    ("value", "status", "flags", "reason"),
    [
        ("", "R", "", "absent"),
        ("", "X", "", "absent"),
        ('""', "R", "", "absent"),
        ("-100", "R", "", "absent"),
        ("-999", "R", "", "absent"),
        ("-99.9", "R", "", "absent"),
        ("-1", "R", "", "absent"),
        ("8388607", "X", "", "absent"),
        ("8388607", "R", "", "absent"),
        ("97", "X", "", "absent"),
        ("Other", "F", "", "invalid"),
        ("---", "F", "", "invalid"),
        ("-5", "R", "", "under_range"),
        ("101", "R", "", "over_range"),
        ("", "X", "OFF", "off"),
        ("97", "R", "NAN", "invalid"),
    ],
)
def test_every_form_of_a_missing_value_is_none_with_its_reason(value, status, flags, reason):
    found = only(obx(SPO2, value, status=status, flags=flags))
    assert (found.value, found.reason, found.quality) == (None, reason, Quality.INVALID)


def test_zero_is_a_number_but_not_where_nobody_has_typed_one():
    assert only(obx("149530^MDC_PULS_OXIM_PULS_RATE^MDC", "0", BEATS)).value == 0.0
    weight = only(obx("188736^MDC_MASS_BODY_ACTUAL^MDC", "0", "263875^MDC_DIM_KILO_G^MDC"))
    assert (weight.value, weight.reason) == (None, "absent")


@pytest.mark.parametrize(
    ("flags", "status", "reason", "quality"),
    [
        ("INV", "R", "invalid", Quality.INVALID),
        ("L~QUES", "R", "questionable", Quality.QUESTIONABLE),
        ("QUES~INV", "R", "invalid", Quality.INVALID),
        ("H", "R", None, Quality.GOOD),
        ("", "W", "withdrawn", Quality.INVALID),
    ],
)
def test_a_mark_beside_a_number_keeps_the_number(flags, status, reason, quality):
    found = only(obx(SPO2, "97", flags=flags, status=status))
    assert (found.value, found.reason, found.quality) == (97.0, reason, quality)


def test_the_demo_mark_is_a_state_of_the_frame():
    (frame,) = frames(wrapped(obx(SPO2, flags="DEMO"), obx("149530^^MDC", "72", BEATS)))
    assert (frame.states, frame.raw_flags["flags_150456"]) == (("demo",), "DEMO")


@pytest.mark.parametrize("mode", ["T", "D"])
def test_a_message_for_training_is_a_test(mode):
    (frame,) = frames(wrapped(obx(SPO2), mode=mode))
    assert frame.states == ("test",)


def test_a_structure_row_is_no_reading():
    assert readings("OBX|4||69766^MDC_DEV_GEN_CONC_AWAY_VMD^MDC|1.11.0.0|||||||X") == []


@pytest.mark.parametrize("name", ["COMEN_NIBP_POS", "COMEN_TEMP_POS", "COMEN_SPO2_POS"])
def test_a_context_row_is_never_a_vital(name):
    (frame,) = frames(wrapped(obx(f"2270^{name}^99COMEN", "120", "")))
    assert (frame.readings, frame.raw_flags[name]) == ((), "120")


def test_names_of_people_stay_in_the_raw_bytes():
    handler = obx("2275^COMEN_HANDLER^99COMEN", "DEMO Nurse", "", kind="ST")
    (frame,) = frames(wrapped(handler, obx(SPO2)))
    assert "DEMO" not in str((frame.readings, dict(frame.raw_flags)))


@pytest.mark.parametrize(
    ("code", "vital"),
    [
        ("150301^MDC_PRESS_CUFF_SYS", "nibp_sys"),
        ("150021^MDC_PRESS_BLD_NONINV_SYS", "nibp_sys"),
        ("150021^", "nibp_sys"),
        ("150021^NIBP-S", "nibp_sys"),
        ("150021^MDC_PRESS_BLD_ART_SYS", "ibp_sys"),
        ("150017^MDC_PRESS_BLD_NONINV_SYS", "nibp_sys"),
        ("150017^MDC_PRESS_BLD_SYS", "bp_sys_generic"),
        ("150031^MDC_PRESS_CUFF_SYS", "nibp_sys"),
        ("149522^MDC_PULS_RATE", "pulse_generic"),
        ("149546^MDC_PULS_RATE_NON_INV", "nibp_pulse"),
    ],
)
def test_code_and_name_say_together_which_vital_it_is(code, vital):
    unit = MMHG if "PRESS" in code or "150" in code else BEATS
    assert only(obx(f"{code}^MDC", "99", unit)).vital == vital


@pytest.mark.parametrize(
    ("code", "unit", "vital"),
    [("0002-4a05^NBPs", "0004-0f20^mmHg", "nibp_sys"), ("0002-4822^Pulse", "0004-0aa0^bpm", "spo2_pr")],
)
def test_philips_codes_are_those_of_its_serial_port(code, unit, vital):
    found = only(obx(f"{code}^MDIL", "99", f"{unit}^MDIL"))
    assert (found.vital, found.value, found.reason) == (vital, 99.0, None)


def test_a_code_that_is_philips_own_is_no_vital():
    assert readings(obx("0002-e140^Example^MDIL", "70", "0004-06c3^kg^MDIL")) == []


def test_a_code_and_a_name_that_contradict_each_other_are_no_vital():
    found = only(obx("150456^MDC_PRESS_CUFF_SYS^MDC", "97"))
    assert (found.vital, found.value, found.unit) == ("local:hl7_oru:150456", 97.0, "%")
    assert (found.reason, found.quality) == ("code_and_name_differ", Quality.QUESTIONABLE)


def test_a_number_without_a_name_here_is_kept_under_its_code():
    found = only(obx("131841^MDC_ECG_AMPL_ST_I^MDC", "-1", "266418^MDC_DIM_MILLI_VOLT^MDC"))
    assert (found.vital, found.value, found.unit) == ("local:hl7_oru:131841", -1.0, "mV")


def test_another_unit_is_kept_as_another_number_and_never_taken_for_the_vital():
    found = only(obx("150301^MDC_PRESS_CUFF_SYS^MDC", "16.1", KILOPASCAL))
    assert (found.vital, found.value, found.unit) == ("local:hl7_oru:150301", 16.1, "kPa")


def test_fahrenheit_becomes_celsius():
    assert only(obx("150344^MDC_TEMP^MDC", "98.6", FAHRENHEIT)).value == 37.0


def test_a_temperature_that_lost_its_point_is_out_of_range_and_not_mended():
    found = only(obx("150344^MDC_TEMP^MDC", "384.5", CELSIUS))
    assert (found.value, found.reason) == (None, "over_range")


def test_a_number_without_a_unit_is_questionable():
    found = only(obx(SPO2, "97", ""))
    assert (found.vital, found.value, found.reason) == ("spo2", 97.0, "unit_unstated")


def test_a_cuff_cycle_said_again_is_one_reading():
    assert [repeat for _, repeat, _ in cycles(*[wrapped(*cuff())] * 3)] == [False, True, True]


def test_two_equal_cycles_with_two_times_are_two_readings():
    later = wrapped(*cuff(time="20260302101000"))
    found = cycles(wrapped(*cuff()), later, later)
    assert [repeat for _, repeat, _ in found] == [False, False, True]
    assert [time.minute for _, _, time in found] == [50, 10, 10]


def test_a_changed_value_with_the_old_time_is_a_new_reading():
    assert [repeat for _, repeat, _ in cycles(wrapped(*cuff()), wrapped(*cuff(sys=131)))] == [False, False]


def test_without_a_time_only_a_change_of_value_tells():
    first, again = frames(*[wrapped(*cuff(time=""))] * 2)
    assert [(r.repeat, r.repeat_by, r.measured_at) for r in again.readings] == [(True, "value", None)] * 3
    assert not first.readings[0].repeat


def test_an_offset_stays_part_of_the_claim():
    (frame,) = frames(wrapped(*cuff(time="20260302095000+0800"), sent="20260302100000.1234+0800"))
    assert frame.device_time == datetime(2026, 3, 2, 10, 0, 0, 123400)  # noqa: DTZ001
    assert frame.readings[0].measured_at == datetime(2026, 3, 2, 9, 50)  # noqa: DTZ001
    assert frame.raw_flags["utc_offset"] == "+0800"


def test_a_measurement_later_than_its_message_is_marked():
    (frame,) = frames(wrapped(*cuff(time="20260302100500")))
    assert frame.raw_flags["timed_after_message"] == "nibp_sys nibp_map nibp_dia"


@pytest.mark.parametrize("time", ["", "20261302100000", "2026", "soon"])
def test_a_time_that_is_none_is_none(time):
    (frame,) = frames(wrapped(obx(SPO2), sent=time))
    assert frame.device_time is None


def test_a_second_value_of_one_vital_is_named_by_its_place():
    found = readings(obx(SPO2, "97", place="1.3.1.1"), obx(SPO2, "94", place="1.4.1.1"))
    assert [(r.variant, r.value) for r in found] == [("", 97.0), ("1.4.1.1", 94.0)]


def test_a_chinese_text_can_hold_any_byte():
    name = "演示|病人".encode("gb18030")
    raw = wrapped(obx(SPO2)).replace(b"UNICODE UTF-8", b"GB 18030-2000").replace(b"Example\r", name + b"\r")
    (frame,) = frames(raw)
    assert frame.readings[0].value == 97.0
