"""FHIR bundles of invented sessions, and what a reader that is not ours makes of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import orjson
import pytest

from analysis.exports import fhir
from analysis.session import Session

OFTEN = ("spo2", "spo2_pr", "resp_rate")
"""Vitals that the invented monitors send every second."""


def thinned(made: Session, every: int = 60) -> Session:
    """The same session with one of so many of the values that come every second."""
    often = made.readings["vital"].isin(OFTEN)
    place = often.groupby(made.readings["vital"]).cumsum()
    return replace(made, readings=made.readings[~often | (place % every == 1)].reset_index(drop=True))


def raw(made: Session, *, with_identity: bool = False) -> dict[str, Any]:
    """The bundle as it stands in the file."""
    contents = fhir.contents_of(made, with_identity=with_identity)
    fhir.check(contents)
    told: dict[str, Any] = orjson.loads(orjson.dumps(fhir.bundle(contents)))
    return told


def read(made: Session, *, with_identity: bool = False) -> Any:
    """The bundle as `fhir.resources` reads it."""
    known = pytest.importorskip("fhir.resources.R4B.bundle", reason="the extra 'formats' is not installed")
    return known.Bundle.model_validate_json(orjson.dumps(raw(made, with_identity=with_identity)))


def of(bundle: Any, kind: str) -> list[Any]:
    """The resources of one kind."""
    found = [entry.resource for entry in bundle.entry]
    return [one for one in found if one.__resource_type__ == kind]


def measured(bundle: Any) -> list[Any]:
    """The Observations of readings."""
    return [one for one in of(bundle, "Observation") if one.category[0].coding[0].code == "vital-signs"]


def references(node: Any) -> Iterator[str]:
    """Every reference within what a file says."""
    if isinstance(node, dict):
        if isinstance(node.get("reference"), str):
            yield node["reference"]
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)
