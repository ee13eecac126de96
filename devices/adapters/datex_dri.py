"""Datex-Ohmeda and GE S/5, Cardiocap/5, B20 to B850: the record interface (DRI) of the serial port.

Source: GE documents 8005313 (records) and M1017617 (computer interface, with the request vectors).
Line:   19200 baud, 8E1, RTS/CTS; records between 7E flags, 7D escapes, an 8-bit sum. Silent until asked;
        no request can change the monitor. Displayed values, the auxiliary record (the only exact NIBP time)
        and alarms are asked for, again when nothing was heard for 15 s: a monitor that restarts forgets.
Gaps:   every missing value is a code; a module that is not there keeps its slot, full of codes. EtCO2 comes
        as percent and stays so. A cuff that was seen to run and then has a code for its values has failed.
Waves:  only where they are wanted; asked for again where none came for 15 s. See `_dri_waves`.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from devices.adapters._dri_extensions import VITALS as EXTENDED
from devices.adapters._dri_extensions import arrhythmias, read_extension
from devices.adapters._dri_frames import (
    ALARMS,
    AUXILIARY,
    DISPLAYED,
    ENTER_CHANGES,
    EXTENSIONS,
    LEAVE_CHANGES,
    PHYSIOLOGICAL,
    WAVES,
    alarms,
    cut,
    physiological,
    sub_records,
    waves,
)
from devices.adapters._dri_records import (
    GROUPS,
    HR_SOURCES,
    MARKER,
    NIBP_MEASURING,
    NIBP_OLD,
    OTHER_VITALS,
    class_of,
    moment,
    read_group,
)
from devices.adapters._dri_waves import ASKED as ASKED_WAVES
from devices.adapters._dri_waves import WaveRecords
from devices.contract import Adapter, Frame, Link, Reading, ReadsWaves, Send
from devices.cuffs import CuffCycles
from devices.framing import Piece, Stream

TEXT = re.compile(rb"[\x20-\x7e\xa1-\xff]{3,}")
"""An alarm's text, wherever it stands in its sub-record: localised, kept and never judged."""
EVERY = 5
"""Seconds between two records: the shortest that displayed values may be asked for."""
PATIENCE = 15.0
"""Seconds of silence after which everything is asked for again."""

ASKED = (
    physiological(DISPLAYED, EVERY, EXTENSIONS),
    physiological(AUXILIARY, EVERY),
    alarms(ENTER_CHANGES),
)
ENDED = (physiological(DISPLAYED, 0), physiological(AUXILIARY, 0), alarms(LEAVE_CHANGES))
WAVES_ASKED, WAVES_ENDED = waves(ASKED_WAVES), waves((), stop=True)


class DriDecoder(Stream):
    """Reads one connection, with *waves* where wanted; remembers the last NIBP time and cuff cycle."""

    def __init__(self, waves: WaveRecords | None = None) -> None:
        super().__init__(self._frame)
        self._waves = waves
        self._cuff = CuffCycles()
        self._nibp_time: datetime | None = None
        self._measuring = False
        self._heard = False
        self._last_heard = 0.0

    def opening(self) -> list[Send]:
        """Return the requests: displayed values, auxiliary record, alarms; waves where wanted."""
        return [Send(raw) for raw in (ASKED if self._waves is None else (*ASKED, WAVES_ASKED))]

    def due(self, elapsed: float) -> list[Send]:
        """Return the requests again after 15 s without a good frame; for waves, without one of those."""
        if self._heard or elapsed - self._last_heard >= PATIENCE:
            again = not self._heard
            self._heard, self._last_heard = False, elapsed
            if again:
                return self.opening()
        stopped = self._waves is not None and self._waves.missed(elapsed, PATIENCE)
        return [Send(WAVES_ASKED)] if stopped else []

    def stop(self) -> list[Send]:
        """Return what ends all that was asked for."""
        return [Send(raw) for raw in (ENDED if self._waves is None else (WAVES_ENDED, *ENDED))]

    def _frame(self, held: bytes, at: int) -> Piece | None:
        return cut(held, at, self._record)

    def _record(self, raw: bytes, record: bytes) -> Frame | str:
        parts = sub_records(record)
        if isinstance(parts, str):
            return parts
        self._heard = True
        plug, seconds, maintype = struct.unpack_from("<HI4xh", record, 4)
        flags = {"record": f"{record[2]}", "maintype": f"{maintype}"}
        readings: list[Reading] = []
        states: list[str] = []
        for kind, part in parts:
            if maintype == PHYSIOLOGICAL and kind == AUXILIARY:
                self._auxiliary(part, flags)
            elif maintype == PHYSIOLOGICAL:
                flags["marker"] = f"{part[MARKER]}"
                flags["classes"] = f"{flags.get('classes', '')} {class_of(part)}".strip()
                if kind == DISPLAYED and class_of(part) == 0:
                    readings += self._displayed(part, flags, states)
                elif kind == DISPLAYED:
                    readings += _extended(part, flags, readings)
                elif kind != DISPLAYED:
                    flags["trend"] = f"{kind}"
            elif maintype == ALARMS:
                texts = (text.decode("latin-1").strip() for text in TEXT.findall(part))
                flags |= {f"alarm_{n}": text for n, text in enumerate(texts, 1)}
            elif maintype == WAVES:
                flags["waves"] = f"{flags.get('waves', '')} {kind}".strip()
        read = self._waves.read(record[2], parts if maintype == WAVES else []) if self._waves else ()
        device_id = f"plug {plug}" if plug else ""
        return Frame(raw, tuple(readings), tuple(states), moment(seconds), flags, read, device_id)

    def _auxiliary(self, part: bytes, flags: dict[str, str]) -> None:
        said = moment(struct.unpack_from("<I", part)[0])
        flags["nibp_time"] = said.isoformat() if said else "unknown"
        self._nibp_time = said or self._nibp_time

    def _displayed(self, part: bytes, flags: dict[str, str], states: list[str]) -> Iterable[Reading]:
        taken: set[tuple[str, str]] = set()
        for group in GROUPS:
            status, label, readings = read_group(part, group)
            if not readings:
                continue
            flags[group.name] = f"{status:08x} {label:04x}"
            if group.name == "nibp":
                readings = self._cycle(label, readings, states)
            elif group.name == "ecg":
                source = status >> 3 & 0xF
                flags["hr_source"] = HR_SOURCES[source] if source < len(HR_SOURCES) else f"{source}"
                states += ["asystole"] * (status >> 2 & 1)
            elif group.name == "co2":
                states += ["apnoea"] * (status >> 2 & 1)
            yield from _apart(readings, group.name, taken)

    def _cycle(self, label: int, readings: tuple[Reading, ...], states: list[str]) -> tuple[Reading, ...]:
        if label & NIBP_MEASURING:
            states.append("nibp_measuring")
        elif self._measuring and (not label & NIBP_OLD or all(reading.value is None for reading in readings)):
            self._cuff.restart()
        self._measuring = bool(label & NIBP_MEASURING)
        # While the cuff runs the screen still shows the last values, and the time may be the new cycle's.
        marked = self._cuff.mark(readings, None if self._measuring else self._nibp_time)
        taken = self._cuff.token
        if not isinstance(taken, datetime):
            return marked
        return tuple(r if r.value is None else replace(r, measured_at=taken) for r in marked)


def _apart(readings: Iterable[Reading], group: str, taken: set[tuple[str, str]]) -> Iterable[Reading]:
    """Yield a group's readings; two channels with one label get the group's name too."""
    for reading in readings:
        twice = (reading.vital, reading.variant) in taken
        taken.add((reading.vital, reading.variant))
        yield replace(reading, variant=f"{reading.variant} {group.upper()}".strip()) if twice else reading


def _extended(part: bytes, flags: dict[str, str], before: Iterable[Reading]) -> Iterable[Reading]:
    """Yield the readings of an extension class; *before* are those of the classes before it."""
    taken = {(str(reading.vital), reading.variant) for reading in before}
    for group, status, label, readings in read_extension(part, class_of(part)):
        flags[group.name] = f"{status:08x} {label:04x}"
        if group.name == "arrhythmia":
            flags["arrhythmias"] = arrhythmias(part)
        yield from _apart(readings, group.name, taken)


ADAPTER = Adapter(
    name="datex_dri",
    protocol="Datex-Ohmeda record interface (DRI)",
    models=("GE B20", "GE B40", "GE B105", "GE B125", "GE B450", "GE B650", "GE B850", "Datex-Ohmeda S/5"),
    link=Link(19200, parity="E", handshake="rtscts", period=float(EVERY), silence=PATIENCE),
    vitals=tuple(
        dict.fromkeys((*(v for group in GROUPS for v, _, _ in group.values if v), *OTHER_VITALS, *EXTENDED))
    ),
    evidence="recorded",
    decoder=DriDecoder,
    may_send=tuple(re.compile(re.escape(raw)) for raw in ASKED + ENDED),
    waves=ReadsWaves(
        lambda: DriDecoder(WaveRecords()),
        tuple(re.compile(re.escape(raw)) for raw in (WAVES_ASKED, WAVES_ENDED)),
    ),
)
