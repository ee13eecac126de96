"""What people changed about readings: amendments, exclusions and claims, applied to the table of readings.

Nothing is taken out: a row that was replaced names its successor, an excluded one says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from analysis.session import READINGS
from logger.clock import moment
from logger.models import Written

Body = dict[str, Any]


def corrected(
    readings: pd.DataFrame, others: Sequence[tuple[Written, Body]]
) -> tuple[pd.DataFrame, dict[str, str]]:
    """Return the readings after amendments, exclusions and claims, and which event superseded which."""
    superseded: dict[str, str] = {}
    for record, body in others:
        if record.kind == "amend" and not body.get(
            "changes"
        ):  # withdrawn, or entered anew: see `entered_anew`
            superseded[body["target"]] = record.ref
            gone = _lineage(readings, body["target"]) & (readings["superseded_by"] == "")
            readings.loc[gone, "superseded_by"] = record.ref
        elif record.kind == "move" and body["direction"] == "out":
            superseded |= {body["target"]: record.ref} if "target" in body else {}
            gone = _moved(readings, body) & (readings["superseded_by"] == "")
            readings.loc[gone, "superseded_by"] = record.ref
        elif record.kind == "amend":
            meant = _lineage(readings, body["target"]) & readings["vital"].isin(body["changes"])
            new = readings[meant & (readings["superseded_by"] == "")].copy()
            readings = _superseding(readings, meant, _amended(new, body["changes"]), record)
            superseded[body["target"]] = record.ref
        elif record.kind == "adopt":
            held = _lineage(readings, body["target"]) & (readings["reason"] == "held")
            new = readings[held & (readings["superseded_by"] == "")].assign(reason="", quality="good")
            new["measured_at"] = pd.Timestamp(body["taken_at"]).tz_convert("UTC")
            readings = _superseding(readings, held, new, record)
        elif record.kind == "exclude":
            # What is typed later for the same span was typed because the rest was left out.
            known = readings["at"] <= moment(record.at)
            readings.loc[_meant(readings, body) & known, "excluded"] = not body.get("undo", False)
    readings = readings.sort_values(["measured_at", "writer", "seq"], kind="stable", ignore_index=True)
    return readings, superseded


def entered_anew(others: Sequence[tuple[Written, Body]]) -> list[tuple[Written, str, Body]]:
    """Return each amendment that enters a record anew: its record, the old one's kind, the new payload.

    A new payload that states no time of its own happened when the old one did.
    """
    known = {record.ref: (record.kind, body, record.at) for record, body in others}
    anew: list[tuple[Written, str, Body]] = []
    for record, body in others:
        if record.kind != "amend" or body.get("entry") is None or body["target"] not in known:
            continue
        kind, old, at = known[body["target"]]
        entry = {"happened_at": old.get("happened_at", moment(at).isoformat())} | body["entry"]
        known[record.ref] = (kind, entry, at)
        anew.append((record, kind, entry))
    return anew


def _moved(readings: pd.DataFrame, body: Body) -> pd.Series:
    if "target" in body:
        return _lineage(readings, body["target"])
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


def _named(readings: pd.DataFrame, ref: str) -> pd.Series:
    writer, _, seq = ref.partition(":")
    named: pd.Series = (readings["writer"] == writer) & (readings["seq"] == int(seq))
    return named


def _lineage(readings: pd.DataFrame, ref: str) -> pd.Series:
    """Return the rows of a record and those that have taken their place since: what is meant by its name."""
    meant = _named(readings, ref)
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
        return _lineage(readings, body["target"])
    meant: pd.Series = readings["vital"] == body["vital"]
    if body.get("start"):
        meant &= readings["measured_at"] >= pd.Timestamp(body["start"])
    if body.get("end"):
        meant &= readings["measured_at"] <= pd.Timestamp(body["end"])
    return meant
