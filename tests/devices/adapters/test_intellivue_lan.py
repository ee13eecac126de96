from __future__ import annotations

import json
from datetime import datetime

import device_captures
import pytest

from devices import registry
from devices.adapters import _intellivue_frames as frames
from devices.adapters.intellivue_lan import ADAPTER
from devices.contract import Frame, Send, Unread, completed, decode
from devices.simulators import _intellivue_replies as replies

NUMBERS = replies.reply(1, frames.NUMERIC, 0, [], sequence=0)
REFUSE = b"\x0c\x01\x00"


def decoded(*raw):
    decoder = ADAPTER.decoder()
    return decode(decoder, raw) + completed(decoder)


def recorded_payloads():
    said = json.loads(device_captures.real("intellivue/dialogue_vectors.json").read_text())
    payloads = []

    def keep(raw, payload):
        payloads.append(payload)
        return Frame(raw)

    for frame in said["all_monitor_frames_mib"]:
        frames.cut(bytes.fromhex(frame), 0, keep)
    return payloads


def test_recorded_datagrams_in_a_file_say_what_the_serial_frames_say():
    payloads = recorded_payloads()
    found = [event for event in decoded(b"".join(payloads)) if not isinstance(event, Send)]
    serial = registry.adapter("intellivue").decoder()
    same = [event for event in decode(serial, map(frames.framed, payloads)) if isinstance(event, Frame)]
    assert [event.raw for event in found] == payloads
    assert [event.readings for event in found] == [event.readings for event in same]
    assert sum(len(event.readings) for event in found) > 100


def test_both_directions_of_a_recorded_dialogue_are_frames():
    said = json.loads(device_captures.real("intellivue/dialogue_vectors.json").read_text())
    whole = b"".join(bytes.fromhex(message["payload_hex"]) for message in said["messages"])
    assert not [event for event in decoded(whole) if isinstance(event, Unread)]


def test_a_message_waits_until_the_next_one_shows_that_it_is_whole():
    decoder = ADAPTER.decoder()
    assert decode(decoder, [NUMBERS]) == []
    assert [event.raw for event in decode(decoder, [NUMBERS])] == [NUMBERS]


@pytest.mark.parametrize("broken", [NUMBERS[:-1], NUMBERS[:20] + b"\0" + NUMBERS[20:], NUMBERS[1:]])
def test_a_message_that_lost_or_won_a_byte_is_unread(broken):
    found = decoded(REFUSE + broken + NUMBERS)
    read = [event.raw for event in found if isinstance(event, Frame)]
    assert read == ([REFUSE, NUMBERS] if broken[0] == 0xE1 else [NUMBERS])
    assert any(isinstance(event, Unread) for event in found)


def test_a_serial_frame_is_never_read_from_its_middle():
    serial = registry.adapter("intellivue").decoder()
    assert not [event for event in serial.feed(NUMBERS + NUMBERS) if isinstance(event, Frame)]


@pytest.mark.parametrize("invocation", [1, 0x7DC0])
def test_the_create_event_is_answered_without_a_frame(invocation):
    event = bytearray(replies.mds_create(0, replies.mds(datetime(2026, 3, 2), 0)))  # noqa: DTZ001
    event[8:10] = invocation.to_bytes(2, "big")
    _, send = decoded(bytes(event))
    assert send.raw == frames.mds_create_result(invocation)
    assert ADAPTER.permits(send.raw)


@pytest.mark.parametrize(
    "payload", [frames.single_poll(3, frames.PATIENT), frames.framed(frames.release_request())]
)
def test_nothing_else_may_be_sent(payload):
    assert not ADAPTER.permits(payload)
