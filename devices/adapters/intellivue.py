"""Philips IntelliVue data export on the MIB/RS-232 port: MP2/X2, MP5 to MP90, MX400 to MX850, Avalon.

Source: Philips IntelliVue Data Export Interface; recorded sessions of a monitor in its demonstration mode.
Line:   115200 baud, 8N1; frames between C0 and C1, 7D escapes, CRC-16/X-25. The host asks for an association,
        answers the monitor's MDS create event, and polls: numerics every second, alarms every 5 s.
Gaps:   a float that is none (NaN, NRes, infinite), and the state word beside each number: invalid,
        questionable, unavailable, calibrating. Test and demo data are states of the frame. A cuff cycle is
        known by its time. A reply comes in parts, each a frame. Texts are localised and decide nothing.
Waves:  polled only where they are wanted, those that the monitor chooses; see `_intellivue_waves`.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import replace

from devices.adapters import _intellivue_frames as frames
from devices.adapters import _intellivue_objects as objects
from devices.adapters._intellivue_dialogue import NUMBERS, ON_RS232, WAVES, WAVES_ON_RS232, Dialogue
from devices.adapters._intellivue_numbers import DEMO, ONGOING, PHYSIOLOGY, TEST, read_time
from devices.adapters._intellivue_waves import WaveObjects
from devices.contract import Adapter, Frame, Link, Reading, ReadsWaves, Send
from devices.cuffs import TimedCuffs
from devices.framing import Cut, Piece, Stream
from devices.vocabulary import NIBP, Vital

Read = Callable[[bytes, bytes], Frame | str]
FORGOTTEN = 5 * frames.TICKS
"""Ticks after which an object that is not sent any more gives its vital to another one."""
MOST_OWNERS = 512
"""Vitals whose objects are remembered, those heard last; a monitor shows a few dozen."""


class IntellivueDecoder(Stream):
    """Reads one connection and leads its dialogue; *cut* and *wrap* are those of adapter *name*'s line.

    *waves* are read, and asked for, where they are wanted.
    """

    def __init__(
        self,
        name: str = "intellivue",
        cut: Callable[[bytes, int, Read], Piece | None] = frames.cut,
        wrap: Callable[[bytes], bytes] = frames.framed,
        waves: WaveObjects | None = None,
    ) -> None:
        of_message: Cut = lambda held, at: cut(held, at, self._message)  # noqa: E731
        super().__init__(of_message)
        self._name, self._wrap = name, wrap
        self._waves = waves
        self._dialogue = Dialogue((NUMBERS,) if waves is None else (NUMBERS, WAVES))
        self._cuffs = TimedCuffs()
        self._measuring = False
        self._owners: dict[tuple[str, str], tuple[tuple[int, int, int], int]] = {}

    def opening(self) -> list[Send]:
        """Return the end of an association that may be left over, and the request for a new one."""
        return [Send(self._wrap(payload)) for payload in self._dialogue.opening()]

    def due(self, elapsed: float) -> list[Send]:
        """Return the polls that are due; a new request where the monitor is silent, refused or broke off."""
        return [Send(self._wrap(payload)) for payload in self._dialogue.due(elapsed)]

    def stop(self) -> list[Send]:
        """Return what ends the association, so that the monitor takes the next one at once."""
        return [Send(self._wrap(frames.release_request()))]

    def _message(self, raw: bytes, payload: bytes) -> Frame | str:
        try:
            if payload[0] == frames.EXPORT:
                return self._export(raw, payload)
        except objects.Malformed:
            return "a message whose lengths do not fit"
        kind = frames.SESSION.get(payload[0])
        if kind is None:
            return f"a message of kind {payload[0]:02x}"
        if payload[0] == frames.ACCEPT:
            self._dialogue.accepted(frames.granted(payload))
            self._owners.clear()
            if self._waves is not None:
                self._waves.forget()
        elif payload[0] in (frames.REFUSE, frames.DISCONNECT, frames.ABORT):
            self._dialogue.ended()
        return Frame(raw, raw_flags={"session": kind})

    def _export(self, raw: bytes, payload: bytes) -> Frame | str:
        if len(payload) < 14 or struct.unpack_from(">H", payload, 6)[0] != len(payload) - 8:
            return "a message whose lengths do not fit"
        (operation,) = struct.unpack_from(">H", payload, 4)
        at = 10 if operation == frames.LINKED else 8
        if len(payload) < at + 6:
            return "a message whose lengths do not fit"
        invocation, command, length = struct.unpack_from(">3H", payload, at)
        body = payload[at + 6 :]
        if operation == frames.ERROR:
            self._dialogue.heard()
            self._dialogue.refused(invocation)
            return Frame(raw, raw_flags={"error": f"{command}"})
        if length != len(body):
            return "a message whose lengths do not fit"
        self._dialogue.heard()
        if operation == frames.INVOKE and command in (frames.EVENT, frames.CONFIRMED_EVENT):
            return self._event(raw, invocation, body)
        if operation in (frames.RESULT, frames.LINKED) and command == frames.ACTION:
            reply = objects.read_reply(body)
            if reply is not None:
                return self._reply(raw, reply)
        return Frame(raw, raw_flags={"operation": f"{operation}", "command": f"{command}"})

    def _event(self, raw: bytes, invocation: int, body: bytes) -> Frame | str:
        if len(body) < 14 or struct.unpack_from(">H", body, 10)[0] != frames.MDS_CREATED:
            return Frame(raw, raw_flags={"event": body[10:12].hex()})
        attributes = objects.attributes_of(body[14:][6:])
        self._dialogue.served()
        self.answers.append(Send(self._wrap(frames.mds_create_result(invocation))))
        time = read_time(attributes.get(objects.MDS_TIME, b""))
        flags = {"event": "mds_create"} | objects.model_of(attributes)
        return Frame(
            raw, device_time=time, raw_flags=flags, device_id=attributes.get(objects.SYSTEM_ID, b"")[2:].hex()
        )

    def _reply(self, raw: bytes, reply: objects.Reply) -> Frame:
        flags = {"class": objects.CLASSES.get(reply.kind, f"{reply.kind:02x}"), "ticks": f"{reply.ticks}"}
        if reply.kind == frames.NUMERIC:
            self._dialogue.numbered()
        time = reply.time
        found: list[tuple[Reading, int]] = []
        for thing in reply.things:
            if reply.kind == frames.NUMERIC:
                taken = read_time(thing.attributes.get(objects.TAKEN_AT, b""))
                for number in objects.numbers_of(thing):
                    reading = self._owned(number.reading(self._name), thing, reply.ticks)
                    if reading.vital in NIBP and reading.value is not None:
                        reading = replace(reading, measured_at=taken)
                    found.append((reading, number.state))
                    flags[f"{number.code:04x} {reading.variant}".strip()] = f"{number}"
            elif reply.kind == frames.MDS:
                time = read_time(thing.attributes.get(objects.MDS_TIME, b"")) or time
            else:
                flags |= objects.texts_of(thing, flags)
        states = [
            name for bit, name in ((DEMO, "demo"), (TEST, "test")) if any(state & bit for _, state in found)
        ]
        cuff = [state for reading, state in found if reading.vital == Vital.NIBP_SYS]
        if any(state & ONGOING for state in cuff):
            states.append("nibp_measuring")
        elif cuff and self._measuring:
            self._cuffs.restart()
        self._measuring = "nibp_measuring" in states if cuff else self._measuring
        readings = self._cuffs.mark([reading for reading, _ in found])
        wanted = self._waves if reply.kind == frames.WAVE else None
        return Frame(
            raw, readings, tuple(states), time, flags, wanted.read(reply, self._name) if wanted else ()
        )

    def _owned(self, reading: Reading, thing: objects.Thing, ticks: int) -> Reading:
        """Return a reading; under a name of its own where another object has its vital (two MDS)."""
        key, this = (str(reading.vital), reading.variant), (thing.kind, thing.context, thing.handle)
        owner, seen = self._owners.get(key, (this, ticks))
        if owner != this and (ticks - seen) % (1 << 32) <= FORGOTTEN:
            return replace(reading, variant=f"{reading.variant} {thing.context}.{thing.handle:04x}".strip())
        self._owners.pop(key, None)
        self._owners[key] = (this, ticks)
        if len(self._owners) > MOST_OWNERS:
            del self._owners[next(iter(self._owners))]
        return reading


ADAPTER = Adapter(
    name="intellivue",
    protocol="Philips IntelliVue data export (MIB/RS-232)",
    models=(
        "IntelliVue MP2",
        "IntelliVue X2",
        "IntelliVue MP5 to MP90",
        "IntelliVue MX400 to MX850",
        "Avalon",
    ),
    link=Link(115200, period=1.0, silence=15.0),
    vitals=tuple(dict.fromkeys(vital for vital, _ in PHYSIOLOGY.values())),
    evidence="recorded",
    decoder=IntellivueDecoder,
    may_send=ON_RS232,
    waves=ReadsWaves(lambda: IntellivueDecoder(waves=WaveObjects()), WAVES_ON_RS232),
)
