"""The line engine: reads every monitor that sends plain lines, by its profile; see `devices.profiles`.

The whole line must match and every number must be in its range, else the line is unread. Everything is
compiled when the profile is loaded: 20,000 lines a second on one core is the figure to hold.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from devices.ages import AgedCycles
from devices.contract import Adapter, Frame, Link, Send
from devices.cuffs import CuffCycles
from devices.framing import CHECKSUMS, Every, Piece, Stream
from devices.line_records import LineRecord, moment_of
from devices.profiles import Checksum, Profile, read
from devices.vocabulary import NIBP

CR = 0x0D
FILL = b"\0\r\n"
ENDS = {"CR": b"\r", "LF": b"\n", "CRLF": b"\r\n", "ETX": b"\x03"}


def load(path: Path) -> Adapter:
    """Return the adapter that a profile describes; its name is the file's stem.

    Raises:
        BadProfile: one line with the file, the key and the reason.
    """
    profile = read(path)
    engine = Engine(profile)
    vitals = (field.vital for record in profile.record for field in record.field if field.vital)
    sends = [poll.send.encode("latin-1") for poll in profile.poll]
    return Adapter(
        name=path.stem,
        protocol=profile.protocol,
        models=profile.models,
        link=Link(**profile.link.model_dump()),
        vitals=tuple(dict.fromkeys(vitals)),
        evidence=profile.evidence,
        experimental=profile.experimental,
        decoder=lambda: PollingLines(engine) if sends else Lines(engine),
        may_send=tuple(re.compile(re.escape(send)) for send in sends),
    )


class Engine:
    """A profile, compiled; shared by all connections, keeps nothing of any of them."""

    def __init__(self, profile: Profile) -> None:
        frame = profile.frame
        alone = {"CR", "ETX"} & set(frame.ends)
        ends = [ENDS[end] for end in frame.ends if not (end == "CRLF" and "CR" in alone)]
        self.profile = profile
        self.end = re.compile(b"|".join(map(re.escape, sorted(ends, key=len, reverse=True))))
        # One byte string to look for is found several times as fast as a choice of them.
        self.only = ends[0] if len(ends) == 1 else b"\n" if set(ends) == {b"\n", b"\r\n"} else b""
        self.may_have_cr = len(ends) > 1
        self.start = frame.start.encode("latin-1")
        self.longest = frame.longest
        self.table = bytes(byte & 0x7F for byte in range(256)) if "8th bit" in frame.strip else None
        self.drop = b"\0" if "NUL" in frame.strip else b""
        self.checksum = frame.checksum
        moment = moment_of(profile.time) if profile.time else None
        fields = (field for record in profile.record for field in record.field)
        self.has_cuff = any(field.vital in NIBP for field in fields)
        self.records = [LineRecord(profile, record, moment) for record in profile.record]

    def end_of(self, held: bytes, begin: int, limit: int) -> tuple[int, int]:
        """Return where a line that begins at *begin* ends, without and with its end; -1 where it does not."""
        if not self.only:
            found = self.end.search(held, begin, limit)
            return found.span() if found else (-1, -1)
        last = held.find(self.only, begin, limit)
        if last < 0:
            return -1, -1
        has_cr = self.may_have_cr and last > begin and held[last - 1] == CR
        return last - has_cr, last + len(self.only)

    def read(self, raw: bytes, line: bytes) -> Frame | str:
        """Return what a line says, or why it says nothing; *raw* is the line as it came."""
        if self.table or self.drop:
            line = line.translate(self.table, self.drop)
        if self.checksum:
            if why := _wrong_sum(self.checksum, line):
                return why
            line = line[: self.checksum.at]
        try:
            text = line.decode("ascii")
        except UnicodeDecodeError:
            return "a byte that is no text"
        for record in self.records:
            if match := record.pattern.fullmatch(text):
                return record.read(raw, match)
        return "not a data line"


class Lines(Stream):
    """The decoder of one connection."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(self._line)
        self._engine = engine
        repeat = engine.profile.repeat
        self._cuff = CuffCycles(by_value=repeat.key is None)
        self._aged = AgedCycles(repeat.unit) if repeat.age else None

    def _line(self, held: bytes, at: int) -> Piece | None:
        engine = self._engine
        begin, limit = at, min(at + engine.longest, len(held))
        while begin < limit and held[begin] in FILL:
            begin += 1
        last, end = engine.end_of(held, begin, limit)
        if end < 0:
            too_long = len(held) - at >= engine.longest
            return (engine.longest, f"no line end in {engine.longest} bytes") if too_long else None
        if engine.start:
            mark = held.rfind(engine.start, begin, last)
            if mark > begin:
                return mark - at, "before the start of a line"
            if mark < 0:
                return end - at, "a line without its start"
            begin += len(engine.start)
        what = engine.read(held[at:end], held[begin:last])
        if engine.has_cuff and isinstance(what, Frame):
            what = self._with_cycle(what)
        return end - at, what

    def _with_cycle(self, frame: Frame) -> Frame:
        cuff = tuple(reading for reading in frame.readings if reading.vital in NIBP)
        if not cuff:
            return frame
        repeat = self._engine.profile.repeat
        if self._aged:
            count = frame.raw_flags.get(repeat.age or "", "")
            marked = iter(self._aged.mark(cuff, int(count) if count.isdecimal() else None))
        else:
            marked = iter(self._cuff.mark(cuff, frame.raw_flags.get(repeat.key or "")))
        readings = tuple(next(marked) if reading.vital in NIBP else reading for reading in frame.readings)
        return replace(frame, readings=readings)


class PollingLines(Lines):
    """The decoder of a device that answers when asked."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self._turns = [(Every(poll.every), Send(poll.send.encode("latin-1"))) for poll in engine.profile.poll]

    def opening(self) -> list[Send]:
        """Return what to send as soon as the line is open: every question once."""
        return [question for _, question in self._turns]

    def due(self, elapsed: float) -> list[Send]:
        """Return the questions whose period is over; one that was missed is asked once."""
        return [question for every, question in self._turns if every.due(elapsed)]


def _wrong_sum(form: Checksum, line: bytes) -> str | None:
    last = form.last + 1
    body, written = line[form.first : last or None], line[form.at :]
    found = CHECKSUMS[form.algorithm](body)
    said = written.decode("latin-1").upper() if form.encoding == "hex" else written.hex().upper()
    return None if said == f"{found:02X}" else f"checksum {said}, expected {found:02X}"
