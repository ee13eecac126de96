from typing import Any

import invented_sessions as invented

from analysis.scores import Assessed, ratings_of, scores_of, series_of
from analysis.timeline import timeline_of


def rated(*scores: dict[str, Any]) -> tuple[Assessed, ...]:
    made = invented.session([], [*invented.infusion(), *scores])
    return scores_of(made, timeline_of(made))


def test_scores_come_by_their_time_with_who_answered():
    found = rated(invented.score(40, "moaas", 5, {"1": 4}), invented.score(20, "phq9", 6, {"1": 1}))
    assert [(s.minute, s.instrument, s.answered_by) for s in found] == [
        (20, "phq9", "patient"),
        (40, "moaas", "clinician"),
    ]


def test_two_scales_of_dissociation_are_two_series():
    found = rated(
        invented.score(20, "nrs", 5, {"dissociation": 6, "pain": 1}),
        invented.score(20, "cadss6", 6, dict.fromkeys(("1", "2", "6", "7", "15", "22"), 2)),
        invented.score(40, "nrs", 7, {"dissociation": 2}),
        invented.score(41, "dissociation", 8, {"1": 1}),
    )
    series = series_of(ratings_of(found))
    assert {key: s.x.tolist() for key, s in series.items()} == {
        ("manual", "nrs", "dissociation"): [6, 2],
        ("manual", "cadss6_total", ""): [12],
        ("manual", "dissociation", ""): [1],
    }
    assert [(r.scale, r.said) for r in ratings_of(found)] == [
        ("NRS", "6"),
        ("CADSS-6", "12"),
        ("NRS", "2"),
        ("yes/no", "yes"),
    ]


def test_a_pain_rating_is_no_rating_of_dissociation():
    assert ratings_of(rated(invented.score(20, "nrs", 5, {"pain": 9}))) == ()


def test_a_score_without_a_total_gives_no_number_and_is_listed():
    found = rated(invented.score(20, "cadss6", 5, {"1": 4, "2": None}))
    assert ratings_of(found) == ()
    assert found[0].said == "CADSS-6 without a total; not answered: 2, 6, 7, 15, 22"


def test_a_score_of_an_unknown_version_keeps_its_answers_and_gives_no_number():
    strange = invented.score(20, "moaas", 5, {"1": 6}, version="1-6", summary="moaas (1-6): 1 = 6")
    found = rated(strange)
    assert (found[0].scored, found[0].said) == (None, "moaas (1-6): 1 = 6")
    assert ratings_of(found) == ()


def test_a_score_that_was_entered_anew_counts_once():
    found = rated(
        invented.score(20, "moaas", 5, {"1": 2}, superseded_by="b2:6"),
        invented.score(20, "moaas", 6, {"1": 4}),
    )
    assert [rating.value for rating in ratings_of(found)] == [4]
    assert series_of(ratings_of(found))["manual", "moaas", ""].references([True]) == ("b2:6",)
