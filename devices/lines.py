"""The line engine: reads every monitor that sends plain lines, by its profile; see `devices.profiles`.

The whole line must match and every number must be in its range, else the line is unread. Everything is
compiled when the profile is loaded: 20,000 lines a second on one core is the figure to hold.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from devices.ages import AgedCycles
from devices.contract import Adapter, Frame, Link, Quality, Reading, Send
from devices.cuffs import CuffCycles
from devices.framing import CHECKSUMS, Piece, Stream
from devices.profiles import Checksum, FieldForm, Flag, Profile, RecordForm, TimeForm, read
from devices.vocabulary import NIBP

ENDS = {"CR": b"\r", "LF": b"\n", "CRLF": b"\r\n", "ETX": b"\x03"}
MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
WORSE = {Quality.GOOD: 0, Quality.QUESTIONABLE: 1, Quality.INVALID: 2}
MOST_KEPT = 4096
"""Readings that are remembered a field; a monitor says the same few hundred over and over."""

HEXADECIMAL = re.compile(r"[0-9A-Fa-f]+")
PLAIN = re.compile(r"[-+]?\d+(\.\d+)?")
PAIR = re.compile(r"([A-Z][A-Z0-9]+)=([!-<>-~]+)")


class Judgement:
    """What a line's status words say of its numbers."""

    def __init__(self, flags: tuple[Flag, ...] = ()) -> None:
        worst = max(flags, key=lambda flag: WORSE[flag.quality], default=None)
        self.quality = worst.quality if worst else Quality.GOOD
        self.reason = worst.reason if worst and self.quality is not Quality.GOOD else None
        self.states = tuple(dict.fromkeys(flag.state for flag in flags if flag.state))


UNJUDGED = Judgement()


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
        self.fill = re.compile(rb"[\0\r\n]*")
        self.start = frame.start.encode("latin-1")
        self.longest = frame.longest
        self.table = bytes(byte & 0x7F for byte in range(256)) if "8th bit" in frame.strip else None
        self.drop = b"\0" if "NUL" in frame.strip else b""
        self.checksum = frame.checksum
        moment = _moment(profile.time) if profile.time else None
        self.records = [_Record(profile, record, moment) for record in profile.record]

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
        filled = engine.fill.match(held, at)
        begin = filled.end() if filled else at
        end = engine.end.search(held, begin, at + engine.longest)
        if end is None:
            too_long = len(held) - at >= engine.longest
            return (engine.longest, f"no line end in {engine.longest} bytes") if too_long else None
        if engine.start:
            mark = held.rfind(engine.start, begin, end.start())
            if mark > begin:
                return mark - at, "before the start of a line"
            if mark < 0:
                return end.end() - at, "a line without its start"
            begin += len(engine.start)
        what = engine.read(held[at : end.end()], held[begin : end.start()])
        return end.end() - at, self._with_cycle(what) if isinstance(what, Frame) else what

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
        self._next = [poll.every for poll in engine.profile.poll]

    def opening(self) -> list[Send]:
        """Return what to send as soon as the line is open: every question once."""
        return [Send(poll.send.encode("latin-1")) for poll in self._engine.profile.poll]

    def due(self, elapsed: float) -> list[Send]:
        """Return the questions whose period is over; one that was missed is asked once."""
        sends = []
        for place, poll in enumerate(self._engine.profile.poll):
            if elapsed >= self._next[place]:
                self._next[place] = (elapsed // poll.every + 1) * poll.every
                sends.append(Send(poll.send.encode("latin-1")))
        return sends


class _Record:
    """One kind of line, compiled."""

    def __init__(
        self, profile: Profile, form: RecordForm, moment: Callable[[str], datetime | None] | None
    ) -> None:
        self.pattern = re.compile(profile.written(form))
        self._moment = moment if "{time}" in form.match else None
        self._keyed = form.keyed
        self._required = frozenset(form.required)
        self._numbers = {field.name: _Number(field) for field in form.field if field.type == "number"}
        self._others = {field.name: re.compile(field.form) for field in form.field if field.type != "number"}
        self._unkept = frozenset(field.name for field in form.field if field.type == "unkept")
        self._tables = {
            field.name: _Table(profile.flags[field.name]) for field in form.field if field.type == "flags"
        }
        self._alarms = {field.name: field.alarm for field in form.field if field.alarm}

    def read(self, raw: bytes, match: re.Match[str]) -> Frame | str:
        """Return the frame of a line that matches, or why it is none."""
        time = None
        if self._moment and (time := self._moment(match["time"])) is None:
            return f"no such time: {match['time']}"
        words = self._words(match["pairs"]) if self._keyed else match.groupdict(default="")
        if isinstance(words, str):
            return words
        flags: dict[str, str] = {}
        judged = UNJUDGED
        for name, pattern in self._others.items():
            word = words.get(name)
            if word is None:
                continue
            if not pattern.fullmatch(word):
                return f"{name}: {word!r} has a wrong form"
            if name not in self._unkept:
                flags[name] = word.strip()
            if name in self._tables:
                said = self._tables[name].judge(word)
                if said is None:
                    return f"{name}: {word!r} is no hexadecimal number"
                judged = said
        readings = []
        for name, number in self._numbers.items():
            if (word := words.get(name)) is None:
                continue
            reading = number.read(word, judged)
            if isinstance(reading, str):
                return reading
            readings.append(reading)
        for name, group in self._alarms.items():
            if match[group].strip():
                flags[f"{name}_alarm"] = match[group]
        if self._keyed:
            known = self._numbers.keys() | self._others.keys()
            flags |= {name: word for name, word in words.items() if name not in known}
        return Frame(raw, tuple(readings), judged.states, time, flags)

    def _words(self, pairs: str) -> Mapping[str, str] | str:
        words: dict[str, str] = {}
        for pair in pairs.split(" "):
            match = PAIR.fullmatch(pair)
            if not match:
                return f"{pair!r} is no KEY=value"
            if match[1] in words:
                return f"{match[1]} stands twice"
            words[match[1]] = match[2]
        if lacking := self._required - words.keys():
            return f"{min(lacking)} is not in the line"
        return words


class _Number:
    """One number of a line, compiled; remembers the readings it made, for they come again."""

    def __init__(self, field: FieldForm) -> None:
        self._field = field
        self._form = re.compile(field.form)
        self._missing = re.compile(field.missing) if field.missing else None
        self._low, self._high = field.range or (0.0, 0.0)
        self._made: dict[tuple[str, Judgement], Reading] = {}

    def read(self, word: str, judged: Judgement) -> Reading | str:
        made = self._made.get((word, judged))
        if made is not None:
            return made
        reading = self._fresh(word, judged)
        if isinstance(reading, Reading):
            if len(self._made) >= MOST_KEPT:
                self._made.clear()
            self._made[word, judged] = reading
        return reading

    def _fresh(self, word: str, judged: Judgement) -> Reading | str:
        field = self._field
        if self._missing and self._missing.fullmatch(word):
            reason = judged.reason if judged.quality is Quality.INVALID else "absent"
            return self._reading(None, reason, Quality.INVALID)
        if not self._form.fullmatch(word):
            return f"{field.name}: {word!r} has a wrong form"
        plain = word.strip(f" {field.strip}")
        if not PLAIN.fullmatch(plain):  # float() takes more than a monitor means: 1_0, nan, 1e5
            return f"{field.name}: {word!r} is no number"
        value = round(float(plain) * field.scale, 6)
        if not self._low <= value <= self._high:
            return f"{field.name}: {value:g} is out of range {self._low:g} to {self._high:g}"
        return self._reading(value, judged.reason, judged.quality)

    def _reading(self, value: float | None, reason: str | None, quality: Quality) -> Reading:
        field = self._field
        return Reading(field.vital or "", value, reason, quality, variant=field.variant, unit=field.unit)


class _Table:
    """A status word's bits or codes, compiled; remembers what each word meant."""

    def __init__(self, flags: tuple[Flag, ...]) -> None:
        self._flags = flags
        self._judged: dict[str, Judgement] = {}

    def judge(self, word: str) -> Judgement | None:
        known = self._judged.get(word)
        if known is None and (known := self._fresh(word)) and len(self._judged) < MOST_KEPT:
            self._judged[word] = known
        return known

    def _fresh(self, word: str) -> Judgement | None:
        codes, bits = word.split(), 0
        if any(flag.bit is not None for flag in self._flags):
            if not HEXADECIMAL.fullmatch(word):
                return None
            bits = int(word, 16)
        said = (f for f in self._flags if (f.code in codes if f.bit is None else bits & f.bit))
        return Judgement(tuple(said))


def _moment(form: TimeForm) -> Callable[[str], datetime | None]:
    """Return what reads a time of this form; it gives None for one that no calendar has."""
    pattern = re.compile(form.pattern)
    places = {part: place for place, part in enumerate(re.findall(r"%[A-Za-z]", form.form))}
    order = [places.get(part, -1) for part in ("%m", "%d", "%H", "%M", "%S")]
    year, short, word = places.get("%Y", -1), places.get("%y", -1), places.get("%b", -1)

    def read_time(text: str) -> datetime | None:
        match = pattern.fullmatch(text)
        if not match:
            return None
        parts = match.groups()
        month, day, hour, minute, second = (int(parts[i]) if i >= 0 and i != word else 0 for i in order)
        if word >= 0:
            name = parts[word].upper()
            month = MONTHS.index(name) + 1 if name in MONTHS else 0
        years = int(parts[year]) if year >= 0 else 2000 + int(parts[short])
        try:
            return datetime(years, month, day, hour, minute, second)  # noqa: DTZ001 - claims no zone
        except ValueError:
            return None

    return read_time


def _wrong_sum(form: Checksum, line: bytes) -> str | None:
    last = form.last + 1
    body, written = line[form.first : last or None], line[form.at :]
    found = CHECKSUMS[form.algorithm](body)
    said = written.decode("latin-1").upper() if form.encoding == "hex" else written.hex().upper()
    return None if said == f"{found:02X}" else f"checksum {said}, expected {found:02X}"
