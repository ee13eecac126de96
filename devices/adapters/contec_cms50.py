"""Contec CMS50D+, E and F: the V7.0 serial stream, the older 5-byte stream, and the HID reports of a file.

Source: Contec communication protocol V7.0; headrotor's dialogue of a CMS50D+; see `_pulse_packets`.
Line:   115200 baud, 8N1. Sixty packets a second of V7 after a start, for as long as a keep-alive comes each
        second; nothing else is sent. About one second of packets is one `Frame`. Older models send the
        5-byte form unasked at 19200 baud: `contec_cms50_v5`. HID reports (CMS50E, CMS50D-BT) come from a
        file; one value record with the waves and the padding before it is one `Frame`.
Gaps:   rate 255, saturation 127, perfusion 65535; 0 too in the 5-byte form.
Waves:  the pleth, 60 steps of 0 to 127 a second, without a unit. That of HID reports has no known rate.
"""

from __future__ import annotations

import re

from devices.adapters._pulse_packets import (
    CONTEC,
    NO_RATE,
    NO_SPO2,
    NineBytes,
    PulseStream,
    Said,
    readings_of,
    unread,
)
from devices.contract import Adapter, Event, Frame, Link, ReadsWaves, Send
from devices.framing import Every, Piece, sum8
from devices.vocabulary import Vital

START_STREAM = b"\x7d\x81\xa1" + b"\x80" * 6
KEEP_ALIVE = b"\x7d\x81\xaf" + b"\x80" * 6
PATIENCE = 5.0
"""Seconds of silence after which the stream is started again: the device stops without a keep-alive."""

REPLIES = {0x02: 9, 0x03: 9, 0x04: 9, 0x06: 4, 0x0C: 2, 0x0E: 3, 0x11: 9, 0x13: 9, 0x14: 9}
"""Bytes of the answers to a host's other questions, by type; those of the captured dialogue."""
VALUE, WAVE = 8, 6
"""Bytes of the two records of an HID report."""
MOST_HID = 1600
"""Most bytes of the wave records and the padding of a second: 59 records, three a report of 64 bytes."""


class ContecDecoder(PulseStream):
    """Starts the stream and keeps it alive."""

    def __init__(self, waves: bool = False) -> None:
        super().__init__(NineBytes(), CONTEC, waves=waves)
        self._second = Every(1)
        self._frames = 0
        self._last_frames, self._last_heard = 0, 0.0

    def opening(self) -> list[Send]:
        """Return the start of the real-time stream."""
        return [Send(START_STREAM)]

    def due(self, elapsed: float) -> list[Send]:
        """Return the keep-alive of this second, once; after 5 s without a frame the start, again."""
        if self._frames != self._last_frames:
            self._last_frames, self._last_heard = self._frames, elapsed
        second = self._second.due(elapsed)
        if elapsed - self._last_heard >= PATIENCE:
            self._last_heard = elapsed
            return [Send(START_STREAM)]
        return [Send(KEEP_ALIVE)] if second else []

    def feed(self, chunk: bytes) -> list[Event]:
        """Take the next bytes; return what they complete."""
        events = super().feed(chunk)
        self._frames += sum(isinstance(event, Frame) for event in events)
        return events

    def _piece(self, held: bytes, at: int) -> Piece | None:
        if held[at] in (0x00, 0xEB):
            return _report(held, at)
        size = REPLIES.get(held[at])
        if size is None:
            return super()._piece(held, at)
        reply = held[at : at + size]
        if any(byte < 0x80 for byte in reply[1:]):
            return unread(held, at, "no answer")
        return (size, Frame(reply, raw_flags={"reply": reply.hex()})) if len(reply) == size else None


def _report(held: bytes, at: int) -> Piece | None:
    """Return a value record of the HID form with the waves and the padding that came before it."""
    end, waves = at, 0
    while end - at < MOST_HID:
        if held[end : end + 1] == b"\0":
            end += 1
            continue
        if len(held) - end < VALUE:
            return None
        said = _hid_record(held[end : end + VALUE])
        if isinstance(said, Said):
            raw = held[at : end + VALUE]
            return len(raw), Frame(raw, readings_of(said), raw_flags={"status": said.status})
        if said is None:
            break
        end, waves = end + WAVE, waves + 1
    if waves:
        return end - at, Frame(held[at:end])
    return unread(held, at, "no record of a report")


def _hid_record(raw: bytes) -> Said | str | None:
    """Return what a value record says, "" for a wave record, None for neither.

    The last byte is the sum of the others, seven bits of it.
    """
    record = raw[:VALUE] if raw[1] == 1 else raw[:WAVE]
    if record[0] != 0xEB or record[1] > 1 or sum8(record[:-1]) & 0x7F != record[-1]:
        return None
    if len(record) == WAVE:
        return ""
    flag, rate, spo2 = record[2], record[3] + 128 * (record[2] >> 1 & 1), record[4]
    if not (spo2 <= 100 or spo2 == NO_SPO2):
        return None
    out = spo2 == NO_SPO2
    status = f"{flag:02x} {record[5]:02x}{record[6]:02x}"
    return Said(None if out else spo2, None if out or rate == NO_RATE else rate, None, status)


ADAPTER = Adapter(
    name="contec_cms50",
    protocol="Contec CMS50 V7.0, V5.0A and HID reports",
    models=("Contec CMS50D+ (firmware 4.6 and later)", "Contec CMS50E", "Contec CMS50F", "Contec CMS50D-BT"),
    link=Link(115200, period=1.0, silence=5.0),
    vitals=(Vital.SPO2, Vital.SPO2_PR, Vital.PERFUSION_INDEX),
    evidence="recorded",
    decoder=ContecDecoder,
    may_send=(re.compile(re.escape(START_STREAM)), re.compile(re.escape(KEEP_ALIVE))),
    waves=ReadsWaves(lambda: ContecDecoder(waves=True)),
)
