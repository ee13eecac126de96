"""A pump's own word on the page: beside the dose that a person entered, and never counted with it."""

from __future__ import annotations

from dataclasses import replace

import invented_sessions as invented
from invented_sessions import at, event
from matplotlib.text import Text

from analysis.page import draw_page
from analysis.page.content import content_of
from analysis.page.more import more_lines
from analysis.pumps import Pump, Ran, pumps_of
from analysis.session import GAPS, Session, table
from analysis.timeline import timeline_of


def says(minute: float, kind: str, seq: int, **body):
    return event(minute, f"pump.{kind}", seq, source="syringe", **body)


RUN = [
    says(-10, "state", 100, state="stopped"),
    says(-10, "rate", 101, ml_h=60.0),
    says(2, "state", 102, state="running", was="stopped"),
    says(22, "state", 103, state="paused", was="running"),
    says(25, "rate", 104, ml_h=50.0, was=60.0),
    says(26, "state", 105, state="running", was="paused"),
    says(44, "state", 106, state="stopped", was="running"),
]


def pump_of(events, session: Session | None = None) -> Pump:
    whole = session or invented.session([], events)
    (pump,) = pumps_of(whole, timeline_of(whole))
    return pump


def test_a_pump_ran_from_word_to_word():
    pump = pump_of([*invented.infusion(), *RUN])
    assert (pump.ran, pump.rates) == ((Ran(2, 22), Ran(26, 44)), (60.0, 50.0))


def test_a_pump_changes_neither_anchor_nor_flow_nor_the_end_of_the_infusion():
    without, with_pump = (
        timeline_of(invented.session([], events))
        for events in (invented.infusion(), invented.infusion() + RUN)
    )
    assert with_pump == without


def test_a_pump_alone_is_no_dose():
    assert not timeline_of(invented.session([], RUN)).anchored


def test_no_line_is_drawn_across_a_gap():
    gaps = table([{"source": "syringe", "start": at(8), "end": at(12), "cause": "unplugged"}], GAPS)
    session = replace(invented.session([], [*invented.infusion(), *RUN]), gaps=gaps)
    assert pump_of([], session).ran == (Ran(2, 8), Ran(12, 22), Ran(26, 44))


def test_a_pump_that_was_not_heard_again_ran_until_it_was_last_heard():
    readings = [invented.reading(11, "flow_rate", 60.0, 7, source="syringe")]
    session = invented.session(readings, [*invented.infusion(), *RUN[:3]])
    assert pump_of([], session).ran == (Ran(2, 11),)


def test_a_stop_found_late_ends_the_line_when_the_pump_last_ran():
    stop = says(44, "state", 106, state="stopped", was="running", by="volume", since=at(43).isoformat())
    assert pump_of([*invented.infusion(), *RUN[:3], stop]).ran == (Ran(2, 43),)


def test_a_running_pump_without_a_rate_has_none():
    assert pump_of([*invented.infusion(), RUN[2], RUN[6]]).rates == ()


def test_slots_of_a_rack_are_pumps_of_their_own():
    rack = [says(2, "state", 1, slot="11", state="running"), says(3, "state", 2, slot="12", state="running")]
    session = invented.session([], rack)
    assert [pump.name for pump in pumps_of(session, timeline_of(session))] == ["syringe 11", "syringe 12"]


def test_every_word_of_a_pump_stands_on_the_later_page_under_its_own_heading():
    lines = [line.text for line in more_lines(content_of(invented.session([], [*invented.infusion(), *RUN])))]
    begin = lines.index("Pump, by its own word")
    assert len(lines[begin + 1 : lines.index("Scores")]) == len(RUN)
    assert lines[lines.index("Dose: the infusion") + 1 : lines.index("Dose: amounts and balance")] == [
        "0 min (09:00)  start: ketamine 40\u00a0mg, 0.5\u00a0mg/kg, 60\u00a0ml/h",
        "40 min (09:40)  end",
    ]


def test_a_session_without_a_pump_says_nothing_of_one():
    assert "Pump, by its own word" not in [line.text for line in more_lines(content_of(invented.quiet()))]


def test_a_pump_s_words_get_no_number_among_the_events():
    assert content_of(invented.session([], [*invented.infusion(), *RUN])).numbered == ()


def test_a_pump_that_has_no_place_on_page_1_is_counted_there():
    rack = [says(2, "state", n, slot=f"1{n}", state="running") for n in range(3)]
    rack += [says(20, "state", 10 + n, slot=f"1{n}", state="stopped") for n in range(3)]
    first, *_ = draw_page(invented.session([], [*invented.infusion(), *rack]))
    assert any("(+1, page 2)" in text.get_text() for text in first.findobj(Text))
