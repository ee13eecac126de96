"""A pump's words become facts where they change; what it did not say is not made up."""

from __future__ import annotations

from datetime import datetime

import pytest

from devices.contract import Reading
from logger.clock import SECOND
from logger.recording.pump import STILL_AFTER, PumpWatch

OPENED = 1_790_000_000 * SECOND


class Watched:
    """A pump that is heard every two seconds."""

    def __init__(self) -> None:
        self.watch, self.second = PumpWatch(), 0

    def says(self, *states, pause=2, flags=None, slot="", **numbers):
        """Return the facts of a frame, without the time that the word before was last heard."""
        self.second += pause
        readings = [Reading(vital, value, variant=slot) for vital, value in numbers.items()]
        facts = self.watch.hear(OPENED + self.second * SECOND, readings, states, flags or {})
        return [(one.kind, {k: v for k, v in one.said.items() if k != "since"}) for one in facts]


@pytest.fixture
def pump() -> Watched:
    return Watched()


def test_the_first_word_is_a_fact_without_a_word_before(pump):
    assert pump.says("running", flow_rate=60.0) == [
        ("pump.rate", {"ml_h": 60.0}),
        ("pump.state", {"state": "running"}),
    ]


def test_the_same_word_again_is_no_fact(pump):
    pump.says("running", flow_rate=60.0)
    assert pump.says("running", flow_rate=60.0) == []


def test_a_stop_tells_how_much_was_delivered_of_how_much(pump):
    pump.says("running", vtbi=40.0, vol_delivered=39.9)
    [fact] = pump.says("stopped", vol_delivered=40.0)
    assert fact == (
        "pump.state",
        {"state": "stopped", "was": "running", "delivered_ml": 40.0, "vtbi_ml": 40.0},
    )


def test_a_volume_of_a_minute_ago_is_not_what_was_delivered_now(pump):
    pump.says("running", vol_delivered=0.5)
    [fact] = pump.says("stopped", pause=60)
    assert fact == ("pump.state", {"state": "stopped", "was": "running"})


def test_a_change_lies_between_two_frames(pump):
    pump.says("running")
    pump.second += 600  # the line was out
    [fact] = pump.watch.hear(OPENED + pump.second * SECOND, (), ("stopped",), {})
    assert datetime.fromisoformat(fact.said["since"]).timestamp() == OPENED // SECOND + 2


def test_a_new_rate_is_told_with_the_one_before(pump):
    pump.says(flow_rate=60.0)
    assert pump.says(flow_rate=50.0) == [("pump.rate", {"ml_h": 50.0, "was": 60.0})]


def test_a_rate_that_the_pump_does_not_have_is_no_change(pump):
    pump.says(flow_rate=60.0)
    assert pump.says(flow_rate=None) + pump.says(flow_rate=60.0) == []


def test_an_alarm_begins_and_ends(pump):
    pump.says("running")
    assert pump.says("stopped", "alarm", flags={"alarm": "AL_OCCLUSION"})[1:] == [
        ("pump.alarm", {"text": "AL_OCCLUSION"})
    ]
    assert pump.says("running")[1:] == [("pump.alarm", {"was": "AL_OCCLUSION"})]


def test_a_frame_that_says_nothing_of_alarms_ends_none(pump):
    pump.says("alarm", flags={"alarm": "AL_OCCLUSION"})
    assert pump.says(flow_rate=60.0) == [("pump.rate", {"ml_h": 60.0})]
    assert pump.says("no_alarm") == [("pump.alarm", {"was": "AL_OCCLUSION"})]


def test_no_alarm_from_the_start_is_no_fact(pump):
    assert pump.says("no_alarm") == []


def test_a_drug_is_told_once(pump):
    assert pump.says(flags={"drug": "Ketamin 1mg/ml"}) == [("pump.drug", {"drug": "Ketamin 1mg/ml"})]
    assert pump.says(flags={"drug": "Ketamin 1mg/ml"}) + pump.says(flags={"drug": " "}) == []


def test_two_pumps_of_a_rack_are_two(pump):
    pump.says("running 11", "stopped 12")
    assert pump.says("running 11", "running 12") == [
        ("pump.state", {"slot": "12", "state": "running", "was": "stopped"})
    ]


def test_a_state_without_a_slot_is_that_of_the_only_pump(pump):
    assert pump.says("running", slot="11", flow_rate=60.0) == [
        ("pump.rate", {"slot": "11", "ml_h": 60.0}),
        ("pump.state", {"slot": "11", "state": "running"}),
    ]


def test_an_average_rate_is_no_rate(pump):
    assert pump.says(slot="11 average", flow_rate=12.0) == []


# Pumps that have no word for running.


def test_a_growing_volume_says_that_a_pump_without_words_runs(pump):
    assert pump.says(vol_delivered=0.0) == []
    assert pump.says(vol_delivered=0.02) == [
        ("pump.state", {"state": "running", "by": "volume", "delivered_ml": 0.02})
    ]


def test_a_volume_that_stands_for_a_while_says_that_it_stopped_when_it_last_grew(pump):
    pump.says(vol_delivered=0.0)
    pump.says(vol_delivered=0.02)
    assert pump.says(vol_delivered=0.02) == []
    pump.second += STILL_AFTER // SECOND
    [fact] = pump.watch.hear(OPENED + pump.second * SECOND, [Reading("vol_delivered", 0.02)], (), {})
    assert (fact.said["state"], fact.said["was"], fact.said["by"]) == ("stopped", "running", "volume")
    assert datetime.fromisoformat(fact.said["since"]).timestamp() == OPENED // SECOND + 4


def test_a_volume_set_back_to_nothing_is_no_delivery(pump):
    pump.says(vol_delivered=12.0)
    assert pump.says(vol_delivered=0.0) == []


def test_the_volume_of_a_pump_with_words_says_nothing(pump):
    pump.says("stopped", vol_delivered=1.0)
    assert pump.says(vol_delivered=1.5) == []
