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

TIME_WIDTHS = {"%d": 2, "%m": 2, "%b": 3, "%y": 2, "%Y": 4, "%H": 2, "%M": 2, "%S": 2}
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
        self._alarms = [(f"{field.name}_alarm", field.alarm) for field in form.field if field.alarm]
        self._plans: dict[tuple[str, ...], _Plan] = {}

    def read(self, raw: bytes, match: re.Match[str]) -> Frame | str:
        """Return the frame of a line that matches, or why it is none."""
        time = None
        if self._moment and (time := self._moment(match["time"])) is None:
            return f"no such time: {match['time']}"
        words = self._keys.read(match["pairs"]) if self._keys else match.groupdict(default="")
        if isinstance(words, str):
            return words
        numbers, others, unknown = self._plans.get(tuple(words)) or self._plan(words)
        flags: dict[str, str] = {}
        judged = UNJUDGED
        for name, form in others:
            said = form.read(words[name])
            if isinstance(said, str):
                return said
            if said.text is not None:
                flags[name] = said.text
            if said.judged is not None:
                judged = said.judged
        readings = []
        for name, number in numbers:
            reading = number.read(words[name], judged)
            if isinstance(reading, str):
                return reading
            readings.append(reading)
        for name, group in self._alarms:
            if mark := match[group].strip():
                flags[name] = mark
        for name in unknown:
            flags[name] = words[name]
        device_id = words.get(self._device_id, "").strip(" -") if self._device_id else ""
        return Frame(raw, tuple(readings), judged.states, time, flags, device_id=device_id)

    def _plan(self, words: Mapping[str, str]) -> _Plan:
        """Return which fields a line of these words has, in the profile's order, and what else it has."""
        known = {name for name, _ in self._numbers} | {name for name, _ in self._others}
        plan = (
            [(name, number) for name, number in self._numbers if name in words],
            [(name, form) for name, form in self._others if name in words],
            [name for name in words if name not in known] if self._keys else [],
        )
        if len(self._plans) < MOST_KEPT:
            self._plans[tuple(words)] = plan
        return plan


class _Keys:
    """The KEY=value words of a line, in any order; remembers each word."""

    def __init__(self, form: RecordForm) -> None:
        self._required = frozenset(form.required)
        self._pairs: dict[str, tuple[str, str]] = {}

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
        if not words.keys() >= self._required:
            lacking = self._required - words.keys()
            return f"{min(lacking)} is not in the line"
        return words

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


_Plan = tuple[list[tuple[str, "_Number"]], list[tuple[str, "_Word"]], list[str]]
"""The fields that a line has: its numbers, its other words, and the names that the profile does not know."""


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
    """Return what reads a time, of text that has this form; it gives None for one that no calendar has."""
    at: dict[str, slice] = {}
    width = 0
    for piece in re.split(r"(%[A-Za-z])", form.form):
        end = width + (TIME_WIDTHS[piece] if piece in TIME_WIDTHS else len(piece))
        at[piece], width = slice(width, end), end
    year, short, month, word = (at.get(part) for part in ("%Y", "%y", "%m", "%b"))
    day, hour, minute, second = (at.get(part, slice(0, 0)) for part in ("%d", "%H", "%M", "%S"))

    def read_time(text: str) -> datetime | None:
        try:
            return datetime(  # noqa: DTZ001 - claims no zone
                int(text[year]) if year else 2000 + int(text[short or day]),
                MONTHS.index(text[word].upper()) + 1 if word else int(text[month or day]),
                int(text[day]),
                int(text[hour] or 0),
                int(text[minute] or 0),
                int(text[second] or 0),
            )
        except ValueError:
            return None

    if not form.form.endswith("%S"):
        return read_time
    last: tuple[str, datetime | None] = ("", None)

    def read_second(text: str) -> datetime | None:
        """Read a time of the same minute as the last one by its seconds."""
        nonlocal last
        if last[1] is None or text[:-2] != last[0] or text[-2:] > "59":
            last = (text[:-2], read_time(text))
            return last[1]
        return last[1].replace(second=int(text[-2:]))

    return read_second
