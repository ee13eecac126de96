"""What people changed about readings: amendments, exclusions and claims, applied to the table of readings.

Nothing is taken out: a row that was replaced names its successor, an excluded one says so.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from analysis.session import READINGS
from logger.clock import moment
from logger.ledger.models import Written

Body = dict[str, Any]


def corrected(readings: pd.DataFrame, others: Sequence[tuple[Written, Body]]) -> pd.DataFrame:
    """Return the readings after amendments, exclusions, claims and moves."""
    for record, body in others:
        if record.kind == "amend" and not body.get("changes"):  # withdrawn; else of no reading
            _take_away(readings, _lineage(readings, [body["target"]]), record)
        elif record.kind == "move" and body["direction"] == "out":
            _take_away(readings, _moved(readings, body), record)
        elif record.kind == "amend":
            meant = _lineage(readings, [body["target"]]) & readings["vital"].isin(body["changes"])
            new = readings[meant & (readings["superseded_by"] == "")].copy()
            readings = _superseding(readings, meant, _amended(new, body["changes"]), record)
        elif record.kind == "adopt":
            held = _lineage(readings, [body["target"]]) & (readings["reason"] == "held")
            new = readings[held & (readings["superseded_by"] == "")].assign(reason="", quality="good")
            new["measured_at"] = pd.Timestamp(body["taken_at"]).tz_convert("UTC")
            readings = _superseding(readings, held, new, record)
        elif record.kind == "exclude":
            # What is typed later for the same span was typed because the rest was left out.
            known = readings["at"] <= moment(record.at)
            readings.loc[_meant(readings, body) & known, "excluded"] = not body.get("undo", False)
    return readings.sort_values(["measured_at", "writer", "seq"], kind="stable", ignore_index=True)


def _take_away(readings: pd.DataFrame, meant: pd.Series, record: Written) -> None:
    readings.loc[meant & (readings["superseded_by"] == ""), "superseded_by"] = record.ref


def _moved(readings: pd.DataFrame, body: Body) -> pd.Series:
    """Return what a move took: what it names, or, in a record that names none, what it says it meant."""
    if named := body.get("refs") or ([body["target"]] if "target" in body else []):
        return _lineage(readings, named)
    within = readings["at"].between(pd.Timestamp(body["start"]), pd.Timestamp(body["end"]))
    moved: pd.Series = within & (readings["source"] == body["source"])
    return moved


def _amended(new: pd.DataFrame, changes: Mapping[str, float | None]) -> pd.DataFrame:
    """Return rows with a person's values: what the device said against its own no longer holds.

    A held reading stays held: a typing that is corrected does not say whose it is.
    """
    new["value"] = np.array([changes[vital] for vital in new["vital"]], dtype="float64")
    free = new["reason"] != "held"
    new.loc[free, "quality"] = "good"
    new.loc[free, "reason"] = np.where(new.loc[free, "value"].isna(), "amended", "")
    return new


def _superseding(readings: pd.DataFrame, old: pd.Series, new: pd.DataFrame, record: Written) -> pd.DataFrame:
    readings.loc[old & (readings["superseded_by"] == ""), "superseded_by"] = record.ref
    if new.empty:
        return readings
    new = new.assign(writer=record.writer, seq=record.seq, entered_by=record.author)
    return pd.concat([readings, new.astype(dict(READINGS))], ignore_index=True)


def _named(readings: pd.DataFrame, refs: Collection[str]) -> pd.Series:
    numbers: dict[str, list[int]] = {}
    for ref in refs:
        writer, _, seq = ref.partition(":")
        numbers.setdefault(writer, []).append(int(seq))
    named = pd.Series(False, index=readings.index)
    for writer, seqs in numbers.items():
        named |= (readings["writer"] == writer) & readings["seq"].isin(seqs)
    return named


def _lineage(readings: pd.DataFrame, refs: Collection[str]) -> pd.Series:
    """Return the rows that names mean: of the records, and those that have taken their place since."""
    meant = _named(readings, refs)
    names = readings["writer"] + ":" + readings["seq"].astype(str) if meant.any() else None
    while names is not None:
        replacing = names.isin(readings.loc[meant, "superseded_by"]) & readings["vital"].isin(
            readings.loc[meant & (readings["superseded_by"] != ""), "vital"]
        )
        if not (replacing & ~meant).any():
            break
        meant |= replacing
    return meant


def _meant(readings: pd.DataFrame, body: Body) -> pd.Series:
    if body.get("target"):
        return _lineage(readings, [body["target"]])
    meant: pd.Series = readings["vital"] == body["vital"]
    if body.get("start"):
        meant &= readings["measured_at"] >= pd.Timestamp(body["start"])
    if body.get("end"):
        meant &= readings["measured_at"] <= pd.Timestamp(body["end"])
    return meant
