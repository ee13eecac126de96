from __future__ import annotations

import json
import struct
from datetime import UTC, datetime

import device_captures
import pytest

from devices import registry
from devices.adapters._dri_frames import alarms, frame_record, physiological, waves
from devices.adapters._dri_records import GROUPS
from devices.contract import Event, Frame, Quality, Reading, Unread, decode

ON, MEASURING, OLD = 3, 1 << 5, 1 << 8
GROUP = {group.name: group for group in GROUPS}
TEN, TWENTY = 1_772_445_600, 1_772_446_800
CUFF = (12100, 7500, 9200, 80)


def real_record(kind: str) -> bytes:
    return bytes.fromhex(device_captures.real(f"datex_s5/lnhealth_{kind}_record.hex").read_text().split()[0])


def record(maintype: int, *parts: tuple[int, bytes]) -> bytes:
    """Return a framed record with these sub-records: (type, bytes)."""
    body, places = b"", b""
    for kind, part in parts:
        places += struct.pack("<hB", len(body), kind)
        body += part
    places = (places + struct.pack("<hB", 0, 0xFF)).ljust(24, b"\x55")  # what follows FF is garbage
    return frame_record(
        struct.pack("<hBBHI4xh24s", 40 + len(body), 7, 8, 0, TWENTY, maintype, places[:24]) + body
    )


def basic(marker: int = 0, klass: int = 0, **groups: tuple[int, int, tuple[int, ...]]) -> bytes:
    """Return a physiological sub-record; groups not given have no module and hold codes."""
    part = bytearray(struct.pack("<I", TWENTY) + struct.pack("<h", -32767) * 135)
    for name, group in GROUP.items():
        status, label, values = groups.get(name, (0, 0, (-32767,) * len(group.values)))
        struct.pack_into(f"<IH{len(values)}h", part, group.at, status, label, *values)
    return bytes(part) + struct.pack("<BBH", marker, 0, klass << 8)


def displayed(**groups: tuple[int, int, tuple[int, ...]]) -> bytes:
    return record(0, (1, basic(**groups)))


def cuff(values: tuple[int, ...] = CUFF, label: int = 0) -> bytes:
    return displayed(nibp=(ON, label, values))


def auxiliary(nibp_time: int) -> bytes:
    return record(0, (4, struct.pack("<I110x", nibp_time)))


def events(*frames: bytes) -> list[Event]:
    return decode(registry.adapter("datex_dri").decoder(), [b"".join(frames)])


def reading(raw: bytes, vital: str) -> Reading:
    (frame,) = events(raw)
    assert isinstance(frame, Frame), frame
    (found,) = [reading for reading in frame.readings if reading.vital == vital]
    return found


def cycles(*frames: bytes) -> list[tuple[float | None, bool, datetime | None]]:
    """Return systolic, repeat and measurement time of each frame with a cuff."""
    made = [event.readings[0] for event in events(*frames) if isinstance(event, Frame) and event.readings]
    return [(one.value, one.repeat, one.measured_at) for one in made]


AT_TEN, AT_TWENTY = datetime(2026, 3, 2, 10, 0), datetime(2026, 3, 2, 10, 20)  # noqa: DTZ001


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("displayed_10s_all", physiological(1, 10, 0x0E)),
        ("displayed_stop", physiological(1, 0)),
        ("trend60_start", physiological(3, 60, 0x0E)),
        ("trend60_stop", physiological(3, 0)),
        ("wave_ecg1_start", waves([1])),
        ("wave_stop", waves([], stop=True)),
    ],
)
def test_requests_are_the_vendors_vectors_byte_for_byte(name, made):
    vectors = json.loads(device_captures.real("datex_s5/request_vectors.json").read_text())["frames"]
    assert made.hex() == vectors[name]


def test_a_real_record_of_displayed_values_says_what_its_reader_says():
    said = json.loads(device_captures.real("datex_s5/lnhealth_expected.json").read_text())["trend"]
    (frame,) = events(frame_record(real_record("trend")))
    read = {(r.vital, r.variant): (r.value, r.reason) for r in frame.readings}
    expect, also = said["peer_expect"], said["also"]
    assert frame.raw_flags["record"] == str(said["r_nbr"])
    assert frame.raw_flags["classes"] == " ".join(map(str, said["classes"]))
    assert frame.raw_flags["marker"] == str(said["marker"])
    assert frame.device_time == datetime.fromtimestamp(said["timestamp"], UTC).replace(tzinfo=None)
    assert read["ecg_hr", ""] == (expect["hr"], "learning")
    pressures = [read[vital, expect["p1_name"]][0] for vital in ("ibp_sys", "ibp_dia", "ibp_map")]
    assert pressures == [expect["p1_sys"], also["p1_dia"], also["p1_mean"]]
    assert read["ibp_sys", "CVP"] == (also["p2_sys"], None)
    assert read["fio2", ""] == (expect["o2_fi"], None)
    assert read["local:datex_dri:st1", expect["ecg1_label"]] == (None, "discontinued")
    assert [read["temp", site][0] for site in ("NASO", "RECT", "ESO")] == [also["t1"], also["t2"], also["t3"]]
    assert read["temp", "T4"] == (None, "under_range")
    assert read["nibp_sys", ""] == read["spo2", ""] == (None, "invalid")
    assert read["local:datex_dri:ambient_pressure", ""] == (also["amb_press"], None)
    assert read["local:datex_dri:bis_sqi", ""] == (expect["bis_sqi"], None)
    assert not [r for r in frame.readings if "entropy" in r.vital], "absent is not zero"


def test_a_real_wave_record_is_a_frame_without_readings():
    said = json.loads(device_captures.real("datex_s5/lnhealth_expected.json").read_text())["wave"]
    (frame,) = events(frame_record(real_record("wave")))
    assert frame.readings == ()
    assert frame.raw_flags["record"] == str(said["r_nbr"])
    assert len(frame.raw_flags["waves"].split()) == said["subrecords"]


def test_bytes_7d_and_7e_are_escaped_in_record_and_checksum():
    framed = frame_record(b"\x7e\x7d" + bytes(38) + b"\x02")
    assert framed == b"\x7e\x7d\x5e\x7d\x5d" + bytes(38) + b"\x02\xfd\x7e"
    assert physiological(3, 60, 0x0E).endswith(b"\x7d\x5d\x7e")


@pytest.mark.parametrize("between", [b"", b"\x7e", b"\x7e\x7e\x7e"])
def test_flags_may_be_shared_or_doubled(between):
    first, second = cuff(), auxiliary(TEN)
    frames = events(first, between, second[1:] if between == b"" else second)
    assert len([event for event in frames if isinstance(event, Frame)]) == 2


def test_a_truncated_frame_resynchronises_at_the_next_flag():
    unread, frame = events(cuff()[:113], cuff())
    assert isinstance(unread, Unread)
    assert isinstance(frame, Frame)


def test_a_wrong_length_in_the_header_is_no_record():
    body = bytearray(real := bytes(38) + b"\0\0" + b"\0" * 10)
    body[0] = len(real) + 1
    (unread,) = events(frame_record(bytes(body)))[:1]
    assert unread.why == f"record of {len(real)} bytes that says {len(real) + 1}"


def test_a_sub_record_outside_its_record_makes_it_unread():
    (unread,) = events(record(0, (1, bytes(100))))
    assert unread.why == "sub-record of type 1 at 0 is not in the record"


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (-32767, "invalid"),
        (-32766, "not_updated"),
        (-32765, "discontinued"),
        (-32764, "under_range"),
        (-32763, "over_range"),
        (-32762, "not_calibrated"),
        (-32001, "invalid"),
    ],
)
def test_each_code_is_no_value_with_its_reason(code, reason):
    found = reading(displayed(spo2=(ON, 0, (code, 72, 0, code))), "spo2")
    assert (found.value, found.reason, found.quality) == (None, reason, Quality.INVALID)


def test_zero_and_minus_one_are_numbers():
    frame = displayed(ecg=(ON | 1 << 3 | 1 << 2, 0x0210, (0, -1, 0, -200, 14)))
    assert reading(frame, "local:datex_dri:st1").value == -0.01
    (event,) = events(frame)
    assert (event.readings[0].value, event.states) == (0.0, ("asystole",))


@pytest.mark.parametrize(
    ("source", "vital", "variant"),
    [(1, "ecg_hr", ""), (9, "ecg_hr", ""), (2, "pulse_generic", "p1"), (6, "pulse_generic", "spo2")],
)
def test_a_heart_rate_that_is_not_from_the_ecg_is_not_called_so(source, vital, variant):
    (frame,) = events(displayed(ecg=(ON | source << 3, 0, (72, 0, 0, 0, 14))))
    assert (frame.readings[0].vital, frame.readings[0].variant) == (vital, variant)


def test_a_module_that_is_not_there_is_absent_and_not_zero():
    (frame,) = events(displayed(spo2=(ON, 0, (9800, 72, 150, 0))))
    assert {reading.vital for reading in frame.readings} == {
        "spo2",
        "spo2_pr",
        "local:datex_dri:ir_amplitude",
    }


def test_a_number_of_an_inactive_measurement_is_kept_as_invalid():
    found = reading(displayed(spo2=(1, 0, (9800, 72, 0, 0))), "spo2")
    assert (found.value, found.quality, found.reason) == (98.0, Quality.INVALID, "inactive")


def test_etco2_stays_the_percent_that_it_is():
    found = reading(displayed(co2=(ON, 1, (520, 10, 14, 7551))), "local:datex_dri:etco2")
    assert (found.value, found.unit) == (5.2, "%")


def test_labels_are_sites_and_two_alike_stay_apart():
    (frame,) = events(displayed(p1=(ON, 1, (12000, 7000, 9000, 70)), p2=(ON, 1, (11800, 6900, 8900, 70))))
    sites = [reading.variant for reading in frame.readings if reading.vital == "ibp_sys"]
    assert sites == ["ART", "ART P2"]


def test_skin_temperature_has_a_name_of_its_own():
    assert reading(displayed(t1=(ON, 7, (3390,))), "temp_skin").value == 33.9


def test_the_third_extension_class_and_trends_are_never_read_as_displayed_values():
    spo2 = (ON, 0, (9800, 72, 0, 0))
    extension, trend = events(record(0, (1, basic(klass=3, spo2=spo2))), record(0, (3, basic(spo2=spo2))))
    assert (extension.readings, extension.raw_flags["classes"]) == ((), "3")
    assert (trend.readings, trend.raw_flags["trend"]) == ((), "3")


def test_the_event_marker_is_kept():
    (frame,) = events(record(0, (1, basic(marker=5))))
    assert frame.raw_flags["marker"] == "5"


def test_alarm_texts_are_kept_in_their_own_language():
    text = "SpO2-Sensor gelöst".encode("latin-1").ljust(80, b"\0")
    (frame,) = events(record(4, (1, bytes(10) + text + bytes(418))))
    assert (frame.readings, frame.raw_flags["alarm_1"]) == ((), "SpO2-Sensor gelöst")


def test_the_auxiliary_record_dates_the_cuff_readings_after_it():
    assert cycles(auxiliary(TEN), cuff(), cuff()) == [(121.0, False, AT_TEN), (121.0, True, AT_TEN)]


def test_two_equal_cycles_with_two_times_are_two_readings():
    found = cycles(auxiliary(TEN), cuff(), cuff(), auxiliary(TWENTY), cuff(), cuff())
    assert [repeat for _, repeat, _ in found] == [False, True, False, True]
    assert [time for _, _, time in found] == [AT_TEN, AT_TEN, AT_TWENTY, AT_TWENTY]


def test_a_new_value_never_takes_the_time_of_the_cycle_before():
    new = (13100, 8400, 9900, 84)
    found = cycles(auxiliary(TEN), cuff(), cuff(new), auxiliary(TWENTY), cuff(new))
    assert found == [(121.0, False, AT_TEN), (131.0, False, None), (131.0, True, AT_TWENTY)]


def test_without_a_time_a_cycle_seen_to_run_is_new_even_with_equal_values():
    nothing = (-32767,) * 4
    for between in (cuff(label=MEASURING), cuff(nothing, MEASURING), cuff(nothing)):
        assert [repeat for value, repeat, _ in cycles(cuff(), between, cuff()) if value][-1] is False


def test_a_cuff_that_ran_and_still_shows_values_older_than_60_s_has_no_new_ones():
    assert [repeat for _, repeat, _ in cycles(cuff(), cuff(label=MEASURING), cuff(label=OLD))][-1] is True


def test_a_time_that_did_not_change_outweighs_a_cuff_seen_to_run():
    found = cycles(auxiliary(TEN), cuff(), cuff(label=MEASURING), cuff())
    assert [repeat for _, repeat, _ in found] == [False, True, True]


def test_measuring_is_a_state_and_a_failed_cycle_has_no_numbers():
    (running,) = events(cuff((-32766,) * 4, MEASURING))
    assert running.states == ("nibp_measuring",)
    assert {(r.value, r.reason) for r in running.readings} == {(None, "not_updated")}


def test_an_unknown_nibp_time_dates_nothing():
    assert cycles(auxiliary(0), cuff()) == [(121.0, False, None)]


def test_it_asks_at_opening_and_again_after_15_s_of_silence():
    decoder = registry.adapter("datex_dri").decoder()
    asked = decoder.opening()
    assert [send.raw for send in asked] == [physiological(1, 5, 0x0E), physiological(4, 5), alarms(2)]
    assert [decoder.due(float(second)) for second in range(1, 15)] == [[]] * 14
    assert decoder.due(15.0) == asked
    decoder.feed(cuff())
    assert [decoder.due(float(second)) for second in range(16, 31)] == [[]] * 15
    assert decoder.due(31.0) == asked


def test_a_bad_frame_is_not_heard():
    decoder = registry.adapter("datex_dri").decoder()
    decoder.feed(b"\x7e" + bytes(50) + b"\x7e")
    assert decoder.due(15.0) == decoder.opening()


def test_what_ends_the_sending_is_allowed_and_trends_are_not():
    adapter = registry.adapter("datex_dri")
    assert all(adapter.permits(send.raw) for send in adapter.decoder().stop())
    assert not adapter.permits(physiological(3, 60, 0x0E))
    assert not adapter.permits(waves([1]))


def test_values_shown_while_the_cuff_runs_are_still_the_last_ones():
    new = (15000, 9000, 11000, 70)
    shown = cycles(auxiliary(TEN), cuff(), auxiliary(TWENTY), cuff(label=MEASURING), cuff(new), cuff(new))
    assert shown == [
        (121.0, False, AT_TEN),
        (121.0, True, AT_TEN),
        (150.0, False, AT_TWENTY),
        (150.0, True, AT_TWENTY),
    ]


def test_a_number_that_no_body_can_have_is_none():
    impossible = reading(displayed(spo2=(ON, 0, (32700, 70, 100, 0))), "spo2")
    assert (impossible.value, impossible.reason, impossible.quality) == (None, "impossible", Quality.INVALID)
