"""One line for people about each record."""

from __future__ import annotations

import json
from typing import Any

import pytest
from payloads import EXAMPLES

from logger.kinds import KINDS, text_of
from logger.summaries import summary

SAID = {
    "reading": "manual: spo2 97.5",
    "unread": "monitor: 4 bytes not read: checksum",
    "link": "monitor lost: unplugged",
    "clock": "Clock stepped by -3600.0 s (not synchronised)",
    "device": "monitor attached (nonin on /dev/ttyUSB0)",
    "session.open": "Session opened in room 1, protocol p",
    "session.resume": "Recording resumed: killed",
    "session.pause": "Recording paused: stopped",
    "session.end": "Session ended",
    "close": "Chain closed after 0 records",
    "session.close_without": "Chain of w closed after 3 records: moved",
    "effect.report": "nausea, mild (Übelkeit „leicht“)",
    "effect.resolved": "nausea resolved",
    "effect.none": "Asked: no side effect",
    "infusion.start": "Infusion started: ketamine, 40 mg, 60 mL/h",
    "infusion.pause": "Infusion paused: vomiting",
    "infusion.rate": "Infusion rate changed: 0 mL/h",
    "infusion.end": "Infusion ended",
    "note": "zwei Zeilen",
    "mark": "Mark",
    "amend": "w:1 corrected: nibp_sys = 142, spo2 = no value; typed wrong",
    "exclude": "spo2 from 2026-11-20T10:42:00.000007Z no longer excluded: sensor on the cuff's arm",
    "adopt": "w:1 is this patient's, taken 2026-11-20T10:42:00.000007Z: seen to be taken",
    "storage": "The disk was full: the reserve was given up",
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_its_line(kind):
    assert summary(kind, body_of(kind)) == SAID[kind]


@pytest.mark.parametrize(
    ("kind", "more", "said"),
    [
        ("exclude", {"vital": None, "target": "w:1", "start": None}, "w:1 no longer excluded"),
        ("exclude", {"start": None, "undo": False}, "spo2 excluded"),
        ("exclude", {"end": "10:50"}, "spo2 from 2026-11-20T10:42:00.000007Z to 10:50"),
        ("clock", {"step_s": 60.0, "synchronised": True}, "Clock stepped by +60.0 s (synchronised)"),
        ("clock", {"synchronised": None}, "(not known to be kept)"),
        ("link", {"event": "device_clock", "cause": None, "offset_s": -12.34}, "device clock -12.3 s"),
        ("device", {"event": "detached", "adapter": None}, "monitor detached"),
        ("mark", {"text": "cuff moved"}, "cuff moved"),
        ("session.end", {"reason": "went home"}, "Session ended: went home"),
        ("reading", {"readings": []}, "manual: no value"),
        (
            "reading",
            {"readings": [{"vital": "spo2", "value": None, "reason": "sensor_off"}]},
            "manual: spo2 - (sensor_off)",
        ),
        ("reading", {"readings": [{"vital": "spo2", "value": 0.0}]}, "manual: spo2 0"),
    ],
)
def test_what_a_record_says_stands_in_its_line(kind, more, said):
    assert said in summary(kind, body_of(kind) | more)


def test_a_kind_of_a_newer_program_still_has_a_line():
    assert summary("room.readied", {}) == "room.readied"


def body_of(kind: str) -> dict[str, Any]:
    return dict(json.loads(text_of(EXAMPLES[kind])))
