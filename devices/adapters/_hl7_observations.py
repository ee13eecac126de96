"""The observations of a message: its OBX rows, and what each of them says.

Source: IHE PCD TF-2 (OBX), and messages of seven monitors of five vendors.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from devices.adapters import _hl7_codes as codes
from devices.adapters._hl7_messages import Message, claimed, component, field
from devices.contract import Quality, Reading
from devices.vocabulary import NIBP, unit_of

CODE = re.compile(r"\d{1,8}", re.ASCII)
MDIL = re.compile(r"000([24])-([0-9a-dA-D][0-9a-fA-F]{3})", re.ASCII)
"""Partition and code, as on an IntelliVue's serial port; from e000 on they are Philips' own."""
PLACE = re.compile(r"\w{0,20}_POS", re.ASCII)


@dataclass(frozen=True, slots=True)
class Observation:
    """A reading of a message, and where it stood: OBX-4, OBX-8 and OBX-14."""

    reading: Reading
    place: str
    flags: str
    time: str


def observations(message: Message, flags: dict[str, str], adapter: str) -> list[Observation]:
    """Return what a message's OBX rows say; their marks and places are added to *flags*.

    Codes that the vocabulary has no name for are local ones of *adapter*.

    No two are of one vital and variant: a second one is named by its place (OBX-4).
    """
    return _apart([_observation(row, flags, adapter) for row in message.segments if row[0] == "OBX"])


def _observation(row: tuple[str, ...], flags: dict[str, str], adapter: str) -> Observation | None:
    """Return an observation's reading; None for structure and context, whose place is kept in *flags*."""
    said, text, marks = field(row, 3), field(row, 5), field(row, 8)
    code, name, system = _coded(said)
    if system not in ("MDC", "") or not (code or name):
        if PLACE.fullmatch(name):  # NIBP_POS, TEMP_POS: where the cuff or the probe sits, no vital
            flags[name] = text[:20]
        return None
    known = codes.meaning(code, name)
    if known is None and (not codes.NUMBER.fullmatch(text) or not CODE.fullmatch(code)):
        return None
    stated = codes.unit(*_coded(field(row, 6)))
    vital, variant = known or (f"local:{adapter}:{code}", "")
    value = codes.value(vital, stated, text, set(marks.split("~")), field(row, 11))
    if stated == codes.FAHRENHEIT and unit_of(vital) == "Cel" and value.number is not None:
        value, stated = replace(value, number=codes.celsius(value.number)), "Cel"
    reading = Reading(vital, value.number, value.reason, value.quality, variant)
    contradicted = known is None and (code in codes.MEANINGS or name in codes.NAMES)
    if value.number is not None and contradicted and value.quality is Quality.GOOD:
        reading = replace(reading, reason="code_and_name_differ", quality=Quality.QUESTIONABLE)
    if value.number is not None and known and stated == codes.UNSTATED and value.quality is Quality.GOOD:
        reading = replace(reading, reason="unit_unstated", quality=Quality.QUESTIONABLE)
    elif known and stated not in (unit_of(vital), codes.UNSTATED) and value.number is not None:
        reading = replace(reading, vital=f"local:{adapter}:{code or name}")
    if unit_of(reading.vital) is None:
        reading = replace(reading, unit=stated)
    if reading.vital in NIBP and value.number is not None:
        reading = replace(reading, measured_at=claimed(field(row, 14)))
    if marks:
        flags[f"flags_{code or name}"] = marks
    return Observation(reading, field(row, 4), marks, field(row, 14))


def _coded(text: str) -> tuple[str, str, str]:
    """Return code, name and system of a coded field; Philips' own MDIL codes as the MDC codes they are."""
    code, name, system = (component(text, number) for number in (1, 2, 3))
    match = MDIL.fullmatch(code) if system == "MDIL" else None
    if match is None:
        return code, name, system
    return f"{(int(match[1]) << 16) + int(match[2], 16)}", "", "MDC"


def _apart(found: list[Observation | None]) -> list[Observation]:
    apart: list[Observation] = []
    taken: set[tuple[str, str]] = set()
    for one in found:
        if one is None:
            continue
        reading, number = one.reading, 2
        while (reading.vital, reading.variant) in taken:
            site = f"{one.reading.variant} {one.place}".strip()
            reading = replace(reading, variant=site if number == 2 and site else f"{site} {number}".strip())
            number += 1
        taken.add((reading.vital, reading.variant))
        apart.append(replace(one, reading=reading))
    return apart
