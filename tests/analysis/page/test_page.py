from collections.abc import Callable
from dataclasses import replace
from functools import cache

import invented_extremes as extremes
import invented_sessions as invented
import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import LineCollection
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.text import Text

from analysis.page import UnknownPaper, UnknownPicture, draw_page, save
from analysis.page.content import content_of
from analysis.protocol import UnknownProfile
from analysis.report import render_html, report_of
from analysis.session import Session


def test_the_page_says_what_is_not_recorded():
    said = first(invented.nearly_empty)
    assert "No blood pressure recorded" in said
    assert "No heart rate recorded" in said
    assert "No oxygen saturation recorded" in said
    assert "No dose on record" in said
    assert "BP back: can't be told" in said
    assert "nothing received" in said


def test_a_session_without_blood_pressure_says_so_in_its_panel():
    assert "No blood pressure recorded" in first(invented.no_pressure)


def test_only_failed_cycles_are_no_pressure_and_are_shown():
    said = words(draw_page(invented.session([invented.failed_cuff(5, 1)], invented.infusion()))[0])
    assert "No valid blood pressure reading" in said
    assert said.count("F") == 2


def test_a_held_value_is_shown_as_held_and_counted_nowhere():
    said = first(invented.held_at_opening)
    assert "188/112 held" in said
    assert "188" not in said


def test_what_was_not_asked_is_not_none():
    assert any("asking not recorded" in line for line in first(invented.probe_off))


def test_asked_and_none_says_when():
    events = [
        *invented.infusion(),
        invented.event(20, "effect.none", 3),
        invented.event(40, "effect.none", 4),
    ]
    said = words(draw_page(invented.session([], events))[0])
    assert "Side effects: none (asked at 20, 40 min)" in said


def test_the_highest_and_the_last_pressure_are_printed():
    said = first(invented.quiet)
    assert [line for line in said if line.count("/") == 1 and line.replace("/", "").isdigit()] == [
        "139/87",
        "124/76",
    ]


def test_a_wider_axis_is_said():
    assert any(line.startswith("axis widened to 40–280") for line in first(invented.extreme_pressure))
    assert not any("widened" in line for line in first(invented.quiet))


def test_effects_beyond_the_lane_are_counted_and_stand_on_later_pages():
    figures = draw_page(invented.eighty_effects())
    assert "+74 on" in words(figures[0])
    later = [line for figure in figures[1:] for line in words(figure)]
    assert sum("(by nurse.example)" in line and "Invented note" not in line for line in later) == 80


def test_every_note_is_spelled_out_on_a_later_page():
    later = " ".join(line for figure in draw_page(invented.stormy())[1:] for line in words(figure))
    assert "Line kinked at the elbow, pump alarmed; arm straightened, line flushed." in later
    assert "LATE (entered 42 min after)" in later


def test_a_value_that_was_replaced_stays_readable():
    later = " ".join(line for figure in draw_page(invented.stormy())[1:] for line in words(figure))
    assert "118/70 replaced at 48 min" in later
    assert "232/61 excluded at 27 min" in later


def test_the_reason_of_a_blank_is_written_in_it():
    assert first(invented.probe_off).count("sensor off") == 2
    assert "not heard 0, no SpO2 60 min" in first(invented.probe_off)


def test_no_line_is_drawn_across_a_gap():
    whole, broken = (
        longest_line(draw_page(make())[0], "#009e73") for make in (invented.quiet, invented.probe_off)
    )
    assert whole > 140
    assert broken < 50


def test_a_lowest_value_survives_the_thinning():
    made = invented.fourteen_hours()
    rows = made.readings.copy()
    one = rows.index[(rows["vital"] == "spo2") & (rows["seq"] == 4321)]
    rows.loc[one, "value"] = 86.0
    line = max(lines(draw_page(replace(made, readings=rows))[0], "#009e73"), key=len)
    assert round(float(line[:, 1].max() - line[:, 1].min()), 1) == round(18 / 15 * (99 - 86), 1)


def test_a_demo_says_so_on_every_page_below_everything_that_is_data():
    for figure in draw_page(invented.demo()):
        (mark,) = [t for t in figure.findobj(Text) if t.get_text() == "DEMO"]
        assert all(mark.get_zorder() < c.get_zorder() for c in figure.findobj(LineCollection))
    assert not any(t.get_text() == "DEMO" for t in draw_page(invented.quiet())[0].findobj(Text))


def test_a_demo_that_nobody_announced_is_announced():
    said = words(draw_page(replace(invented.quiet(), demo=True))[0])
    assert any(line.startswith("DEMO: simulated values, no patient") for line in said)


def test_a_protocol_that_nobody_approved_is_announced():
    assert any("Protocol not approved by this clinic" in line for line in first(invented.quiet))
    approved = invented.protocol()
    approved["meta"]["approved_by"] = "Dr. Invented, physician"
    said = words(draw_page(replace(invented.quiet(), protocol=approved))[0])
    assert not any("not approved" in line for line in said)


def test_a_long_name_in_other_scripts_is_whole():
    made = invented.long_name()
    assert set(made.identifiers) <= set(words(draw_page(made)[0]))


def test_a_name_that_no_font_can_draw_says_so():
    made = replace(invented.quiet(), identifiers=("Invented \U00012000\U00012001", "born 1 Jan 1980"))
    said = words(draw_page(made)[0])
    assert any("can't be printed here" in line for line in said)


def test_a_name_is_never_read_as_a_formula():
    made = replace(invented.quiet(), identifiers=("Example $x^2$ Invented", "born 1 Jan 1980"))
    assert "Example $x^2$ Invented" in words(draw_page(made)[0])


def test_two_sources_are_never_merged_and_the_higher_one_is_named():
    rows = [*invented.cycles(), *invented.cuff(50, 190, 100, 9, source="manual", entered_by="nurse.example")]
    said = words(draw_page(invented.session(rows, invented.infusion()))[0])
    assert any("by hand 190" in line for line in said)
    assert "190/100" in said
    assert "190" not in said


def test_a_start_after_a_pause_is_no_second_dose():
    again = [
        *invented.infusion(),
        invented.event(20, "infusion.pause", 7),
        invented.event(25, "infusion.start", 8),
    ]
    said = " ".join(words(draw_page(invented.session([], again))[0]))
    assert "drug not recorded" not in said


def test_a_signature_and_a_change_after_it_show_in_the_status():
    signed = [*invented.infusion(), invented.signed(120, 8, b2=8)]
    assert "SIGNED" in words(draw_page(invented.session([], signed))[0])
    changed = [*signed, invented.event(130, "amend", 9, summary="a1:1 130 to 140")]
    assert "AMENDED AFTER SIGNATURE" in words(draw_page(invented.session([], changed))[0])


@pytest.mark.parametrize("ending", ["png", "svg", "pdf"])
def test_the_same_session_gives_the_same_bytes(ending, tmp_path):
    one, two = tmp_path / f"one.{ending}", tmp_path / f"two.{ending}"
    for path in (one, two):
        save(draw_page(invented.one_reading()), path)
    assert one.read_bytes() == two.read_bytes()


def test_a_pdf_holds_all_pages_with_their_fonts_and_no_time_of_drawing(tmp_path):
    figures = draw_page(invented.one_reading())
    (path,) = save(figures, tmp_path / "page.pdf")
    content = path.read_bytes()
    assert content.count(b"/Type /Page ") == len(figures)
    assert b"/FontFile2" in content
    assert b"/CreationDate" not in content


def test_a_picture_has_one_page_a_file(tmp_path):
    figures = draw_page(invented.one_reading())
    written = save(figures, tmp_path / "page.png")
    assert [path.name for path in written] == ["page.png", "page-2.png", "page-3.png"][: len(figures)]
    assert all(path.stat().st_size for path in written)


def test_the_paper_has_its_size():
    assert draw_page(invented.one_reading())[0].get_size_inches() == pytest.approx((210 / 25.4, 297 / 25.4))
    assert draw_page(invented.one_reading(), "Letter")[0].get_size_inches() == pytest.approx((8.5, 11))


def test_another_paper_or_ending_or_profile_is_refused(tmp_path):
    with pytest.raises(UnknownPaper, match="A4, Letter"):
        draw_page(invented.one_reading(), "A5")
    with pytest.raises(UnknownPicture, match="png"):
        save(draw_page(invented.one_reading()), tmp_path / "page.gif")
    with pytest.raises(UnknownProfile):
        draw_page(replace(invented.one_reading(), protocol_id="none_such"))


def test_drawing_a_session_leaves_it_as_it_was():
    made = invented.stormy()
    before = made.readings.copy(deep=True)
    draw_page(made)
    assert made.readings.equals(before)


@cache
def first(make: Callable[[], Session]) -> list[str]:
    return words(draw_page(make())[0])


def words(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.findobj(Text)]


def lines(figure: Figure, colour: str) -> list[np.ndarray]:
    return [
        segment
        for collection in figure.findobj(LineCollection)
        if to_hex(collection.get_color()[0]) == colour
        for segment in collection.get_segments()
    ]


def longest_line(figure: Figure, colour: str) -> float:
    return max(float(line[:, 0].max() - line[:, 0].min()) for line in lines(figure, colour))


def test_a_note_about_last_week_or_the_next_day_does_not_squeeze_the_session():
    session = invented.quiet()
    events = session.events.copy()
    note = events.iloc[[-1]].assign(kind="note", summary="a call", payload=[{"text": "a call"}])
    early = note.assign(happened_at=pd.Timestamp(session.opened_at) - pd.Timedelta(days=6))
    late = note.assign(happened_at=pd.Timestamp(session.closed_at) + pd.Timedelta(days=1))
    apart = replace(session, events=pd.concat([events, early, late], ignore_index=True))
    axis, alone = content_of(apart).axis, content_of(session).axis
    assert (alone.start - axis.start, axis.end) == (30, alone.end)


@pytest.mark.parametrize(
    ("minute", "more", "said"),
    [
        (-26 * 60, {"reason": "held", "quality": "invalid"}, "← 188/112 held, 26 h before"),
        (-7 * 1440, {"source": "manual", "entered_by": "nurse.example"}, "← 188/112, 7 days before"),
    ],
)
def test_a_pressure_of_long_before_does_not_squeeze_the_session_and_stands_at_the_edge(minute, more, said):
    rows = [*invented.cycles(), *invented.cuff(minute, 188, 112, 9, **more)]
    made = invented.session(rows, invented.infusion())
    page, *later = draw_page(made)
    assert content_of(made).axis.start == -50
    assert said in words(page)
    assert f"at −{-minute} min" in " ".join(line for figure in later for line in words(figure))


def test_a_saturation_of_long_before_is_drawn_at_no_minute():
    rows = [
        invented.reading(-4000, "spo2", 79, 1),
        *(invented.reading(m, "spo2", 97, 9 + m) for m in range(9)),
    ]
    page, *later = draw_page(invented.session(rows, invented.infusion()))
    assert "79" not in words(page)
    assert "SpO2, monitor: 1 readings, 79 to 79 %" in " ".join(line for f in later for line in words(f))


def test_a_name_that_can_not_be_printed_gives_place_to_the_id_and_stands_in_the_report():
    made = extremes.cuneiform_name()
    said = words(draw_page(made)[0])
    assert {"id INVENTED-8", "name not printed"} <= set(said)
    assert "\ufffd" not in "".join(said)
    assert made.identifiers[0] in render_html(report_of(made))


def test_a_session_in_which_all_was_excluded_has_none_valid_and_shows_all():
    page, *later = draw_page(extremes.all_excluded())
    said = words(page)
    assert "No valid blood pressure reading" in said
    assert "No valid heart rate (excluded)" in said
    assert said.count("none valid") == 6
    assert "not recorded" in said
    assert sum("excluded at" in line for figure in later for line in words(figure)) == 13


def test_a_dose_without_an_end_is_drawn_to_the_end_of_the_record():
    content = content_of(extremes.half_a_minute())
    assert content.last_minute < 1
    assert "ketamine 40\u00a0mg (end not recorded)" in first(extremes.half_a_minute)


def test_a_clock_that_is_put_back_or_forward_says_its_offsets():
    assert {"−04:00", "−05:00", "01:10"} <= set(first(extremes.clocks_put_back))
    assert {"−05:00", "−04:00", "03:05"} <= set(first(extremes.clocks_put_forward))
