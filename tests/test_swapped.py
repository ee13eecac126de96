"""Two devices swapped between two rooms: the record names it, and none is taken for the other."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from rooms import links, readings, recording

from devices.simulators.running import stop_simulators

pytestmark = pytest.mark.skipif(not hasattr(os, "openpty"), reason="needs pseudo-terminals")
SWAPPED = "swapped@150+150"


@pytest.fixture(autouse=True)
def no_simulator_stays() -> Iterator[None]:
    yield
    stop_simulators()


def recorded(tmp_path: Path, name: str, more: str, there: Any) -> list[Any]:
    url = f"simulate:{name}?seed=7&speed=60&fault={SWAPPED}{more}"
    with recording(tmp_path / "x.db", f"{name}={url}") as room:
        room.wait_for(there)
        return [(record, json.loads(record.payload)) for record in room.file().records]


@pytest.mark.parametrize(
    ("name", "own", "other"),
    [("masimo_ascii1", "0000091709", "0000091710"), ("datex_dri", "plug 34185", "plug 34186")],
)
def test_another_device_of_its_kind_is_named_with_its_beginning_and_its_end(tmp_path, name, own, other):
    records = recorded(tmp_path, name, "", lambda records: len(links(records, "identified")) == 3)
    named = links(records, "identified")
    assert [link["identity"] for link in named] == [own, other, own]
    assert ["cause" in link for link in named] == [False, True, True]


def test_the_cuff_of_another_device_is_held(tmp_path):
    records = recorded(
        tmp_path, "datex_dri", "&cuff_every=120", lambda records: len(links(records, "identified")) == 3
    )
    [_, begins, ends] = [record.at for record, body in records if body.get("event") == "identified"]
    between = [
        value
        for record, body in records
        if record.kind == "reading" and begins <= record.at < begins + (ends - begins) // 4
        for value in body["readings"]
        if value["vital"] == "nibp_sys" and value["value"] is not None
    ]
    assert {value.get("reason") for value in between} == {"held"}


def test_a_device_of_another_kind_is_silence_with_a_cause(tmp_path):
    records = recorded(
        tmp_path, "masimo_ascii1", "&other=nonin", lambda records: len(links(records, "heard")) == 2
    )
    silent = links(records, "silent")
    assert any("no frame: is the line set to 9600 8N1?" in link["cause"] for link in silent)
    own = {"spo2", "spo2_pr", "perfusion_index"}
    assert {value["vital"] for body in readings(records) for value in body["readings"]} == own
