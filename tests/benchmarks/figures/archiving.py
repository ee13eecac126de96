"""What the columnar copies of sessions cost, and a question across 1,000 of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path

import numpy as np
import pandas as pd
from figures.stores import READS, WRITES, here, parquet_write, quietly, size
from figures.two_hours import TwoHours, two_hours
from measuring import Figure, Target, in_turns

from analysis import archive
from analysis.archive.questions import highest_and_seconds_below

WORK = "2 h, 8 numerics at 1 Hz"
SESSIONS, DIFFERENT = 1000, 10


def copies_of_sessions(folder: Path) -> Iterator[Figure]:
    """One session written and read, and 1,000 asked, beside other people's stores of the same numbers."""
    made = two_hours(0)
    yield from _one(folder, made)
    yield from _asked(folder, [two_hours(seed) for seed in range(DIFFERENT)])


def _one(folder: Path, made: TwoHours) -> Iterator[Figure]:
    numbers = count()
    writers, readers = here(WRITES), here(READS)
    works = [quietly(work, folder, made) for work in writers.values()]
    ours, *theirs = in_turns(
        21, lambda: archive.write(made.session, folder / f"{next(numbers)}.parquet"), *works
    )
    for name, taken in zip(writers, theirs, strict=True):
        yield Figure(
            f"archive write, {WORK}", ours, "ms", name, taken, ours / taken, Target("value", "<=", 7)
        )
    path = archive.write(made.session, folder / "one.parquet")
    kb, bare = size(path) / 1000, size(folder / "bare.parquet") / 1000
    yield Figure(
        f"archive of a session, {WORK}", kb, "kB", "bare Parquet", bare, kb / bare, Target("value", "<=", 70)
    )
    works = [quietly(work, folder, made) for work in readers.values()]
    ours, whole, *theirs = in_turns(21, lambda: archive.frames(path), lambda: archive.read(path), *works)
    for name, taken in zip(readers, theirs, strict=True):
        yield Figure(
            f"archive to DataFrame, {WORK}", ours, "ms", name, taken, ours / taken, Target("value", "<=", 3.5)
        )
    yield Figure(
        f"archive to the whole Session, {WORK}", whole, "ms", "its frames alone", ours, whole / ours,
        Target("value", "<=", 40),
    )  # fmt: skip


def _asked(folder: Path, made: list[TwoHours]) -> Iterator[Figure]:
    for number in range(SESSIONS):
        one = replace(made[number % DIFFERENT].session, id=f"01930000-0000-7000-8000-{number:012}")
        archive.write(one, archive.path_of(folder / "many", one.id, one.opened_at))
        (folder / "bare" / str(number)).mkdir(parents=True)
        parquet_write(folder / "bare" / str(number), made[number % DIFFERENT])
    files, bare = archive.files_in(folder / "many"), sorted((folder / "bare").glob("*/bare.parquet"))

    def by_pandas() -> list[tuple[float, float]]:
        found = []
        for path in bare:
            table = pd.read_parquet(path, columns=["at", "spo2", "nibp_sys"])
            heard = table[table["spo2"].notna()]
            held = np.diff(heard["at"].to_numpy()).astype("timedelta64[us]").astype(float) / 1e6
            below = np.minimum(held, 60)[heard["spo2"].to_numpy()[:-1] < 95].sum()
            found.append((table["nibp_sys"].max(), below))
        return found

    ours, theirs = (
        taken / 1000 for taken in in_turns(3, lambda: highest_and_seconds_below(files), by_pandas)
    )
    yield Figure(
        "highest systolic and seconds with SpO2 below 95 of each of 1,000 sessions", ours, "s",
        "bare Parquet and pandas, file by file", theirs, ours / theirs, Target("value", "<=", 1),
    )  # fmt: skip
