from dataclasses import replace

import invented_audits as invented
import pytest
from drawn_texts import apart, inside, smallest, words

from analysis.audit import rates
from analysis.page import save
from analysis.qa_pictures import NothingJudged, draw_pictures, save_pictures
from analysis.qa_pictures.matrix import share, verdict
from analysis.qa_pictures.months import rounded
from analysis.rules import RULES, Verdict
from analysis.wording import CHART_STATEMENT

SIZES = [(1, 1.0), (8, 0.2), (300, 1.0), (1000, 3.0)]


@pytest.fixture(scope="module", params=SIZES, ids=lambda size: f"{size[0]} sessions")
def drawn(request):
    n, per_day = request.param
    return n, draw_pictures(invented.sessions(n, per_day=per_day), invented.SAID)


def test_every_text_is_on_the_sheet_legible_whole_and_apart(drawn):
    for figures in drawn[1].values():
        for figure in figures:
            inside(figure)
            apart(figure)
            assert smallest(figure) >= 7
            assert not [said for said in words(figure) if "…" in said]


def test_every_sheet_says_how_many_sessions_by_which_rules_and_what_it_is_not(drawn):
    n, pictures = drawn
    for figures in pictures.values():
        for number, figure in enumerate(figures, start=1):
            said = words(figure)
            assert any(line.startswith(f"{n} session") for line in said)
            assert invented.SAID in said
            assert CHART_STATEMENT in " ".join(said)
            assert f"page {number} of {len(figures)}" in said


def test_no_session_is_no_picture():
    with pytest.raises(NothingJudged, match="no session was judged"):
        draw_pictures([], invented.SAID)


def test_a_verdict_is_a_letter_and_a_shade():
    looks = {said: (verdict(said).text, verdict(said).fill) for said in Verdict}
    assert len({text for text, _ in looks.values()}) == len(Verdict)
    assert looks[Verdict.FAIL][1] != looks[Verdict.CANNOT_TELL][1]


def test_the_matrix_has_every_rule_the_gravest_first_and_as_many_letters_as_verdicts():
    sessions = invented.sessions(8)
    said = words(draw_pictures(sessions, invented.SAID)["rules-by-session"][0])
    names = [line for line in said if line[:3] in RULES]
    assert [name[:3] for name in names] == sorted(RULES, key=lambda rule: (RULES[rule].severity, rule))
    answers = [answer.verdict for one in sessions for answer in one.answers.values()]
    assert said.count("F") - 1 == answers.count(Verdict.FAIL)
    assert said.count("?") - 1 == answers.count(Verdict.CANNOT_TELL)


def test_more_than_ninety_sessions_are_counted_by_month_and_that_is_said():
    pictures = draw_pictures(invented.sessions(300), invented.SAID)
    assert "rules-by-session" not in pictures
    said = " ".join(words(pictures["rules-by-month"][0]))
    assert "more than 90 sessions are not drawn one by one" in said


def test_a_cell_of_many_sessions_says_its_denominator():
    sessions = invented.sessions(40)
    for one in rates(sessions):
        assert share(one).text in (f"{one.failed}/{one.denominator}", "–")


def test_what_nothing_could_judge_is_a_dash_and_no_zero():
    none = replace(rates(invented.sessions(1))[0], passed=0, failed=0)
    assert share(none).text == "–"


def test_a_rate_is_never_rounded_up_to_all():
    assert rounded(replace(rates(invented.sessions(1))[0], passed=999, failed=1)) == "99 %"


def test_demonstrations_are_drawn_and_counted_nowhere():
    real, demo = invented.sessions(6), invented.sessions(2, seed=9, demo=True)
    demo = [replace(one, session=f"demo-{one.session}") for one in demo]
    pictures = draw_pictures([*real, *demo], invented.SAID)
    said = words(pictures["rules-by-session"][0])
    assert any("6 sessions counted, 2 demonstrations in no denominator" in line for line in said)
    assert sum(line.endswith("DEMO") for line in said) == 2
    assert (
        words(pictures["rules-by-room"][0])[2:]
        == words(draw_pictures(real, invented.SAID)["rules-by-room"][0])[2:]
    )


def test_an_audit_of_demonstrations_alone_has_only_the_matrix():
    assert list(draw_pictures(invented.sessions(8, demo=True), invented.SAID)) == ["rules-by-session"]


def test_a_gap_that_is_still_open_is_counted_and_has_no_length():
    gaps = (("monitor", float("nan")), ("monitor", 3.0))
    one = replace(invented.sessions(1)[0], devices=("monitor",), gaps=gaps, late=())
    said = words(draw_pictures([one], invented.SAID)["gaps-and-lateness"][0])
    assert said.count("none") == 2
    row = said.index("device monitor")
    assert said[row + 1 : row + 6] == ["1", "1", "1", "3", "3"]


@pytest.mark.parametrize("ending", ["png", "svg", "pdf"])
def test_the_same_audit_gives_the_same_bytes(ending, tmp_path):
    paths = [tmp_path / f"{name}.{ending}" for name in ("one", "two")]
    for path in paths:
        save(draw_pictures(invented.sessions(3), invented.SAID)["rules-by-session"], path)
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_all_pictures_are_written_one_by_one_and_together(tmp_path):
    written = save_pictures(
        draw_pictures(invented.sessions(2), invented.SAID), tmp_path / "new", invented.SAID
    )
    assert [path.name for path in written][:2] == ["audit.pdf", "rules-by-session.png"]
    assert all(path.stat().st_size for path in written)


def test_what_lies_beyond_the_axis_is_counted_and_keeps_its_numbers_apart():
    gaps = (("monitor", 41169.0), ("monitor", 41170.4), ("monitor", 0.02), ("monitor", 3.0))
    one = replace(invented.sessions(1)[0], devices=("monitor",), gaps=gaps, late=(88888.8,))
    figure = draw_pictures([one], invented.SAID)["gaps-and-lateness"][0]
    inside(figure)
    apart(figure)
    said = words(figure)
    assert said.count("beyond the axis: 3") == 3
    assert "41170" in said


def test_a_group_with_open_gaps_only_is_not_none():
    gaps = (("monitor", float("nan")), ("monitor", float("nan")))
    one = replace(invented.sessions(1)[0], devices=("monitor",), gaps=gaps, late=(3.0,))
    said = words(draw_pictures([one], invented.SAID)["gaps-and-lateness"][0])
    assert "2 open, no length yet" in said
    assert "none" not in said
