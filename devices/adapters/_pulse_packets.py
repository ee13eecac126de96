"""The packets of finger oximeters: Contec V7 (9 bytes), and the older 5-byte form that BCI and Berry share.

Source: Contec communication protocols V5.0A and V7.0; Berry "BCI protocol V1.2"; headrotor's serial dialogue
of a CMS50D+.

The place of bit 7 tells where a packet begins; there is no sum. A 5-byte packet is believed only where five
of them follow one another. About one second of packets is one frame.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from devices.contract import Event, Frame, Quality, Reading, Wave
from devices.framing import Piece, Stream, Unbroken
from devices.vocabulary import Vital, WaveName

NO_SPO2, NO_RATE, NO_PERFUSION = 0x7F, 0xFF, 0xFFFF
MOST_SIGNAL = 8
BEGIN = re.compile(rb"[\x01-\x14][\x80-\xff]|[\x80-\xff][\x00-\x7f]")
LONGEST = 64
"""Most bytes of one unread piece."""


@dataclass(frozen=True, slots=True)
class Said:
    """What one packet says: numbers as they came, None for none, and why they can't be trusted."""

    spo2: int | None
    rate: int | None
    why: str | None
    status: str
    perfusion: int | None = None
    has_perfusion: bool = False
    pleth: int | None = None


@dataclass(frozen=True, slots=True)
class FiveBytes:
    """The 5-byte form; the makers agree on its layout and not on two of its bits.

    Attributes:
        faults: mask of the first byte, mask of the third, and what they say; the first that fits counts.
        block: packets of about one second.
    """

    faults: tuple[tuple[int, int, str], ...]
    block: int = 60
    size: int = 5
    proof: int = 5

    def fits(self, packet: bytes) -> bool:
        """Return whether these bytes can be the beginning of a packet, or a whole one."""
        if packet[0] < 0x80 or packet[0] & 0x0F > MOST_SIGNAL or any(byte & 0x80 for byte in packet[1:]):
            return False
        return len(packet) < self.size or packet[4] <= 100 or packet[4] == NO_SPO2

    def read(self, packet: bytes) -> Said:
        """Return what a whole packet says: a rate of 0 and a saturation of 0 are none."""
        rate, spo2 = (packet[2] & 0x40) << 1 | packet[3], packet[4]
        why = next((why for first, third, why in self.faults if packet[0] & first or packet[2] & third), None)
        status = f"{packet[0] & 0x70:02x} {packet[2] & 0x30:02x}"
        return Said(
            None if spo2 in (0, NO_SPO2) else spo2,
            None if rate in (0, NO_RATE) else rate,
            why,
            status,
            pleth=None if why else packet[1],
        )


@dataclass(frozen=True, slots=True)
class NineBytes:
    """Contec V7: a type byte without bit 7, then eight with it; the second holds the others' highest bits."""

    block: int = 60
    size: int = 9
    proof: int = 1

    def fits(self, packet: bytes) -> bool:
        """Return whether these bytes can be the beginning of a real-time packet, or a whole one."""
        if packet[0] != 0x01 or any(byte < 0x80 for byte in packet[1:]):
            return False
        if len(packet) < self.size:
            return True
        payload = _restored(packet)
        return payload[0] & 0x0F <= MOST_SIGNAL and (payload[4] <= 100 or payload[4] == NO_SPO2)

    def read(self, packet: bytes) -> Said:
        """Return what a whole packet says; no bit of the second byte is a validity code."""
        signal, wave, bar, rate, spo2, low, high = _restored(packet)
        perfusion = high << 8 | low
        why = None
        if signal & 0x80:
            why = "probe_error"
        elif signal & 0x10 or wave & 0x80:
            why = "searching"
        return Said(
            None if spo2 == NO_SPO2 else spo2,
            None if rate == NO_RATE else rate,
            why,
            f"{signal & 0xF0:02x} {wave & 0x80:02x} {bar & 0x10:02x}",
            None if perfusion == NO_PERFUSION or bar & 0x10 else perfusion,
            has_perfusion=True,
            pleth=None if why else wave & 0x7F,
        )


PacketForm = FiveBytes | NineBytes
CONTEC = FiveBytes(((0x00, 0x10, "probe_off"), (0x10, 0x00, "no_finger"), (0x00, 0x20, "searching")))
"""Contec V5.0A: bit 5 of the first byte is "saturation is dropping", which is no doubt about it."""
BERRY = FiveBytes(
    (
        (0x20, 0x00, "sensor_disconnected"),
        (0x00, 0x10, "no_finger"),
        (0x10, 0x00, "no_signal"),
        (0x00, 0x20, "searching"),
    ),
    block=100,
)
"""Berry and BCI: bit 5 of the first byte is "probe unplugged"."""


class PulseStream(Stream):
    """Reads the packets of one connection that speaks one of *forms*, and their pleth where it is wanted."""

    def __init__(self, *forms: PacketForm, waves: bool = False) -> None:
        super().__init__(Unbroken(self._piece) if waves else self._piece)
        self._forms, self._waves = forms, waves
        self._known = 0  # good packets of the block that has begun: no byte is looked at twice

    def end(self) -> list[Event]:
        """The input is over: a block that is not yet a second long is one all the same."""
        for form in self._forms:
            count = _good(form, self._held, 0, 0)
            if count >= form.proof:
                raw, self._held = self._held[: count * form.size], self._held[count * form.size :]
                return [self._block(form, raw)]
        return []

    def _piece(self, held: bytes, at: int) -> Piece | None:
        for form in self._forms:
            if not form.fits(held[at : at + form.size]):
                continue
            count = self._known = _good(form, held, at, self._known)
            end = at + count * form.size
            if count < form.block and (end == len(held) or form.fits(held[end : end + form.size])):
                return None
            self._known = 0
            if count >= form.proof:
                return count * form.size, self._block(form, held[at:end])
            return unread(held, at, f"no {form.proof} packets in a row")
        return unread(held, at, "no packet")

    def _block(self, form: PacketForm, raw: bytes) -> Frame:
        """Return the frame of a row of packets: the newest believed one's numbers, every one's status."""
        packets = [form.read(raw[at : at + form.size]) for at in range(0, len(raw), form.size)]
        statuses = ", ".join(dict.fromkeys(packet.status for packet in packets))
        frame = Frame(raw, readings_of(_believed(form, packets)), (), None, {"status": statuses})
        return replace(frame, waves=(_pleth(form, packets),)) if self._waves else frame


def _believed(form: PacketForm, packets: list[Said]) -> Said:
    """Return the newest packet of a row that says what the one before it says.

    The halves of two packets, of which the line lost the rest, may look like one. And a 5-byte packet with a
    byte too many looks whole until the next one is not in its place: the last of a row proves the one before.
    """
    proved = packets if form.proof == 1 else packets[:-1]
    pairs = zip(reversed(proved[:-1]), reversed(proved), strict=False)
    return next((new for old, new in pairs if _numbers(old) == _numbers(new)), proved[-1])


def _numbers(said: Said) -> tuple[int | None, int | None, int | None, str | None]:
    return said.spo2, said.rate, said.perfusion, said.why


def _pleth(form: PacketForm, packets: list[Said]) -> Wave:
    """Return the pleth of a row; where it broke off, nothing proves the last packet's sample."""
    samples = [packet.pleth for packet in packets]
    if form.proof > 1 and len(packets) < form.block:
        samples[-1] = None
    return Wave(WaveName.PLETH, tuple(samples), float(form.block))


def unread(held: bytes, at: int, why: str) -> Piece | None:
    """Return the bytes up to the next place where a packet may begin."""
    begin = BEGIN.search(held, at + 1, at + LONGEST)
    if begin is None:
        return (LONGEST - 1, why) if len(held) - at >= LONGEST else None
    return begin.start() - at, why


def _good(form: PacketForm, held: bytes, at: int, known: int) -> int:
    """Return how many whole packets follow one another from *at* on, a block at most; *known* are good."""
    for count in range(known, form.block):
        packet = held[at + count * form.size : at + (count + 1) * form.size]
        if len(packet) < form.size or not form.fits(packet):
            return count
    return form.block


def readings_of(said: Said) -> tuple[Reading, ...]:
    """Return the readings of one packet."""
    numbers: list[tuple[str, float | None]] = [(Vital.SPO2, said.spo2), (Vital.SPO2_PR, said.rate)]
    if said.has_perfusion:
        numbers.append((Vital.PERFUSION_INDEX, None if said.perfusion is None else said.perfusion / 100))
    return tuple(_reading(vital, value, said.why) for vital, value in numbers)


def _restored(packet: bytes) -> bytes:
    return bytes(byte & 0x7F | (packet[1] >> place & 1) << 7 for place, byte in enumerate(packet[2:]))


def _reading(vital: str, value: float | None, why: str | None) -> Reading:
    if value is None:
        return Reading(vital, None, why or "absent", Quality.INVALID)
    return Reading(vital, float(value), why, Quality.INVALID if why else Quality.GOOD)
