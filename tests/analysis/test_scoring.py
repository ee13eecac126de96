"""What answers come to: the vectors that are known, and the laws that hold for every instrument."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.instruments import Instrument, UnknownInstrument, Version, instruments, read_instrument
from analysis.scoring import Scored, score

EVERY = [(known, version) for known in instruments().values() for version in known.versions]


def all_answered(id: str, version: str, answer: float, **others: float) -> Scored:
    found = next(v for v in instruments()[id].versions if v.id == version)
    return score(id, version, {**{item.id: answer for item in found.counted}, **others})


@pytest.mark.parametrize(
    ("answers", "total"),
    [
        ({}, 0),
        ({"1": 3}, 3),
        ({str(i): 3 for i in range(1, 17)}, 27),
        ({"15": 1, "16": 3}, 3),
        ({"1": 1, "4": 2, "10": 3}, 5),
    ],
)
def test_the_vectors_of_the_qids(answers, total):
    assert all_answered("qids_sr16", "qids-sr16", 0, **answers).total == total


def test_the_patient_answers_one_of_two_in_the_qids():
    answers = {str(i): 0 for i in range(1, 17) if i not in (6, 9)} | {"7": 2, "8": 1}
    assert score("qids_sr16", "qids-sr16", answers).total == 2
    del answers["7"]
    assert score("qids_sr16", "qids-sr16", answers).missing == ("6", "7")


@pytest.mark.parametrize(
    ("answer", "total", "band"),
    [(0, 0, "minimal"), (1, 9, "mild"), (2, 18, "moderately severe"), (3, 27, "severe")],
)
def test_the_phq9_is_the_sum_of_nine(answer, total, band):
    found = all_answered("phq9", "phq9-en", answer)
    assert (found.total, found.band, found.facts) == (total, band, (f"item 9 = {answer}",))


@pytest.mark.parametrize(
    ("total", "band"), [(4, "minimal"), (5, "mild"), (9, "mild"), (10, "moderate"), (15, "severe")]
)
def test_the_gad7_has_its_cut_points_at_5_10_and_15(total, band):
    answers = {str(i + 1): min(3, max(0, total - 3 * i)) for i in range(7)}
    assert (score("gad7", "gad7-en", answers).total, score("gad7", "gad7-en", answers).band) == (total, band)


def test_a_phq9_with_an_item_left_out_has_no_total():
    answers = {str(i): 2 for i in range(1, 9)}
    found = score("phq9", "phq9-en", {**answers, "9": None})
    assert (found.total, found.band, found.complete, found.answered) == (None, "", False, 8)
    assert found.said == "PHQ-9 without a total; item 9 not answered; not answered: 9"


def test_the_difficulty_is_not_in_the_total_of_the_phq9():
    assert all_answered("phq9", "phq9-en", 1, difficulty=3).total == 9


def test_the_cadss_adds_up_23_items_and_three_subscales():
    found = all_answered("cadss", "cadss-23", 1)
    assert found.total == 23
    assert found.subscales == {"depersonalisation": 7, "derealisation": 13, "amnesia": 3}
    assert all_answered("cadss", "cadss-23", 4).total == 92


def test_a_subscale_with_an_item_left_out_has_no_sum():
    found = score("cadss", "cadss-23", {"14": 1, "15": 2, "22": 3, "3": 1})
    assert found.subscales == {"depersonalisation": None, "derealisation": None, "amnesia": 6}


def test_the_six_items_of_the_cadss_go_by_their_numbers_in_the_form_of_23():
    found = score("cadss6", "cadss-6-of-23", {"1": 4, "2": 3, "6": 2, "7": 1, "15": 0, "22": 4})
    assert (found.total, found.span) == (14, (0, 24))


@pytest.mark.parametrize(
    ("yes", "level"),
    [
        ((), "none"),
        (("1",), "low"),
        (("2",), "low"),
        (("2", "3"), "moderate"),
        (("6",), "moderate"),
        (("2", "4"), "high"),
        (("1", "2", "5"), "high"),
        (("6", "6_3m"), "high"),
    ],
)
def test_the_level_of_the_cssrs_is_the_highest_with_a_yes(yes, level):
    answers = {item: int(item in yes) for item in ("1", "2", "3", "4", "5", "6", "6_3m")}
    found = score("cssrs", "cssrs-screen-recent", answers)
    assert (found.level, found.total) == (level, None)


def test_items_of_the_cssrs_that_were_not_to_be_asked_are_not_missing():
    assert score("cssrs", "cssrs-screen-recent", {"1": 1, "2": 0, "6": 0}).level == "low"


@pytest.mark.parametrize(
    ("answers", "level", "missing"),
    [
        ({"1": 1, "2": 1, "6": 0}, None, ("3", "4", "5")),
        ({"1": 0, "2": 0, "6": 1}, None, ("6_3m",)),
        ({"1": 1, "2": 1, "4": 1}, "high", ("6", "3", "5")),
    ],
)
def test_a_level_that_a_missing_answer_could_raise_can_not_be_told(answers, level, missing):
    found = score("cssrs", "cssrs-screen-recent", answers)
    assert (found.level, found.missing) == (level, missing)


@pytest.mark.parametrize("version", ["aldrete-mmhg", "aldrete-percent"])
def test_both_versions_of_the_aldrete_go_from_0_to_10(version):
    assert [all_answered("aldrete", version, answer).total for answer in (0, 2)] == [0, 10]


def test_ratings_of_their_own_are_never_added_up():
    found = score("nrs", "nrs-11", {"dissociation": 6, "pain": 2})
    assert (found.total, found.complete, found.said) == (None, True, "NRS dissociation 6, pain 2")


def test_a_score_of_one_item_is_said_with_its_word():
    assert score("moaas", "moaas-5", {"1": 4}).said == "MOAA/S 4 (0 to 5), slowly to the name"
    assert score("rass", "rass-10", {"1": -2}).said == "RASS -2 (-5 to 4), light"
    assert score("dissociation", "yes-no", {"1": 1}).said == "Dissociation yes"


@pytest.mark.parametrize(("n", "total"), [(3, None), (4, 5), (5, 5)])
def test_a_version_may_say_from_how_many_answers_on_a_sum_is_scaled_up(n, total, monkeypatch):
    made = read_instrument(
        {
            "id": "made", "name": "Made", "title": "Invented", "answered_by": ["patient"], "licence": "none",
            "version": [{"id": "1", "label": "one", "prorate_from": 4,
                         "items": [{"ids": list("abcde"), "range": [0, 3]}]}],
        }
    )  # fmt: skip
    monkeypatch.setattr("analysis.scoring.instrument", lambda *_: (made, made.versions[0]))
    found = score("made", "1", dict.fromkeys("abcde"[:n], 1))
    assert (found.total, found.prorated) == (total, n == 4)


def test_a_version_that_nobody_knows_has_no_score():
    with pytest.raises(UnknownInstrument, match="phq9 has no version 'swiss'"):
        score("phq9", "swiss", {"1": 1})


@given(st.data())
def test_a_total_lies_in_its_range_and_is_there_only_where_everything_is_answered(data):
    known, version = data.draw(st.sampled_from(EVERY))
    found = score(known.id, version.id, data.draw(answers_of(version)))
    low, high = found.span
    assert found.total is None or low <= found.total <= high
    assert found.total is None or found.complete
    assert bool(found.band) <= (found.total is not None)


@given(st.data())
def test_a_higher_answer_never_lowers_a_total(data):
    known, version = data.draw(st.sampled_from([(k, v) for k, v in EVERY if v.scoring == "sum"]))
    before = {item.id: item.lowest for item in version.counted}
    raised = data.draw(st.sampled_from(version.counted))
    after = before | {raised.id: raised.highest}
    one, two = (score(known.id, version.id, answers).total for answers in (before, after))
    assert one is not None
    assert two is not None
    assert one <= two


def answers_of(version: Version) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {},
        optional={
            item.id: st.none() | st.integers(int(item.lowest), int(item.highest)) for item in version.items
        },
    )


def test_the_shipped_instruments_are_those_that_were_asked_for():
    asked = {"phq9", "gad7", "moaas", "cadss", "cadss6", "qids_sr16", "madrs", "cssrs", "aldrete", "padss"}
    assert asked | {"nrs", "vas", "rass", "dissociation"} == instruments().keys()
    assert all(isinstance(known, Instrument) for known in instruments().values())
