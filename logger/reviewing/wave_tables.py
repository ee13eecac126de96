"""The waves of a session as tables: what exports carry. A session's other tables hold none of them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from logger.clock import SECOND, microseconds
from logger.entering.desk import SessionFile
from logger.kinds import Wave
from logger.ledger.models import Written
from logger.recording.waves import NO_SAMPLE, TYPES, unpack

ROW = ("writer", "seq", "source", "wave", "variant", "unit")
"""What all samples of a block have in common."""
COLUMNS = (*ROW, "at", "value", "follows")
"""See `waves_of`."""
DECIMALS = 9
"""To which a value is told: 0.01 times a sample is not 97.23000000000001."""

Array = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class Samples:
    """One block: the columns that its rows share, the time and the value of each."""

    row: tuple[str, int, str, str, str, str]
    at: Array
    value: Array
    follows: bool


def waves_of(file: SessionFile) -> pd.DataFrame:
    """Return every recorded sample of a session, one a row, block by block as they were recorded.

    Columns: *writer* and *seq* of its block's record; *source*, *wave*, *variant*; *unit* (UCUM), "" where
    the value is a step of the device; *at*, when it was taken (UTC, the logger's clock: arrival, a few
    hundredths of a second late); *value*, NaN where the device has no sample; *follows*, False for a sample
    before which some are missing, or may be. An hour of four waves is three million rows: see `samples_of`.
    """
    blocks = list(samples_of(file))
    counts = [len(block.at) for block in blocks]

    def shared(place: int) -> pd.Categorical:
        return pd.Categorical([block.row[place] for block in blocks]).repeat(counts)

    follows = np.ones(sum(counts), dtype=bool)
    starts = np.cumsum([0, *counts[:-1]]) if blocks else np.array([], dtype="int64")
    follows[starts] = [block.follows for block in blocks]
    at = np.concatenate([np.array([], dtype="datetime64[us]"), *(block.at for block in blocks)])
    return pd.DataFrame(
        {
            "writer": shared(0),
            "seq": np.repeat(np.array([block.row[1] for block in blocks], dtype="int64"), counts),
            **{name: shared(place) for place, name in enumerate(ROW) if place > 1},
            "at": pd.DatetimeIndex(at).tz_localize("UTC"),
            "value": np.concatenate([np.array([], dtype="float64"), *(block.value for block in blocks)]),
            "follows": follows,
        }
    )


def counts_of(file: SessionFile) -> list[dict[str, Any]]:
    """Return of each wave of a session how many samples were recorded, at which rates, in how many parts."""
    counts: dict[tuple[str, str, str], dict[str, Any]] = {}
    for record in file.records:
        if record.kind == "wave":
            said = Wave.model_validate_json(record.payload)
            key = (said.source, said.wave, said.variant)
            names = dict(zip(("source", "wave", "variant"), key, strict=True))
            row = counts.setdefault(key, names | {"samples": 0, "rates": [], "parts": 0})
            row["samples"] += said.count
            row["parts"] += not said.follows
            row["rates"] += [] if said.rate in row["rates"] else [said.rate]
    return [counts[key] for key in sorted(counts)]


def samples_of(file: SessionFile) -> Iterator[Samples]:
    """Yield the blocks of a session: of each, one wave and one second at most."""
    for record in file.records:
        if record.kind == "wave":
            yield _samples(record, Wave.model_validate_json(record.payload))


def _samples(record: Written, said: Wave) -> Samples:
    steps = np.frombuffer(unpack(said.samples, said.bits), dtype=np.dtype(TYPES[said.bits]))
    value = np.where(steps == NO_SAMPLE[said.bits], np.nan, steps.astype("float64"))
    if said.scale is not None:
        value = np.round(said.scale.offset + said.scale.step * value, DECIMALS)
    passed = np.round(np.arange(len(steps)) * (SECOND / said.rate)).astype("int64")
    at = (microseconds(said.start) + passed).astype("datetime64[us]")
    unit = said.scale.unit if said.scale else ""
    row = (record.writer, record.seq, said.source, said.wave, said.variant, unit)
    return Samples(row, at, value, said.follows)


def write_waves(file: SessionFile, out: Path) -> int:
    """Write ``waves.csv`` into the folder *out*, and return how many samples are in it.

    Its columns are the session's id and those of `waves_of`; no value is an empty field. Nothing is written
    where the session has no waves.
    """
    written, blocks = 0, samples_of(file)
    first = next(blocks, None)
    if first is None:
        return 0
    with (out / "waves.csv").open("w", encoding="utf-8", newline="") as target:
        target.write(_line("session", *COLUMNS) + "\n")
        for block in chain([first], blocks):
            shared = _line(file.row["id"], *block.row)
            values = ("" if value != value else f"{value:.10g}" for value in block.value.tolist())
            times = np.datetime_as_string(block.at).tolist()
            follows = ["true" if block.follows else "false"] + ["true"] * (len(times) - 1)
            rows = zip(times, values, follows, strict=True)
            target.write("".join(f"{shared},{at}+00:00,{value},{said}\n" for at, value, said in rows))
            written += len(times)
    return written


def _line(*cells: object) -> str:
    row = io.StringIO()
    csv.writer(row, lineterminator="").writerow(cells)
    return row.getvalue()
