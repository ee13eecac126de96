"""What docs/archive.md says holds: every column is in it, and its lines of Python run as they stand there."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from invented_sessions import EVERY

from analysis import archive
from analysis.archive.columns import ASPECTS, CORE
from analysis.archive.questions import highest_and_seconds_below

PAGE = (Path(__file__).parents[3] / "docs" / "archive.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    place = tmp_path_factory.mktemp("archive")
    for number, made in enumerate(EVERY[:4]):
        session = replace(made(), id=f"01930000-0000-7000-8000-{number:012}")
        archive.write(session, archive.path_of(place, session.id, session.opened_at))
    return place


def snippet(word: str) -> str:
    [found] = [text for text in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL) if word in text]
    return found


def test_every_column_is_documented():
    assert [
        name for name in (*CORE, *(f"spo2{aspect}" for aspect in ASPECTS)) if f"| `{name}` |" not in PAGE
    ] == []


def test_the_lines_of_python_run_as_they_stand(folder):
    names = {"folder": folder}
    exec(snippet("archive.frames"), names)  # noqa: S102
    assert len(names["answers"]) == 4
    assert len(names["one"].readings) > 0
    assert len(names["wide"]) > 0


def test_two_workers_of_a_cluster_give_the_same_answers(folder):
    distributed = pytest.importorskip("dask.distributed", reason="dask is a tool of the tests")
    kept = {"dashboard_address": None, "host": "127.0.0.1", "threads_per_worker": 1}
    with distributed.LocalCluster(n_workers=2, processes=True, **kept) as cluster:
        names = {"folder": folder, "scheduler": cluster.scheduler_address}
        exec(snippet("dask.distributed"), names)  # noqa: S102
    alone = highest_and_seconds_below(archive.files_in(folder))
    together = names["answers"].sort_values("session", ignore_index=True)
    pd.testing.assert_frame_equal(together, alone.sort_values("session", ignore_index=True))
    assert names["workers"] == 2
