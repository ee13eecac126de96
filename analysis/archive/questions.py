"""Questions across sessions, in SQL over their files. They are answered as the project's own metrics are."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from analysis.archive.asking import column, measured_at, opened, quoted, valid
from analysis.archive.columns import MEASURED_FROM

if TYPE_CHECKING:
    import duckdb
    import pandas as pd

NEVER = 2**63 - 1
"""Microseconds."""

NUMBERS = count()


def highest_and_seconds_below(
    files: Sequence[Path], highest: str = "nibp_sys", below: str = "spo2", limit: float = 95
) -> pd.DataFrame:
    """Return of each session the highest value of one vital, and for how long another one was below a limit.

    Of each vital the series counts that metrics use, and of it the valid readings from minute 0 to the end of
    the reading window: excluded, replaced, held and invalid ones never enter. Each holds until the next one,
    but for no longer than the protocol's longest gap; the last holds for nothing. So `highest` is
    `analysis.metrics.peak`, and `seconds_below` is 60 times `analysis.metrics.minutes` with "lt".

    Args:
        files: of the sessions, as `analysis.archive.files_in` finds them.
        highest: name of a vital.
        below: name of the other one.
        limit: in the unit of *below*.

    Returns:
        A row a session, as *files* are: `session`, `highest` and `seconds_below`, NaN where the
        record does not give it.

    Raises:
        NoArchive: one of the files can't be read.
    """
    answers = _answers(files, highest, below, limit, "t")
    tied = np.flatnonzero(answers.pop("tied"))
    if len(tied):  # two readings of one microsecond: only then their records' names decide, long to sort by
        exact = _answers([files[place] for place in tied.tolist()], highest, below, limit, "t, writer, seq")
        answers.loc[tied, list(answers)] = exact[list(answers)].to_numpy()
    return answers


def _answers(files: Sequence[Path], highest: str, below: str, limit: float, order: str) -> pd.DataFrame:
    with opened(files, views=("records",)) as tables:
        question = _question(tables, highest, below, order)
        told: pd.DataFrame = tables.sql(question, params={"limit": limit}).to_arrow_table().to_pandas()
    return told


def _question(tables: duckdb.DuckDBPyConnection, highest: str, below: str, order: str) -> str:
    hold = _hold(tables, below)
    return f"""
        WITH top AS (
            SELECT place, max(value) AS highest FROM ({_in_session(tables, highest)}) GROUP BY place
        ), timed AS (
            SELECT place, value, t, lead(t) OVER later AS next, lead(place) OVER later AS whose
            FROM ({_in_session(tables, below)})
            WINDOW later AS (ORDER BY place, {order})
        ), low AS (
            SELECT place, count(*) AS n, bool_or(whose = place AND next = t) AS tied,
                   sum(CASE WHEN value < $limit AND whose = place THEN least(next - t, {hold}) END) AS us
            FROM timed GROUP BY place
        )
        SELECT session, highest, CASE WHEN n > 1 THEN coalesce(us, 0) / 1e6 END AS seconds_below,
               coalesce(tied, false) AS tied
        FROM sessions LEFT JOIN top USING (place) LEFT JOIN low USING (place) ORDER BY place
    """  # noqa: S608  names of columns and numbers


def _in_session(tables: duckdb.DuckDBPyConnection, vital: str) -> str:
    """Return the query for the readings of a vital that count: the session's place, microseconds, value."""
    asked = "SELECT name, bool_and(alone) FROM counted WHERE vital = $vital GROUP BY name ORDER BY name"
    names = tables.execute(asked, {"vital": vital}).fetchall()
    if not names:
        return "SELECT 0 AS place, 0 AS t, 0::DOUBLE AS value, '' AS writer, 0 AS seq WHERE false"
    return " UNION ALL ".join(_of_column(tables, vital, name, alone) for name, alone in names)


def _of_column(tables: duckdb.DuckDBPyConnection, vital: str, name: str, alone: bool) -> str:
    """Return it for the sessions in which the columns *name* count."""
    counts = f"vital = {quoted(vital)} AND name = {quoted(name)}"
    zero = _by_place(tables, f"CASE WHEN {counts} THEN epoch_us(minute_zero) ELSE {NEVER} END", vital)
    end = _by_place(tables, f"coalesce(epoch_us(ended_at), {NEVER})", vital)
    anchor = _by_place(tables, f"CASE WHEN anchored THEN epoch_us(minute_zero) ELSE -{NEVER} END", vital)
    whose = "" if alone else f"AND source = {_by_place(tables, 'source', vital)}"
    since = column(name + MEASURED_FROM)
    return f"""
        SELECT place, epoch_us({measured_at(name)}) AS t, {column(name)} AS value, writer, seq FROM records
        WHERE {valid(name)} AND t BETWEEN {zero} AND {end} {whose}
          AND ({since} IS NULL OR epoch_us({since}) >= {anchor})
    """  # noqa: S608  names of columns and numbers


def _hold(tables: duckdb.DuckDBPyConnection, vital: str) -> str:
    """Return the longest hold of a reading of *vital* in microseconds, by the time and place it is from."""
    end = _by_place(tables, f"coalesce(epoch_us(infusion_end), {NEVER})", vital)
    first, after = (
        _by_place(tables, f"round(coalesce({hold}, 0) * 1e6)::BIGINT", vital)
        for hold in ("hold_s", "hold_after_s")
    )
    return f"CASE WHEN t >= {end} THEN {after} ELSE {first} END"


def _by_place(tables: duckdb.DuckDBPyConnection, what: str, vital: str) -> str:
    """Return what is said of the session that a row is of: from a list, in a quarter of a join's time."""
    name = f"said_{next(NUMBERS)}"
    told = f"sessions LEFT JOIN counted ON counted.session = sessions.session AND vital = {quoted(vital)}"
    tables.execute(f"SET VARIABLE {name} = (SELECT list({what} ORDER BY place) FROM {told})")  # noqa: S608
    return f"getvariable('{name}')[place::BIGINT + 1]"
