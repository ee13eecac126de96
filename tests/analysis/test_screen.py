import invented_extremes
import invented_sessions as invented
import numpy as np
import pandas as pd
import pytest
from drawn_texts import inside, smallest, words
from matplotlib.collections import LineCollection
from matplotlib.colors import to_hex

from analysis import style
from analysis.page import save
from analysis.screen import draw_screen
from analysis.wording import CHART_STATEMENT


@pytest.mark.parametrize("make", invented_extremes.EVERY, ids=lambda make: make.__name__)
def test_every_text_is_on_the_screen_and_legible(make):
    figure = draw_screen(make())
    inside(figure)
    assert smallest(figure) >= 7
    assert CHART_STATEMENT in " ".join(words(figure))


def test_four_trends_are_drawn():
    said = words(draw_screen(invented.quiet()))
    assert {"BP", "Pulse", "SpO2", "RR"} <= set(said)


def test_what_was_not_recorded_is_said_in_its_panel():
    said = words(draw_screen(invented.nearly_empty()))
    assert "No blood pressure recorded" in said
    assert "No respiratory rate recorded" in said


def test_no_line_crosses_a_gap_in_any_trend():
    made = invented.stormy()
    gap = made.gaps.iloc[0]
    start, end = ((at - invented.START).total_seconds() / 60 for at in (gap["start"], gap["end"]))
    middle = 18 + 150 * ((start + end) / 2 + 20) / 140
    for colour in (style.GREEN, style.SKY):
        for line in lines(draw_screen(made), colour):
            assert not line[:, 0].min() < middle < line[:, 0].max()


def test_a_respiration_without_a_value_for_minutes_is_a_gap_and_not_a_line():
    stream = invented.seconds()
    minutes = (stream["measured_at"] - pd.Timestamp(invented.START)).dt.total_seconds() / 60
    off = (stream["vital"] == "resp_rate") & (minutes > 50) & (minutes < 58)
    stream.loc[off, ["value", "quality", "reason"]] = [np.nan, "invalid", "sensor_off"]
    made = invented.with_seconds(invented.session([], invented.infusion()), stream)
    middle = 18 + 150 * (54 + 20) / 140
    figure = draw_screen(made)
    assert not [x for x in lines(figure, style.SKY) if x[:, 0].min() < middle < x[:, 0].max()]
    assert "sensor off" in words(figure)


def test_excluded_respirations_are_no_line_and_said():
    said = words(draw_screen(invented_extremes.all_excluded()))
    assert "No valid respiratory rate (excluded)" in said


def test_a_held_a_failed_and_an_excluded_pressure_are_shown_as_what_they_are():
    said = words(draw_screen(invented.stormy()))
    assert "188/112 held" in said
    assert said.count("F") == 4
    assert {"excluded", "replaced", "held", "failed", "late", "by hand"} <= set(said)


def test_a_demo_says_so_and_a_session_of_a_patient_does_not():
    assert "DEMO" in words(draw_screen(invented.demo()))
    assert "DEMO" not in words(draw_screen(invented.quiet()))


def test_the_screen_names_nobody():
    made = invented.quiet()
    assert made.identifiers[0] not in " ".join(words(draw_screen(made)))


@pytest.mark.parametrize("ending", ["png", "svg"])
def test_the_same_session_gives_the_same_bytes(ending, tmp_path):
    one, two = tmp_path / f"one.{ending}", tmp_path / f"two.{ending}"
    for path in (one, two):
        save([draw_screen(invented.one_reading())], path)
    assert one.read_bytes() == two.read_bytes()


def lines(figure, colour: str) -> list[np.ndarray]:
    return [
        segment
        for collection in figure.findobj(LineCollection)
        if to_hex(collection.get_color()[0]).upper() == colour
        for segment in collection.get_segments()
    ]
