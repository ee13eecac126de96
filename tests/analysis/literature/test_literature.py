"""The findings hold, by the project's own metrics, and the page in the docs is what the command prints."""

from itertools import pairwise
from pathlib import Path

import invented_sessions as invented
import numpy as np
import pytest

from analysis.literature import Simulated, as_json, draw, findings, lines, simulated
from analysis.literature.cohort import measured
from analysis.literature.published import published
from analysis.literature.simulated import Kind
from analysis.literature.telling import rise
from analysis.metrics import figures
from analysis.page import save

ROOT = Path(__file__).resolve().parents[3]
PLAN = published().cohort


@pytest.fixture(scope="module")
def found() -> tuple[Simulated, ...]:
    return simulated(PLAN.seed, PLAN.patients)


def test_the_page_is_what_the_command_prints(found):
    assert "\n".join(lines(found)) in (ROOT / "docs" / "literature.md").read_text("utf-8")


def test_the_spread_at_40_minutes_is_the_published_one(found):
    at_40 = changes(found, Kind.CHANGE_AT)[0].changes
    assert at_40["nibp_sys"].mean == pytest.approx(16.0, abs=0.8)
    assert at_40["nibp_sys"].sd == pytest.approx(11.2, abs=0.5)
    assert at_40["nibp_dia"].mean == pytest.approx(11.0, abs=0.6)
    assert at_40["nibp_dia"].sd == pytest.approx(8.45, abs=0.5)


def test_a_mean_does_not_grow_with_the_number_of_readings(found):
    often, seldom = (one.changes["nibp_sys"].mean for one in changes(found, Kind.CHANGE_AT))
    assert often == seldom


def test_the_peak_of_the_means_is_the_mean_at_40_minutes(found):
    at_40, largest = (changes(found, kind)[0] for kind in (Kind.CHANGE_AT, Kind.LARGEST_MEAN_CHANGE))
    assert largest.definition == "peak of the means, at 40 min"
    assert largest.changes["nibp_sys"].mean == pytest.approx(at_40.changes["nibp_sys"].mean)


def test_the_mean_of_individual_peaks_grows_with_the_number_of_readings(found):
    peaks = [(one.readings, one.changes["nibp_sys"].mean) for one in changes(found, Kind.MEAN_OF_PEAKS)]
    assert [n for n, _ in peaks] == [4, 6, 8]
    assert all(fewer < more for (_, fewer), (_, more) in pairwise(peaks))
    over_the_mean = [mean - changes(found, Kind.CHANGE_AT)[0].changes["nibp_sys"].mean for _, mean in peaks]
    # every 10 min 18.2 to 18.6 and every 5 min 20.0, where the mean at 40 min is 16.0
    assert 2.2 - 0.2 < over_the_mean[0] < 2.6 + 0.2
    assert over_the_mean[2] == pytest.approx(4.0, abs=0.3)


def test_noise_alone_gives_a_rise_with_no_drug(found):
    peaks = [
        (one.readings, one.changes["nibp_sys"].mean) for one in changes(found, Kind.MEAN_OF_PEAKS, False)
    ]
    assert peaks == [
        (4, pytest.approx(6.2, abs=0.4)),
        (6, pytest.approx(7.6, abs=0.4)),
        (8, pytest.approx(8.5, abs=0.4)),
    ]
    assert changes(found, Kind.CHANGE_AT, False)[0].changes["nibp_sys"].mean == pytest.approx(0, abs=0.5)


def test_every_figure_of_ours_is_marked_with_n_seed_and_interval(found):
    said = as_json(found)
    assert all(
        one["simulated"] and one["n"] and one["seed"] and one["interval_min"] for one in said["simulated"]
    )
    rows = [line for line in lines(found) if line.startswith("| S")]
    assert all(
        f"| {PLAN.patients} | {PLAN.seed} " in row and "every" in row for row in rows if row[3].isdigit()
    )
    assert all("SIMULATED" in sentence for sentence in findings(found))


def test_what_is_not_confirmed_is_shown_as_that(found):
    wan = next(line for line in lines(found) if line.startswith("| Wan"))
    assert "| M " in wan
    assert "M: not confirmed against the source's own text" in lines(found)[0]


def test_a_reading_scatters_by_6_mmhg_within_a_patient():
    cohort = measured(PLAN, 3, 300, drug=False)
    within = np.sqrt(cohort.values["nibp_sys"].var(axis=1, ddof=1).mean())
    assert within == pytest.approx(6.0, abs=0.2)


def test_longer_intervals_are_fewer_of_the_same_readings():
    cohort = measured(PLAN, 3, 2, drug=True)
    often, seldom = (cohort.series("nibp_sys", interval, 40)[0] for interval in (5, 10))
    assert seldom.t.tolist() == [-10, -5, 10, 20, 30, 40]
    assert set(zip(seldom.t, seldom.x, strict=True)) < set(zip(often.t, often.x, strict=True))


def test_a_simulated_patient_has_the_same_figures_as_a_session():
    cohort = measured(PLAN, 3, 2, drug=True)
    series = cohort.series("nibp_sys", 10, 60)[1]
    rows = [
        invented.reading(t, "nibp_sys", x, i) for i, (t, x) in enumerate(zip(series.t, series.x, strict=True))
    ]
    whole = {one.name: one.value for one in figures(invented.session(rows, invented.infusion()))}
    one = simulated(3, 2)
    every_10 = next(each for each in one if each.asked.id == "S5")
    assert every_10.each[1] == whole["change"]


def test_another_seed_is_another_cohort_and_the_same_seed_the_same():
    assert lines(simulated(3, 5)) == lines(simulated(3, 5)) != lines(simulated(4, 5))


def test_every_study_stands_beside_a_figure_that_is_there():
    ids = {asked.id for asked in published().simulated}
    assert {study.beside for study in published().study} <= {*ids, ""}


def test_the_same_number_is_said_only_of_the_same_number():
    said = {True: 0, False: 0}
    for seed in range(1, 7):
        few = simulated(seed, 4)
        at_40, largest = (changes(few, kind)[0] for kind in (Kind.CHANGE_AT, Kind.LARGEST_MEAN_CHANGE))
        same = rise(at_40.changes["nibp_sys"].mean) == rise(largest.changes["nibp_sys"].mean)
        assert ("same number again" in findings(few)[1]) is same
        said[same] += 1
    assert said[False]


def test_every_published_figure_says_something():
    published_at = [line.split("|")[4].strip() for line in lines(simulated(3, 2)) if line.count("|") == 7]
    assert all(published_at)
    assert not [each for each in published_at if "None" in each]


def test_the_picture_is_the_same_bytes_each_time(tmp_path):
    few = simulated(3, 5)
    once, again = (save([draw(few)], tmp_path / name)[0].read_bytes() for name in ("a.svg", "b.svg"))
    assert once == again


def changes(found: tuple[Simulated, ...], kind: Kind, drug: bool = True) -> list[Simulated]:
    return [one for one in found if one.asked.statistic is kind and one.asked.drug is drug]
