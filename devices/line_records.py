"""What one line says, by its profile: the fields, the numbers in their ranges, the status words, the time.

Each kind of line is compiled once, and remembers what it made of a word: monitors repeat themselves.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
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
        self._keys = _Keys(form) if form.keyed else None
        self._numbers = [(field.name, _Number(field)) for field in form.field if field.type == "number"]
        self._others = [
            (field.name, _Word(field, profile.flags.get(field.name, ())))
            for field in form.field
            if field.type != "number"
        ]
        self._device_id = next((field.name for field in form.field if field.type == "device_id"), "")
        self._alarms = {field.name: field.alarm for field in form.field if field.alarm}

    def read(self, raw: bytes, match: re.Match[str]) -> Frame | str:
        """Return the frame of a line that matches, or why it is none."""
        time = None
        if self._moment and (time := self._moment(match["time"])) is None:
            return f"no such time: {match['time']}"
        words = self._keys.read(match["pairs"]) if self._keys else match.groupdict(default="")
        if isinstance(words, str):
            return words
        flags: dict[str, str] = {}
        judged = UNJUDGED
        for name, form in self._others:
            if (word := words.get(name)) is None:
                continue
            said = form.read(word)
            if isinstance(said, str):
                return said
            if said.text is not None:
                flags[name] = said.text
            if said.judged is not None:
                judged = said.judged
        readings = []
        for name, number in self._numbers:
            if (word := words.get(name)) is None:
                continue
            reading = number.read(word, judged)
            if isinstance(reading, str):
                return reading
            readings.append(reading)
        for name, group in self._alarms.items():
            if match[group].strip():
                flags[f"{name}_alarm"] = match[group]
        if self._keys:
            for name in self._keys.unknown(words):
                flags[name] = words[name]
        device_id = words.get(self._device_id, "").strip(" -") if self._device_id else ""
        return Frame(raw, tuple(readings), judged.states, time, flags, device_id=device_id)


class _Keys:
    """The KEY=value words of a line, in any order; remembers each word, and which keys came together."""

    def __init__(self, form: RecordForm) -> None:
        self._required = frozenset(form.required)
        self._known = frozenset(field.name for field in form.field)
        self._pairs: dict[str, tuple[str, str]] = {}
        self._unknown: dict[tuple[str, ...], tuple[str, ...]] = {}

    def read(self, pairs: str) -> Mapping[str, str] | str:
        """Return the words by their keys, or what is wrong with them."""
        words: dict[str, str] = {}
        for pair in pairs.split(" "):
            said = self._pairs.get(pair) or self._fresh(pair)
            if said is None:
                return f"{pair!r} is no KEY=value"
            key, word = said
            if key in words:
                return f"{key} stands twice"
            words[key] = word
        if tuple(words) not in self._unknown and (lacking := self._required - words.keys()):
            return f"{min(lacking)} is not in the line"
        return words

    def unknown(self, words: Mapping[str, str]) -> tuple[str, ...]:
        """Return the keys of a line that the profile does not name: they are kept as flags."""
        together = tuple(words)
        found = self._unknown.get(together)
        if found is None:
            found = tuple(key for key in words if key not in self._known)
            if len(self._unknown) < MOST_KEPT:
                self._unknown[together] = found
        return found

    def _fresh(self, pair: str) -> tuple[str, str] | None:
        match = PAIR.fullmatch(pair)
        if not match:
            return None
        if len(self._pairs) >= MOST_KEPT:
            self._pairs.clear()
        self._pairs[pair] = said = (match[1], match[2])
        return said


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


@dataclass(frozen=True, slots=True)
class _Meant:
    """What a word that is no number says: the text to keep, and what it says of the numbers, if anything."""

    text: str | None
    judged: Judgement | None


class _Word:
    """A text, or a status word's bits or codes, compiled; remembers what each word meant."""

    def __init__(self, field: FieldForm, flags: tuple[Flag, ...]) -> None:
        self._field, self._flags = field, flags
        self._form = re.compile(field.form)
        self._meant: dict[str, _Meant] = {}

    def read(self, word: str) -> _Meant | str:
        known = self._meant.get(word)
        if known is not None:
            return known
        meant = self._fresh(word)
        if isinstance(meant, _Meant):
            if len(self._meant) >= MOST_KEPT:
                self._meant.clear()
            self._meant[word] = meant
        return meant

    def _fresh(self, word: str) -> _Meant | str:
        field = self._field
        if not self._form.fullmatch(word):
            return f"{field.name}: {word!r} has a wrong form"
        judged = self._judge(word) if field.type == "flags" else None
        if judged is None and field.type == "flags":
            return f"{field.name}: {word!r} is no hexadecimal number"
        return _Meant(None if field.type in ("unkept", "device_id") else word.strip(), judged)

    def _judge(self, word: str) -> Judgement | None:
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
