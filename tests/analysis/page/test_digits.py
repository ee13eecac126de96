from typing import Any

import invented_sessions as invented

from analysis.page.answers import rows_of
from analysis.page.content import Content, content_of
from analysis.page.digits import crowded_out, digit_rows, printed


def rated(instrument: str, points: list[tuple[float, float]], item: str = "1") -> list[dict[str, Any]]:
    return [
        invented.score(minute, instrument, 50 + i, {item: value}) for i, (minute, value) in enumerate(points)
    ]


def content(*scores: dict[str, Any], readings: list[dict[str, Any]] | None = None) -> Content:
    return content_of(invented.session(readings or [], [*invented.infusion(), *scores]))


def on_page(found: Content, row: int) -> list[str]:
    each = digit_rows(found)[row]
    assert each.series is not None
    return [each.text(float(each.series.x[i])) for i in printed(found, each)]


def test_of_crowded_sedation_scores_the_lowest_is_printed_and_all_stand_on_a_later_page():
    found = content(*rated("moaas", [(10, 5), (30, 4), (30.8, 1), (31.2, 0), (31.8, 5), (60, 5)]))
    assert on_page(found, 0) == ["5", "0", "5"]
    (line,) = crowded_out(found)
    assert "4 at 30.0 min, 1 at 30.8 min, 0 at 31.2 min, 5 at 31.8 min" in line


def test_of_crowded_dissociation_scores_the_highest_is_printed():
    assert on_page(content(*rated("nrs", [(30, 1), (30.5, 9), (31, 2)], "dissociation")), 1) == ["9"]


def test_the_lowest_rate_of_a_stream_is_printed():
    breath = [invented.reading(m / 10, "resp_rate", 4 if m == 333 else 15, m) for m in range(900)]
    found = content(readings=breath)
    assert "4" in on_page(found, 2)
    assert "900 readings; page 1 has the lowest of every 5 min" in crowded_out(found)[0]


def test_scores_with_room_are_all_printed_and_none_is_left_out():
    found = content(*rated("moaas", [(10, 5), (30, 4), (60, 5)]))
    assert on_page(found, 0) == ["5", "4", "5"]
    assert crowded_out(found) == []


def test_the_row_has_the_scale_that_was_used_most_and_says_which():
    found = content(
        *rated("nrs", [(20, 3), (40, 2)], "dissociation"),
        invented.score(30, "cadss6", 60, dict.fromkeys(("1", "2", "6", "7", "15", "22"), 2)),
    )
    assert digit_rows(found)[1].scale == "NRS 0–10"
    assert on_page(found, 1) == ["3", "2"]


def test_yes_and_no_are_printed_as_words():
    found = content(*rated("dissociation", [(20, 1), (60, 0)]))
    assert (on_page(found, 1), digit_rows(found)[1].scale) == (["yes", "no"], "yes/no")


def test_the_answers_name_the_scale_of_each_highest_dissociation():
    found = content(
        *rated("nrs", [(20, 3), (40, 6)], "dissociation"),
        invented.score(30, "cadss6", 60, dict.fromkeys(("1", "2", "6", "7", "15", "22"), 2)),
        *rated("moaas", [(10, 5), (30, 3)]),
    )
    said = [line.replace("\u00a0", " ") for answer in rows_of(found)[0].answers for line in answer.lines]
    assert "lowest MOAA/S: 3 at 30 min, n 2" in said
    assert "highest dissociation: NRS 6 of 10 at 40 min, n 2" in said
    assert "highest dissociation: CADSS-6 12 of 24 at 30 min, n 1" in said


def test_a_rating_before_the_dose_is_no_lowest_of_the_session():
    said = [
        line for answer in rows_of(content(*rated("moaas", [(-5, 4)])))[0].answers for line in answer.lines
    ]
    assert "MOAA/S: none after the dose" in said
