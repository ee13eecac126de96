"""The simulated DRI monitor is silent until asked, keeps to 5 s, and forgets when switched off."""

from datetime import timedelta

import pytest

from devices.adapters._dri_frames import (
    AUXILIARY,
    DISPLAYED,
    EXTENSIONS,
    TREND_60,
    alarms,
    physiological,
    waves,
)
from devices.contract import Frame
from devices.registry import adapter
from devices.simulators.faults import parse_faults
from devices.simulators.plan import Plan
from devices.simulators.rehearsal import EPOCH

VALUES = physiological(DISPLAYED, 5)
TREND_10 = 2


def monitor(*faults, **more):
    return Plan("datex_dri", faults=parse_faults(faults), **more).actor(EPOCH)


def asked(*requests, faults=(), **more):
    one = monitor(*faults, **more)
    for request in requests:
        one.hear(request, 0.0)
    return one


def times(said):
    return [one.at for one in said]


def readings(said):
    decoder = adapter("datex_dri").decoder()
    frames = (event for one in said for event in decoder.feed(one.raw) if isinstance(event, Frame))
    return [{(str(r.vital), r.variant): r for r in frame.readings} for frame in frames if frame.readings]


def test_it_is_silent_until_asked():
    one = monitor()
    assert one.send(3600.0) == []
    assert one.due() == float("inf")


def test_it_sends_displayed_values_at_the_interval_asked_for():
    assert times(asked(physiological(DISPLAYED, 10)).send(30.0)) == [0.0, 10.0, 20.0, 30.0]


def test_it_never_sends_more_often_than_every_five_seconds():
    assert times(asked(physiological(DISPLAYED, 1)).send(10.0)) == [0.0, 5.0, 10.0]


def test_it_stops_when_told_to():
    assert asked(VALUES, physiological(DISPLAYED, 0)).send(60.0) == []


def test_a_second_one_shot_request_within_five_seconds_is_ignored():
    one = asked(physiological(DISPLAYED, -1))
    assert times(one.send(1.0)) == [0.0]
    one.hear(physiological(DISPLAYED, -1), 3.0)
    assert one.send(60.0) == []
    one.hear(physiological(DISPLAYED, -1), 61.0)
    assert times(one.send(61.0)) == [61.0]


@pytest.mark.parametrize("piece", [1, 7])
def test_a_request_may_come_in_pieces(piece):
    one = monitor()
    for start in range(0, len(VALUES), piece):
        one.hear(VALUES[start : start + piece], 0.0)
    assert times(one.send(5.0)) == [0.0, 5.0]


def test_a_request_is_found_after_garbage():
    assert times(asked(b"AT+GCAP\r\x7e\x7e" + VALUES).send(0.0)) == [0.0]


def test_a_request_with_a_wrong_sum_is_ignored():
    assert asked(VALUES[:-2] + bytes([VALUES[-2] ^ 1]) + VALUES[-1:]).send(60.0) == []


def trends(said):
    """Return kind and second of each record: its kind stands behind its first sub-record's offset."""
    return [(one.raw[19], one.at) for one in said]


def test_trends_flow_only_while_displayed_values_are_asked_for():
    alone = asked(physiological(TREND_60, 60))
    assert alone.send(600.0) == []
    both = asked(VALUES, physiological(TREND_60, 60), physiological(TREND_10, 10))
    said = both.send(60.0)
    assert [at for kind, at in trends(said) if kind == TREND_60] == [60.0]
    assert [at for kind, at in trends(said) if kind == TREND_10] == [10.0, 20.0, 30.0, 40.0, 50.0, 60.0]
    both.hear(physiological(DISPLAYED, 0), 60.0)
    assert both.send(600.0) == []


def test_extension_classes_come_beside_the_basic_one_where_they_are_asked_for():
    plain, extended, without = (
        asked(physiological(DISPLAYED, 5, classes)).send(0.0)[0] for classes in (0, EXTENSIONS, 0x01 | 0x02)
    )
    assert len(extended.raw) >= len(plain.raw) + 3 * 278
    (frame,) = adapter("datex_dri").decoder().feed(extended.raw)
    assert frame.raw_flags["classes"] == "0 1 2 3"
    assert without.readings == ()


def test_waves_end_for_good_where_rts_was_off_for_more_than_two_seconds():
    device = asked(waves([8]))
    device.send(1.0)
    device.blocked(1.9)
    assert device.send(2.0)
    device.blocked(2.1)
    assert device.send(60.0) == []
    device.hear(waves([8]), 60.0)
    assert device.send(61.0)


@pytest.mark.parametrize("seed", range(4))
def test_alarm_texts_may_be_in_another_language(seed):
    one = asked(alarms(2), faults=["probe_off@0+10", "foreign_texts@0"], seed=seed)
    (frame,) = adapter("datex_dri").decoder().feed(one.send(0.0)[0].raw)
    said = frame.raw_flags["alarm_1"]
    assert said in ("SpO2-Fühler ab", "Capteur SpO2 débranché", "Sensor SpO2 desconectado")


def test_a_module_that_is_unplugged_has_no_readings():
    one = asked(VALUES, faults=["module_off@4+10"])
    before, after = readings(one.send(5.0))
    assert ("spo2", "") in before
    assert ("spo2", "") not in after


def test_waves_are_sent_five_times_a_second_until_they_are_ended():
    device = asked(waves([1, 8]))
    first, *_, last = device.send(1.0)
    assert [len(wave.samples) for wave in first.waves] == [60, 20]
    assert last.at == 1.0
    device.hear(waves([], stop=True), 1.0)
    assert device.send(60.0) == []


def test_waves_of_more_than_600_samples_a_second_are_left_out_without_a_word():
    (first, *_) = asked(waves([1, 2, 3, 8])).send(0.2)
    assert [wave.variant for wave in first.waves] == ["II", "V"]


def test_alarm_texts_come_when_asked_for():
    (said,) = asked(alarms(2), faults=["probe_off@0+10"]).send(0.0)
    assert b"SpO2 probe off" in said.raw


def test_it_forgets_what_was_asked_when_switched_off():
    one = asked(VALUES, faults=["power_cycle@20+10"])
    assert times(one.send(100.0)) == [0.0, 5.0, 10.0, 15.0]
    one.hear(VALUES, 101.0)
    assert times(one.send(106.0)) == [101.0, 106.0]


def test_it_does_not_hear_while_it_is_switched_off():
    one = asked(faults=["power_cycle@20+10"])
    one.hear(VALUES, 25.0)
    assert one.send(100.0) == []


def test_it_forgets_the_cuff_value_when_switched_off():
    before = readings(asked(VALUES, held=(188, 112)).send(0.0))[0]
    one = asked(faults=["power_cycle@20+10"], held=(188, 112))
    one.hear(VALUES, 31.0)
    after = readings(one.send(31.0))[0]
    assert (before["nibp_sys", ""].value, after["nibp_sys", ""].value) == (188.0, None)


def test_a_held_value_has_a_measurement_time_before_the_beginning():
    said = readings(asked(physiological(AUXILIARY, 5), VALUES, held=(188, 112)).send(0.0))[0]
    assert said["nibp_sys", ""].measured_at == EPOCH - timedelta(minutes=25)


def test_it_says_that_the_cuff_is_inflated():
    said = asked(VALUES).send(70.0)
    assert [one.at for one in said if one.states] == [60.0, 65.0, 70.0]


@pytest.mark.parametrize("seed", [1410, 1411])
def test_the_auxiliary_record_may_come_before_or_after_the_values(seed):
    first, second = asked(VALUES, physiological(AUXILIARY, 5), seed=seed).send(0.0)
    assert bool(first.readings) is bool(seed % 2)
    assert bool(second.readings) is not bool(seed % 2)


@pytest.mark.parametrize("seed", range(6))
def test_a_wrong_clock_is_wrong_by_minutes_an_hour_or_years(seed):
    (said,) = asked(physiological(DISPLAYED, -1), faults=["clock_wrong@0"], seed=seed).send(0.0)
    assert said.device_time != EPOCH
    assert abs(said.device_time - EPOCH) >= timedelta(minutes=7)
