from dataclasses import replace

import invented_courses as invented_course
import invented_sessions as invented
import pytest
from drawn_texts import apart, inside, smallest, words
from invented_courses import moved, phq9, visit

from analysis.course import COURSE, NothingToShow, course_of, course_table, draw_course, told
from analysis.page import save
from analysis.style import RESPONSE
from analysis.wording import CHART_STATEMENT


@pytest.mark.parametrize("paper", ["A4", "Letter"])
@pytest.mark.parametrize("make", invented_course.EVERY, ids=lambda make: make.__name__)
def test_every_text_is_on_the_sheet_legible_and_apart(make, paper):
    for figure in draw_course(make(), paper):
        inside(figure)
        apart(figure)
        assert smallest(figure) >= 7


@pytest.mark.parametrize("make", invented_course.EVERY, ids=lambda make: make.__name__)
def test_every_sheet_carries_the_statement_the_digest_and_its_number(make):
    sessions = make()
    digest = course_of(sessions).digest
    figures = draw_course(sessions)
    for number, figure in enumerate(figures, start=1):
        said = words(figure)
        assert CHART_STATEMENT in " ".join(said)
        assert any(digest in line for line in said)
        assert f"page {number} of {len(figures)}" in said


def test_a_long_name_and_its_second_identifier_are_whole():
    sessions = invented_course.named_at_length()
    assert set(sessions[0].identifiers) <= set(words(draw_course(sessions)[0]))


def test_no_session_is_no_course():
    with pytest.raises(NothingToShow, match="no session"):
        draw_course([])


def test_sessions_stand_in_the_order_in_which_they_were_opened():
    early, late = moved(visit(18), 0, "1 of 6"), moved(visit(12), 7, "2 of 6")
    assert [v.number for v in course_of([late, early]).visits] == ["1 of 6", "2 of 6"]


def test_the_response_line_is_half_of_the_last_total_before_the_first_dose():
    aborted = replace(visit(21), events=without_dose(visit(21)))
    course = course_of([moved(aborted, 0, "1"), moved(visit(18), 3, "1"), moved(visit(11), 7, "2")])
    (line,) = course.responses
    assert (line.baseline, line.level, line.of) == (18, 9, 1)
    assert "9, 50 % of 18" in " ".join(words(draw_course(course)[0])).replace("\u00a0", " ")


def test_a_score_after_the_dose_is_no_baseline():
    course = course_of([moved(visit(None, extra=[phq9(18, minute=60)]), 0, "1"), moved(visit(9), 7, "2")])
    assert course.responses == ()
    later = " ".join(line for figure in draw_course(course) for line in words(figure))
    assert "none, because no PHQ-9 total is on record before its first dose" in later


def test_each_course_of_a_patient_has_its_own_baseline():
    course = course_of([moved(visit(18), 0, "1"), moved(visit(10, course="INVENTED-2"), 400, "1")])
    assert [line.level for line in course.responses] == [9, 5]


def test_sessions_without_a_course_have_no_response_line_and_none_is_drawn_across_them():
    made = [visit(18), visit(20, course=""), visit(10), visit(12, course="")]
    course = course_of([moved(one, 7 * i, str(i)) for i, one in enumerate(made)])
    assert [(line.baseline, line.columns) for line in course.responses] == [(18, (0, 2))]
    figures = draw_course(course)
    assert len(response_lines(figures[0])) == 2
    later = " ".join(line for figure in figures for line in words(figure))
    assert "(sessions without a course): none, because nothing says which of them belong together" in later


def test_a_score_with_an_item_left_out_has_no_total_but_its_item_9():
    said = words(draw_course([moved(visit(None, extra=[phq9(None)]), 0, "1")])[0])
    assert "no total" in said
    assert course_table(course_of([visit(None, extra=[phq9(None)])]))["phq9_item9"].tolist() == [3]


def test_sessions_read_every_5_and_every_10_minutes_are_not_compared_in_silence():
    alike = [moved(visit(18), 0, "1"), moved(visit(12), 7, "2")]
    mixed = [*alike, moved(visit(9, every=5), 14, "3")]
    assert not any("NOT READ ALIKE" in line for line in words(draw_course(alike)[0]))
    said = " ".join(words(draw_course(mixed)[0]))
    assert "NOT READ ALIKE (every 5 min: 3; every 10 min: 1–2, counted from the first)" in said


def test_n_stands_beside_every_change():
    said = words(draw_course([visit(18)])[0])
    assert "+18/+10" in said
    assert "11 (2)" in said


def test_a_session_without_a_dose_says_why_and_is_no_zero():
    course = course_of(invented_course.odd())
    said = words(draw_course(course)[0])
    assert said.count("not treated") == 2
    row = course_table(course).iloc[1]
    assert not row["treated"]
    assert row["mg"] != row["mg"]
    assert "ate an hour ago" in told(course.visits[1])


def test_markers_past_the_third_are_told_on_the_last_pages_and_the_sheet_says_so():
    course = course_of([visit(18)])
    (limits, *_) = course.visits[0].markers.values()
    four = {f"Invented marker {n}": limits for n in range(4)}
    course = replace(course, visits=(replace(course.visits[0], markers=four),))
    first, *rest = draw_course(course)
    assert "1 more: last pages" in words(first)
    inside(first)
    apart(first)
    assert "Invented marker 3" in " ".join(line for figure in rest for line in words(figure))


def test_nobody_asked_is_not_none():
    untold, asked = course_of([invented.no_pressure()]), course_of([visit(18)])
    assert "asking not recorded" in told(untold.visits[0])
    assert course_table(untold)["mild"].isna().all()
    assert course_table(asked)["mild"].tolist() == [0]


def test_another_route_is_hatched_and_named():
    said = words(draw_course(invented_course.odd())[0])
    assert "NASAL" in said
    assert "esketamine" in said


def test_a_session_that_was_another_patients_first_says_so():
    said = words(draw_course(invented_course.odd())[0])
    assert "moved" in said


def test_more_than_ten_sessions_go_on_to_further_sheets_that_say_so():
    figures = draw_course(invented_course.long())
    titles = [line for figure in figures[:3] for line in words(figure) if line.startswith("Course view")]
    assert [title.rpartition(" ")[2] for title in titles] == ["1–8", "9–16", "17–24"]


def test_every_session_and_every_head_is_spelled_out_on_later_pages():
    sessions = invented_course.long()
    later = " ".join(line for figure in draw_course(sessions)[3:] for line in words(figure))
    assert all(f"{session.heads[0].digest}" in later and session.id in later for session in sessions)


def test_the_view_draws_no_line_between_sessions():
    sheet = draw_course(invented_course.long())[0]
    joined = [line for c in sheet.findobj(is_lines) for line in c.get_segments() if slanted(line)]
    assert joined == []


def test_the_table_has_a_row_a_session_and_its_documented_columns():
    found = course_table(course_of(invented_course.odd()))
    assert len(found) == 9
    assert list(found)[: len(COURSE)] == list(COURSE)
    assert all(str(found[name].dtype) == dtype for name, dtype in COURSE.items())
    assert found["minutes_sys_ge_160"].tolist()[2] == 50


@pytest.mark.parametrize("ending", ["png", "svg", "pdf"])
def test_the_same_course_gives_the_same_bytes(ending, tmp_path):
    one, two = tmp_path / f"one.{ending}", tmp_path / f"two.{ending}"
    for path in (one, two):
        save(draw_course(invented_course.one()), path)
    assert one.read_bytes() == two.read_bytes()


def without_dose(made):
    return made.events[~made.events["kind"].str.startswith(("infusion.", "dose."))]


def is_lines(artist):
    return hasattr(artist, "get_segments")


def response_lines(sheet):
    dashes = [RESPONSE.width * dash for dash in RESPONSE.dash]
    found = [c for c in sheet.findobj(is_lines) if c.get_linestyle()[0][1] == dashes]
    return [line for c in found for line in c.get_segments()]


def slanted(line):
    return abs(line[0][0] - line[-1][0]) > 0.1 and abs(line[0][1] - line[-1][1]) > 0.1
