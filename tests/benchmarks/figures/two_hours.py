"""The synthetic session that stores of vital signs are compared on.

Two hours, eight numerics at 1 Hz whose arrival jitters by 20 ms, the oximeter's probe off for 120 s, a cuff
reading every 5 min, 12 entries. Everything is invented; a seed gives the same session.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

sys.path.append(str(Path(__file__).resolve().parents[2]))

from invented_sessions import MONITOR, OPENED, cuff, event, infusion, pressor, session

from analysis.session import READINGS, Session, table
from devices.vocabulary import unit_of

SECONDS = 7200
NUMERICS = {
    "ecg_hr": (72, 0),
    "spo2": (96, 0),
    "spo2_pr": (72, 0),
    "resp_rate": (14, 0),
    "etco2": (38, 0),
    "co2_rr": (14, 0),
    "perfusion_index": (3.2, 1),
    "temp": (36.8, 1),
}
"""Each with where it begins and with its decimals."""

OXIMETER = ("spo2", "spo2_pr", "perfusion_index")
PROBE_OFF = slice(3000, 3120)
CUFF = ("nibp_sys", "nibp_dia", "nibp_map")


@dataclass(frozen=True)
class TwoHours:
    """The same work for everybody: our session, and its bare numbers.

    Attributes:
        at: arrival in microseconds UTC.
        values: of each numeric, NaN where the probe was off.
        cuffs: of each of `CUFF` the values, at the seconds *cuff_at*.
    """

    session: Session
    at: npt.NDArray[np.int64]
    values: dict[str, npt.NDArray[np.float64]]
    cuff_at: list[int]
    cuffs: dict[str, list[float]]


def two_hours(seed: int) -> TwoHours:
    """Return the session of a seed."""
    noise = np.random.default_rng(seed)
    at = np.arange(SECONDS) * 1_000_000 + noise.normal(0, 20_000, SECONDS).round().astype(np.int64)
    at = np.maximum.accumulate(at) + round(OPENED.timestamp() * 1e6)
    values = {name: _wandering(noise, *said) for name, said in NUMERICS.items()}
    values["spo2"] = np.minimum(values["spo2"], 100.0)
    for name in OXIMETER:
        values[name][PROBE_OFF] = np.nan
    rows: list[dict[str, Any]] = []
    seconds = list(range(60, SECONDS, 300))
    for number, second in enumerate(seconds):
        minute = second / 60 - 18
        systolic = round(122 + 18 * pressor(minute) + noise.normal(0, 4))
        rows += cuff(minute, systolic, round(76 + noise.normal(0, 3)), 20_000 + number)
    entries = [
        event(5 + 6 * i, "note" if i % 2 else "effect.report", 30 + i, term="nausea") for i in range(10)
    ]
    both = pd.concat([_stream(at, values), table(rows, READINGS)], ignore_index=True)
    both = both.sort_values(["measured_at", "writer", "seq"], kind="stable", ignore_index=True)
    cuffs = {name: [row["value"] for row in rows if row["vital"] == name] for name in CUFF}
    made = replace(session([], [*infusion(), *entries]), readings=both.astype(dict(READINGS)))
    return TwoHours(made, at, values, seconds, cuffs)


def _wandering(noise: np.random.Generator, base: float, decimals: int) -> npt.NDArray[np.float64]:
    steps = np.cumsum(noise.normal(0, 0.25, SECONDS)) * 0.5
    steps -= np.linspace(0, steps[-1], SECONDS)
    spread = 0.1 if decimals else 1.0
    return np.round(base + steps * spread + noise.normal(0, 0.5, SECONDS) * spread, decimals)


def _stream(at: npt.NDArray[np.int64], values: dict[str, npt.NDArray[np.float64]]) -> pd.DataFrame:
    """Return the monitor's frames as `Session.readings` has them."""
    names, count = list(values), len(values) * SECONDS
    numbers = np.column_stack(list(values.values())).ravel()
    off = np.isnan(numbers)
    when = pd.DatetimeIndex(np.repeat(at, len(names)).view("datetime64[us]"), tz="UTC")

    def word(text: str) -> npt.NDArray[np.object_]:
        return np.array([text], dtype=object).repeat(count)

    columns = {
        "writer": word("a1"),
        "seq": np.repeat(np.arange(SECONDS), len(names)),
        "at": when,
        "measured_at": when,
        "measured_from": pd.NaT,
        "device_time": np.repeat(at // 1_000_000 * 1_000_000, len(names)).view("datetime64[us]"),
        "vital": np.tile(np.array(names, dtype=object), SECONDS),
        "variant": word(""),
        "value": numbers,
        "unit": np.tile(np.array([unit_of(name) for name in names], dtype=object), SECONDS),
        "quality": np.where(off, word("invalid"), word("good")),
        "reason": np.where(off, word("sensor_off"), word("")),
        "source": word(MONITOR),
        "entered_by": word(""),
        "excluded": False,
        "superseded_by": word(""),
        "uncertain": False,
        "late_by_s": np.nan,
    }
    return table(columns, READINGS)
