"""What one line says, by its profile: the fields, the numbers in their ranges, the status words, the time.

Each kind of line is compiled once, and remembers what it made of a word: monitors repeat themselves.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime

from devices.contract import Frame, Quality, Reading
from devices.profiles import FieldForm, Flag, Profile, RecordForm, TimeForm

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


class LineRecord:
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
        self._unkept = frozenset(field.name for field in form.field if field.type in ("unkept", "device_id"))
        self._device_id = next((field.name for field in form.field if field.type == "device_id"), "")
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
        device_id = words.get(self._device_id, "").strip(" -") if self._device_id else ""
        return Frame(raw, tuple(readings), judged.states, time, flags, device_id=device_id)

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
        said = [f for f in self._flags if (f.code in codes if f.bit is None else bits & f.bit)]
        if named := {flag.code for flag in self._flags if flag.code is not None}:
            # A code that nobody named may speak against the numbers, or be a damaged one that does.
            said += [_unknown(code) for code in codes if code not in named]
        return Judgement(tuple(said))


def _unknown(code: str) -> Flag:
    return Flag(code=code, quality=Quality.QUESTIONABLE, reason="unknown_status")


def moment_of(form: TimeForm) -> Callable[[str], datetime | None]:
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
