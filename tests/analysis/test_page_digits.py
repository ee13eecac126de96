import invented_sessions as invented

from analysis.page_answers import rows_of
from analysis.page_content import Content, content_of
from analysis.page_digits import crowded_out, digit_rows, printed


def scores(vital: str, points: list[tuple[float, float]], **more: object) -> list[dict[str, object]]:
    return [
        invented.reading(minute, vital, value, 50 + i, source="manual", entered_by="nurse.example", **more)
        for i, (minute, value) in enumerate(points)
    ]


def content(rows: list[dict[str, object]]) -> Content:
    return content_of(invented.session(rows, invented.infusion()))


def on_page(found: Content, row: int) -> list[float]:
    each = digit_rows(found)[row]
    assert each.series is not None
    return [float(each.series.x[i]) for i in printed(found, each.series, each.lowest_first)]


def test_of_crowded_sedation_scores_the_lowest_is_printed_and_all_stand_on_a_later_page():
    found = content(scores("moaas", [(10, 5), (30, 4), (30.8, 1), (31.2, 0), (31.8, 5), (60, 5)]))
    assert on_page(found, 0) == [5, 0, 5]
    (line,) = crowded_out(found)
    assert "4 at 30.0 min, 1 at 30.8 min, 0 at 31.2 min, 5 at 31.8 min" in line


def test_of_crowded_dissociation_scores_the_highest_is_printed():
    assert on_page(content(scores("dissociation", [(30, 1), (30.5, 9), (31, 2)])), 1) == [9]


def test_the_lowest_rate_of_a_stream_is_printed():
    found = content([invented.reading(m / 10, "resp_rate", 4 if m == 333 else 15, m) for m in range(900)])
    assert 4 in on_page(found, 2)
    assert "900 readings; page 1 has the lowest of every 5 min" in crowded_out(found)[0]


def test_scores_with_room_are_all_printed_and_none_is_left_out():
    found = content(scores("moaas", [(10, 5), (30, 4), (60, 5)]))
    assert on_page(found, 0) == [5, 4, 5]
    assert crowded_out(found) == []


def test_a_score_that_was_excluded_does_not_hide_another():
    rows = scores("dissociation", [(20, 3)], excluded=True) + scores("cadss_total", [(22, 9)])
    found = content(rows)
    assert on_page(found, 1) == [9]
    said = " ".join(line for answer in rows_of(found)[0].answers for line in answer.lines)
    assert "dissociation: highest 9" in said
