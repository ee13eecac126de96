from dataclasses import replace

import invented_sessions as invented
from invented_sessions import at, reading

from analysis.page.answers import rows_of
from analysis.page.content import content_of
from analysis.page.foot import leaving_lines
from analysis.silences import Silence, gap_count, lasting


def test_a_probe_that_is_off_is_a_blank_with_its_reason():
    (blank,) = content_of(invented.probe_off()).blanks["spo2"]
    assert (round(blank.start), round(blank.end), blank.cause) == (25, 85, "sensor off")


def test_a_gap_on_record_is_not_told_twice():
    content = content_of(invented.stormy())
    assert [s.cause for s in content.silences] == ["unplugged"]
    assert content.blanks["spo2"] == ()


def test_silence_that_no_record_explains_is_still_told():
    rows = [reading(0, "spo2", 97, 1), reading(1, "spo2", 97, 2)]
    made = invented.session(rows, invented.infusion(), opened_at=at(-1), ended_at=at(60))
    assert content_of(made).blanks["spo2"] == (Silence("monitor", 1, 60, "nothing received"),)


def test_a_gap_that_is_still_open_ends_with_the_records():
    gap = {"source": "monitor", "start": at(50), "end": None, "cause": "silent"}
    made = invented.session([], invented.infusion(), [gap])
    assert content_of(made).silences == (Silence("monitor", 50, 118, "silent"),)


def test_values_that_a_person_types_now_and_then_have_no_blanks():
    rows = [reading(m, "spo2", 97, m, source="manual") for m in (0, 30, 60)]
    made = replace(invented.session(rows, invented.infusion()), primary={})
    assert content_of(made).blanks["spo2"] == ()


def test_two_devices_that_are_silent_at_once_are_not_heard_for_that_time_once():
    both = [Silence("monitor", 10, 100, "unplugged"), Silence("ecg", 20, 110, "unplugged")]
    assert (lasting(both), gap_count(both)) == (100, 2)


def test_a_probe_that_is_off_is_one_gap_though_two_vitals_have_no_value():
    quality = rows_of(content_of(invented.probe_off()))[1].answers[-1]
    assert quality.lines[0] == "gaps 1, cuff failed 0"


def test_the_time_of_a_record_is_uncertain_once_however_many_values_it_has():
    made = invented.session(invented.cuff(10, 130, 80, 1, uncertain=True), invented.infusion())
    assert "time uncertain 1" in leaving_lines(content_of(made))
