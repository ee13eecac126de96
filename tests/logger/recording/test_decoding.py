"""`decode`: every byte in one event, the same for any chunking, and readable by people."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import pytest

from devices.contract import Adapter, Frame, Link, Quality, Reading, Send, Unread
from devices.registry import adapter
from logger.recording.decoding import Decoded, chunks_of, json_line, text_line

GOOD = b"02/22/16 22:47:45 SN=0000056661 SPO2=098% BPM=097 PI=03.60% ALARM=0000 EXC=000800\r\n"
CAPTURE = b"\x00noise\r\n" + GOOD + GOOD.replace(b"098", b"0x8") + GOOD + GOOD[:7]


@pytest.mark.parametrize("capture", [b"", CAPTURE, CAPTURE[:-7], GOOD, b"\xff" * 300])
def test_frame_unread_and_pending_tile_the_input(capture):
    end = 0
    for line in decoded([capture]):
        assert line["offset"] == end
        end += line["length"]
    assert end == len(capture)


@pytest.mark.parametrize("size", [1, 2, 7, 64])
def test_the_output_is_the_same_for_any_chunking(size):
    whole = [json_line(line) for line in decoded([CAPTURE])]
    assert [json_line(line) for line in decoded(chunks_of(io.BytesIO(CAPTURE), size))] == whole


def test_frames_are_counted():
    found = Decoded(adapter("masimo_ascii1"))
    list(found.lines([CAPTURE]))
    assert found.frames == 2


def test_bytes_that_never_became_a_record_are_pending():
    assert decoded([GOOD + b"02/22"])[-1] == {"event": "pending", "offset": len(GOOD), "length": 5}


def test_a_file_is_read_in_chunks_of_the_size_that_was_asked_for():
    assert list(chunks_of(io.BytesIO(b"abcde"), 2)) == [b"ab", b"cd", b"e"]


def test_a_frame_says_what_the_contract_promises():
    frame, _ = decoded([b"frame"], WHOLE, Send(b"\x06"))
    assert list(frame) == [
        "event",
        "offset",
        "length",
        "device_time",
        "states",
        "readings",
        "raw_flags",
    ]
    assert frame["readings"][0] == {
        "vital": "spo2",
        "value": None,
        "unit": "%",
        "quality": "invalid",
        "reason": "sensor_off",
        "measured_at": None,
        "repeat": False,
    }
    assert frame["readings"][1] == {
        "vital": "nibp_sys",
        "value": 120.0,
        "unit": "mm[Hg]",
        "quality": "good",
        "reason": None,
        "measured_at": "2026-09-21T13:20:00",
        "repeat": True,
        "variant": "arm",
        "measured_at_from": "age",
        "age_s": 30.0,
        "repeat_by": "value",
    }


def test_what_is_to_be_sent_has_no_place_in_the_input():
    assert decoded([b"frame"], Send(b"\x06"), WHOLE)[0] == {"event": "send", "hex": "06"}
    assert decoded([b"frame"], Send(b"\x06"), WHOLE)[1]["offset"] == 0


def test_a_json_line_is_one_line_with_the_letters_as_they_are():
    (line,) = decoded([b"frame"], Unread(b"frame", "größer\nals erlaubt"))
    assert json.loads(json_line(line)) == line
    assert "größer\\nals" in json_line(line)


@pytest.mark.parametrize(
    ("event", "said"),
    [
        (Send(b"\x06"), "          send     06"),
        (Unread(b"frame", "no data line"), "       0  unread       5 bytes  no data line"),
        (
            Frame(b"frame", (Reading("spo2", 97.0), Reading("spo2_pr", 72.5, "weak", Quality.QUESTIONABLE))),
            "       0  frame        5 bytes  spo2 97  spo2_pr 72.5 (weak, questionable)",
        ),
        (
            Frame(b"frame", (Reading("nibp_sys", None, "failed", variant="arm", repeat=True),), ("demo",)),
            "       0  frame        5 bytes  DEMO  nibp_sys/arm - (failed, repeat)",
        ),
        (
            Frame(b"frame", (), (), datetime(2026, 9, 21, 13, 33)),  # noqa: DTZ001  a device claims no zone
            "       0  frame        5 bytes  2026-09-21T13:33:00",
        ),
    ],
)
def test_a_person_reads_an_event_on_one_line(event, said):
    assert text_line(decoded([b"frame"], event)[0]) == said


def test_a_person_reads_what_is_unfinished():
    assert text_line(decoded([b"02/22/"])[-1]) == "       0  pending      6 bytes  unfinished"


WHOLE = Frame(
    b"frame",
    (
        Reading("spo2", None, "sensor_off", Quality.INVALID),
        Reading(
            "nibp_sys",
            120.0,
            variant="arm",
            measured_at=datetime(2026, 9, 21, 13, 20),  # noqa: DTZ001  a device claims no zone
            measured_at_from="age",
            age=30.0,
            repeat=True,
            repeat_by="value",
        ),
    ),
    ("demo",),
    raw_flags={"EXC": "0008"},
)


def decoded(chunks: Iterable[bytes], *events: Frame | Unread | Send) -> list[dict[str, Any]]:
    """Return what a Masimo's decoder, or one that says *events* of each chunk, makes of *chunks*."""
    if not events:
        return list(Decoded(adapter("masimo_ascii1")).lines(chunks))

    class Says:
        pending = b""

        def feed(self, chunk: bytes) -> list[Frame | Unread | Send]:
            return list(events)

    return list(
        Decoded(Adapter("test", "test", ("one",), Link(9600), ("spo2",), "vectors", Says)).lines(chunks)
    )
