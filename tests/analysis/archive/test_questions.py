"""A question across sessions gives what the project's own metrics give of each one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from invented_sessions import EVERY, at, cuff, infusion, reading, session

from analysis import archive, metrics
from analysis.archive.asking import BadQuestion, ask
from analysis.archive.questions import highest_and_seconds_below
from analysis.protocol import read_protocol
from analysis.series import cut, primary
from analysis.session import Session
from analysis.timeline import timeline_of


def by_metrics(of: Session, highest: str, below: str, limit: float) -> tuple[float, float]:
    timeline, protocol = timeline_of(of), read_protocol(of.protocol, of.protocol_id)
    end = np.inf if timeline.end is None else timeline.end
    series = cut(of, timeline)
    high, low = primary(of, series, highest), primary(of, series, below)
    top = None if high is None else metrics.peak(high, end)[0].value
    minutes = None
    if low is not None:
        minutes = metrics.minutes(low, "lt", limit, metrics.holds_of(low, protocol, timeline), end)[0].value
    return np.nan if top is None else top, np.nan if minutes is None else minutes * 60


def archived(folder: Path, *sessions: Session) -> Path:
    for number, one in enumerate(sessions):
        written = replace(one, id=f"01930000-0000-7000-8000-{number:012}")
        archive.write(written, archive.path_of(folder, written.id, written.opened_at))
    return folder


def assert_as_metrics(folder: Path, *sessions: Session, **said: str | float) -> None:
    asked = {"highest": "nibp_sys", "below": "spo2", "limit": 95.0, **said}
    answers = highest_and_seconds_below(archive.files_in(archived(folder, *sessions)), **asked)
    expected = [by_metrics(one, asked["highest"], asked["below"], asked["limit"]) for one in sessions]
    told = answers.set_index("session").sort_index()[["highest", "seconds_below"]]
    np.testing.assert_allclose(told.to_numpy(), np.array(expected), atol=1e-6)


def test_the_answers_are_those_of_the_metrics(tmp_path):
    assert_as_metrics(tmp_path, *(made() for made in EVERY), limit=98.0)


def test_of_two_sources_the_one_counts_that_metrics_use(tmp_path):
    rows = [reading(m, "spo2", 90.0 + m, m) for m in range(6)]
    rows += [reading(m, "spo2", 80.0, 50 + m, source="oximeter") for m in range(8)]
    rows += [reading(m, "spo2", 70.0, 70 + m, source="oximeter", variant="beat") for m in range(8)]
    named = session(rows, infusion(3))
    most = replace(named, primary={})
    assert_as_metrics(tmp_path, named, most, session([], []))


def test_what_does_not_count_never_enters(tmp_path):
    good = [reading(m, "spo2", 99.0, m) for m in range(1, 9)]
    rows = [*good, *cuff(5, 120, 70, 100)]
    rows += [
        reading(2.5, "spo2", 40.0, 20, excluded=True),
        reading(3.5, "spo2", 41.0, 21, superseded_by="b2:9"),
    ]
    rows += [reading(4.5, "spo2", 42.0, 22, quality="invalid"), reading(5.5, "spo2", 43.0, 23, reason="held")]
    rows += [
        reading(0.5, "spo2", 44.0, 24, measured_from=at(-2)),
        reading(6.5, "spo2", np.nan, 25, quality="invalid"),
    ]
    rows += cuff(6, 250, 150, 101, excluded=True)
    assert_as_metrics(tmp_path, session(rows, infusion(4)))
    answer = highest_and_seconds_below(archive.files_in(tmp_path))
    assert answer[["highest", "seconds_below"]].to_numpy().tolist() == [[120, 0]]


def test_of_two_readings_of_one_moment_the_later_record_holds(tmp_path):
    rows = [
        reading(m, "spo2", value, seq)
        for m, value, seq in ((1, 99.0, 1), (2, 97.0, 3), (2, 90.0, 2), (3, 99.0, 4))
    ]
    rows += [reading(2, "spo2", 91.0, 1, writer="b2"), reading(1, "spo2", 90.0, 0, writer="b2")]
    assert_as_metrics(tmp_path, session(rows, infusion(3)))


def test_a_value_holds_no_longer_than_the_protocols_longest_gap(tmp_path):
    rows = [reading(m, "spo2", 90.0, m) for m in (1, 2, 50, 51, 115)]
    assert_as_metrics(tmp_path, session(rows, infusion(40)), session(rows, []))


def test_an_archive_of_nothing_has_no_answers(tmp_path):
    assert highest_and_seconds_below([]).empty
    assert ask(archive.files_in(tmp_path), "SELECT count(*) AS n FROM readings").to_pylist() == [{"n": 0}]


def test_the_view_of_readings_is_the_sessions_table(tmp_path):
    made = next(made for made in EVERY if made.__name__ == "stormy")()
    archived(tmp_path, made)
    told = ask(
        archive.files_in(tmp_path), "SELECT count(*) AS n, count(*) FILTER (excluded) AS out FROM readings"
    ).to_pylist()[0]
    assert told == {"n": len(made.readings), "out": int(made.readings["excluded"].sum())}
    valid = "SELECT max(value) AS top FROM readings WHERE vital = 'nibp_sys' AND valid"
    assert ask(archive.files_in(tmp_path), valid).to_pylist() == [{"top": 168.0}]
    assert ask(archive.files_in(tmp_path), "SELECT count(*) AS n FROM events").to_pylist() == [
        {"n": len(made.events)}
    ]


@pytest.mark.parametrize(
    ("question", "says"),
    [
        ("COPY (SELECT 1) TO 'x.csv'", "takes one SELECT"),
        ("DROP VIEW readings", "takes one SELECT"),
        ("SELECT 1; SELECT 2", "takes one SELECT"),
        ("SELECT * FROM read_csv('/etc/passwd')", "disabled"),
        ("SELECT nothing FROM readings", "nothing"),
        ("what is up", "syntax error"),
        ("", "takes one SELECT"),
    ],
)
def test_a_question_only_reads_the_archive(question, says, tmp_path):
    archived(tmp_path, session([reading(1, "spo2", 97.0, 1)], []))
    with pytest.raises(BadQuestion, match=says):
        ask(archive.files_in(tmp_path), question)
