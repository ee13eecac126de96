"""Ivy 450C and 405: the "Ansar-B" output, waves and text in one record.

Source: a recording of an Ivy 450C on a patient simulator (mdpnp, OpenICE), 27 records.
Line:   9600 baud, 8N1, one record a second, no checksum: ``FF "ANSAR-B "``, 400 wave bytes, text lines that
        end in CR, ``FE``. FF and FE stand nowhere else. A line is ``NAME=status;field;field;...;``.
Gaps:   an empty field. A cuff reading is said again every second with no time: only a change tells. The
        units of EtCO2 and the temperatures are not in the record and were never seen with a number.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from devices.contract import Adapter, Frame, Link, Quality, Reading
from devices.cuffs import CuffCycles
from devices.framing import Piece, Stream
from devices.vocabulary import NIBP, Vital

HEAD = b"\xffANSAR-B "
WAVES = 400
MARKS = re.compile(rb"[\xfe\xff]")
LONGEST = 1024
"""Bytes of a record at most; those recorded have 562."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line's form: the vitals of its first fields with their range, and how many texts follow them."""

    vitals: tuple[str, ...]
    low: float
    high: float
    texts: int
    variant: str = ""


INVASIVE = (Vital.IBP_SYS, Vital.IBP_DIA, Vital.IBP_MAP)
LINES = {
    "HR": Line((Vital.ECG_HR,), 0, 350, 2),
    "RR": Line((Vital.RESP_RATE,), 0, 200, 2),
    "ETCO2": Line((Vital.ETCO2,), 0, 150, 2),
    "SPO2": Line((Vital.SPO2, Vital.SPO2_PR), 0, 350, 1),
    "NIBP": Line((Vital.NIBP_SYS, Vital.NIBP_DIA, Vital.NIBP_MAP, Vital.NIBP_PULSE), 5, 350, 2),
    "P1": Line(INVASIVE, -99, 400, 2, "P1"),
    "P2": Line(INVASIVE, -99, 400, 2, "P2"),
    "T1": Line((Vital.TEMP,), 0, 50, 2, "T1"),
    "T2": Line((Vital.TEMP,), 0, 50, 2, "T2"),
}
NO_TEXT = re.compile(rb"[^\r -~]")
"""Bytes that no text line has: one inside a lead's or a message's name would make it another name."""
NUMBER = re.compile(r"-?\d{1,3}(\.\d)?")
PULSE = re.compile(r"PR=(\d{3}|\d\d |\d  |   )|")
"""The pulse rate of the SPO2 line names itself and keeps three places."""


class IvyDecoder(Stream):
    """Reads one connection; remembers the last cuff cycle."""

    def __init__(self) -> None:
        super().__init__(self._piece)
        self._cuff = CuffCycles(by_value=True)

    def _piece(self, held: bytes, at: int) -> Piece | None:
        begins = held[at] == HEAD[0]
        mark = (
            MARKS.search(held, at + 1, at + LONGEST)
            if begins
            else re.search(HEAD[:1], held[at : at + LONGEST])
        )
        if mark is None:
            return (LONGEST, f"no record in {LONGEST} bytes") if len(held) - at >= LONGEST else None
        if not begins:
            return mark.start(), "before the start of a record"
        if mark[0] == HEAD[:1]:
            return mark.start() - at, "a record without its end"
        raw = held[at : mark.end()]
        return len(raw), self._record(raw)

    def _record(self, raw: bytes) -> Frame | str:
        if not raw.startswith(HEAD):
            return "not an ANSAR-B record"
        text = raw[len(HEAD) + WAVES : -1]
        if not text.endswith(b"\r"):
            return "waves and text are not where they belong"
        if wrong := NO_TEXT.search(text):
            return f"byte {wrong[0].hex()} in the text"
        readings: list[Reading] = []
        flags: dict[str, str] = {}
        for line in text[:-1].decode("ascii").split("\r"):
            said = _read_line(line, flags)
            if isinstance(said, str):
                return said
            readings += said
        cuff = iter(self._cuff.mark(tuple(reading for reading in readings if reading.vital in NIBP)))
        return Frame(raw, tuple(next(cuff) if r.vital in NIBP else r for r in readings), (), None, flags)


def _read_line(line: str, flags: dict[str, str]) -> tuple[Reading, ...] | str:
    name, _, rest = line.partition("=")
    form = LINES.get(name)
    if form is None or name in flags:
        return f"no line {name[:12]!r} belongs here"
    status, *fields = rest.split(";")
    numbers, texts = fields[: len(form.vitals)], fields[len(form.vitals) :]
    if len(texts) != form.texts or not status.isdigit():
        return f"{name}: {len(fields)} fields"
    if name == "SPO2":
        if not PULSE.fullmatch(numbers[1]):
            return f"SPO2: {numbers[1]!r} is no pulse rate"
        numbers[1] = numbers[1].removeprefix("PR=").strip()
    values = [_number(number, form) for number in numbers]
    if (bad := next((n for n, v in zip(numbers, values, strict=True) if v is False), None)) is not None:
        return f"{name}: {bad!r} is no number from {form.low:g} to {form.high:g}"
    if name == "SPO2" and (values[0] or 0) > 100:
        return f"SPO2: {numbers[0]!r} is over 100"
    if not _ordered(values, form):
        return f"{name}: systolic, diastolic, mean in no order"
    flags[name] = status
    if said := " ".join(text for text in texts if text):
        flags[f"{name}_text"] = said
    from_ecg = name != "HR" or not texts[0] or texts[0].startswith("ECG")
    vitals = form.vitals if from_ecg else (Vital.PULSE_GENERIC,)
    return tuple(_reading(vital, value, form.variant) for vital, value in zip(vitals, values, strict=True))


def _number(field: str, form: Line) -> float | bool | None:
    """Return a field's number, None for an empty one, False for what is none."""
    if not field:
        return None
    return float(field) if NUMBER.fullmatch(field) and form.low <= float(field) <= form.high else False


def _ordered(values: list[float | bool | None], form: Line) -> bool:
    if len(form.vitals) < 3 or any(value is None for value in values[:3]):
        return True
    systolic, diastolic, mean = (float(value or 0) for value in values[:3])
    return systolic >= mean >= diastolic


def _reading(vital: str, value: float | bool | None, variant: str) -> Reading:
    if value is None:
        return Reading(vital, None, "absent", Quality.INVALID, variant)
    if vital == Vital.ETCO2:
        return Reading(vital, float(value), "unit_unproved", Quality.QUESTIONABLE, variant)
    return Reading(vital, float(value), variant=variant)


ADAPTER = Adapter(
    name="ivy_ansarb",
    protocol="Ivy Ansar-B output",
    models=("Ivy 450C", "Ivy 405"),
    link=Link(9600),
    vitals=tuple(dict.fromkeys(vital for line in LINES.values() for vital in line.vitals)),
    evidence="recorded",
    decoder=IvyDecoder,
)
