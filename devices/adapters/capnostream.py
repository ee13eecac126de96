"""Oridion and Medtronic Capnostream 20, 20p, 35: the binary host protocol.

Source: two independent open readers (OpenICE, fus_anes); no bytes are public. The text reports are a profile,
        `capnostream_report`.
Line:   8N1, 115200 baud here (the rate is set in the monitor). ``85 LEN CODE payload CHK``: LEN counts the
        code, CHK is the exclusive or of all between; a later 85 is sent as 80 05, an 80 as 80 00. The stream
        begins when asked and needs a sign of life every few seconds. Numerics (code 1) come each second; the
        CO2 wave (code 0, 20 a second) that came before them is part of the same `Frame`.
Gaps:   FF. A unit other than mmHg has no documented scale: its CO2 values are none.

Now and then a monitor sends its numerics shifted by a byte, so that the respiration stands where the
saturation belongs (OpenICE): such a record is unread.
"""

from __future__ import annotations

import re
import struct

from devices.adapters._dri_records import moment
from devices.contract import Adapter, Frame, Link, Quality, Reading, Send
from devices.framing import Every, Piece, Stream, xor8
from devices.vocabulary import Vital

START, WAVE, NUMERICS, DEVICE = 0x85, 0, 1, 4
BYTE = re.compile(rb"\x80[\x00\x05]|.", re.DOTALL)
"""One byte as it is sent; an 80 that escapes nothing stands for itself."""
LONGEST = 2 * 130
"""Bytes of a frame at most, every one of them escaped."""
MOST_WAVES = 40
"""Wave samples of two seconds; more without numerics are a frame of their own."""
NONE, MMHG = 0xFF, 1
LEAST = 27
ENABLE, START_STREAM, ALIVE = b"\x85\x01\x01\x00", b"\x85\x01\x04\x05", b"\x85\x01\x06\x07"
PATIENCE = 10.0
"""Seconds of silence after which the stream is asked for again: a monitor that restarts forgets."""

CO2_ALARMS, SPO2_ALARMS, LIMITS, UNIT, EXTENDED = 13, 14, slice(16, 25), 25, 26
SPO2_DOUBTS = ((0x40, "sensor_disconnected"), (0x20, "sensor_off"), (0x01, "no_pulse"))
CO2_DOUBTS = ((0x04, "pump_off"), (0x01, "check_calibration"), (0x02, "check_flow"))
APNOEA, LOW_BATTERY = 0x01, 0x80


class CapnostreamDecoder(Stream):
    """Starts the stream, keeps it alive, and reads one connection."""

    def __init__(self) -> None:
        super().__init__(self._piece)
        self._last: bytes | None = None
        self._second = Every(1)
        self._heard = False
        self._last_heard = 0.0

    def opening(self) -> list[Send]:
        """Return what enables communication and starts the stream."""
        return [Send(ENABLE), Send(START_STREAM)]

    def due(self, elapsed: float) -> list[Send]:
        """Return this second's sign of life, once; the start, again, after 10 s of silence."""
        if self._heard:
            self._heard, self._last_heard = False, elapsed
        second = self._second.due(elapsed)
        if elapsed - self._last_heard >= PATIENCE:
            self._last_heard = elapsed
            return self.opening()
        return [Send(ALIVE)] if second else []

    def _piece(self, held: bytes, at: int) -> Piece | None:
        end, waves = at, 0
        while waves < MOST_WAVES:
            cut = _frame(held, end)
            if cut is None:
                return None
            length, body = cut
            if isinstance(body, str):
                return (end - at, Frame(held[at:end])) if waves else (length, body)
            end += length
            if body[0] != WAVE:
                what = self._message(held[at:end], body)
                return end - at, what
            waves += 1
        return end - at, Frame(held[at:end])

    def _message(self, raw: bytes, body: bytes) -> Frame | str:
        self._heard = True
        code, payload = body[0], body[1:]
        if code == DEVICE:
            said = payload.decode("latin-1").strip()
            return Frame(raw, raw_flags={"device": said}, device_id=said)
        if code != NUMERICS:
            return Frame(raw, raw_flags={"code": f"{code}"})
        if len(payload) < LEAST:
            return f"numerics of {len(payload)} bytes"
        last = self._last
        differs = last is not None and (len(last), last[LIMITS]) != (len(payload), payload[LIMITS])
        if last is not None and differs and payload[7] == last[6] != NONE:
            return "numerics shifted by a byte"
        if payload[7] > 100 and payload[7] != NONE:
            return f"a saturation of {payload[7]}"
        self._last = payload
        return _numerics(raw, payload)


def _frame(held: bytes, at: int) -> tuple[int, bytes | str] | None:
    """Return length and content (code and payload) of the frame at *at*, or what is wrong there."""
    if held[at : at + 1] != b"\x85":
        begin = held.find(START, at, at + LONGEST)
        if begin < 0:
            return (LONGEST, "no frame") if len(held) - at >= LONGEST else None
        return begin - at, "before the start of a frame"
    following = held.find(START, at + 1, at + LONGEST)
    raw = held[at + 1 : following if following >= 0 else at + LONGEST]
    sent = BYTE.findall(raw)
    plain = bytes(byte[0] if len(byte) == 1 else 0x80 | byte[1] for byte in sent)
    size = plain[0] + 2 if plain else 0
    if not plain or len(plain) < size or (len(plain) == size and raw.endswith(b"\x80")):
        if following < 0:
            return (LONGEST, "no end of a frame") if len(held) - at >= LONGEST else None
        return following - at, "a frame without its end"
    length = 1 + sum(map(len, sent[:size]))
    if size < 3 or xor8(plain[: size - 1]) != plain[size - 1]:
        return length, f"checksum {plain[size - 1]:02x}, expected {xor8(plain[: size - 1]):02x}"
    return length, plain[1 : size - 1]


def _numerics(raw: bytes, payload: bytes) -> Frame:
    (seconds,) = struct.unpack_from(">I", payload)
    etco2, fico2, breaths, spo2, pulse, slow = payload[4:10]
    extended, spo2_alarms, unit = payload[EXTENDED], payload[SPO2_ALARMS], payload[UNIT]
    co2_doubt = next((why for bit, why in CO2_DOUBTS if extended & bit), None)
    spo2_doubt = next((why for bit, why in SPO2_DOUBTS if spo2_alarms & bit), None)
    off = Quality.INVALID if co2_doubt == "pump_off" else Quality.QUESTIONABLE
    gas = [
        _reading(vital, value, co2_doubt, off)
        for vital, value in zip((Vital.ETCO2, Vital.FICO2), (etco2, fico2), strict=True)
    ]
    if unit != MMHG:
        gas = [Reading(reading.vital, None, "unit_unproved", Quality.INVALID) for reading in gas]
    states = ("apnoea",) * (payload[CO2_ALARMS] & APNOEA) + ("low_battery",) * bool(extended & LOW_BATTERY)
    flags = {
        "status": f"{slow:02x}",
        "co2_alarms": f"{payload[CO2_ALARMS]:02x}",
        "spo2_alarms": f"{spo2_alarms:02x}",
        "extended": f"{extended:02x}",
        "unit": f"{unit}",
        "limits": payload[LIMITS].hex(),
    }
    readings = (
        *gas,
        _reading(Vital.CO2_RR, breaths, co2_doubt, off),
        _reading(Vital.SPO2, spo2, spo2_doubt, Quality.INVALID),
        _reading(Vital.SPO2_PR, pulse, spo2_doubt, Quality.INVALID),
    )
    return Frame(raw, readings, states, moment(seconds), flags)


def _reading(vital: str, value: int, doubt: str | None, quality: Quality) -> Reading:
    if value == NONE:
        return Reading(vital, None, doubt or "absent", Quality.INVALID)
    return Reading(vital, float(value), doubt, quality if doubt else Quality.GOOD)


ADAPTER = Adapter(
    name="capnostream",
    protocol="Capnostream host protocol, real-time form",
    models=("Capnostream 20", "Capnostream 20p", "Capnostream 35"),
    link=Link(115200, period=1.0, silence=5.0),
    vitals=(Vital.ETCO2, Vital.FICO2, Vital.CO2_RR, Vital.SPO2, Vital.SPO2_PR),
    evidence="document",
    experimental=True,
    decoder=CapnostreamDecoder,
    may_send=tuple(re.compile(re.escape(raw)) for raw in (ENABLE, START_STREAM, ALIVE)),
)
