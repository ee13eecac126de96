"""Every reading as Observation: a value of a device one each, the pressures of one cuff cycle one together.

Source: HL7 FHIR R4B (Observation), US Core (vital signs profiles).

A number that its device called invalid, or that may be the last patient's, is never a value here: it has a
reason for no value, and stands in a note.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

import pandas as pd

from analysis.exports.fhir.contents import Contents
from analysis.exports.fhir.elements import LOINC, TERMINOLOGY, Json, absent, coded, coding, concept, quantity
from analysis.exports.fhir.monitors import CUFF_PRESSURES, Metrics
from analysis.exports.marked_readings import said_of
from devices.vocabulary import codes_of

TYPED_PRESSURES = ("bp_sys_generic", "bp_dia_generic", "bp_map_generic")
PANELS = dict.fromkeys(CUFF_PRESSURES, "nibp") | dict.fromkeys(TYPED_PRESSURES, "bp_generic")
"""The panel that a pressure is a part of."""
NEEDED = {frozenset(CUFF_PRESSURES[:2]), frozenset(TYPED_PRESSURES[:2])}
"""What a blood pressure has at least, to be one in US Core."""

ALSO = {"spo2_pr": "ecg_hr"}
"""US Core knows the pulse of an oximeter as a heart rate only (config/codes.csv)."""

US_CORE = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-"
VITAL_SIGNS = f"{US_CORE}vital-signs"
BLOOD_PRESSURE = f"{US_CORE}blood-pressure"
PROFILES = {
    "spo2": "pulse-oximetry",
    "ecg_hr": "heart-rate",
    "resp_rate": "respiratory-rate",
    "temp": "body-temperature",
    "weight": "body-weight",
    "height": "body-height",
    "bmi": "bmi",
}
"""US Core's profiles, by a vital of their LOINC code."""
BY_CODE = {codes_of(vital).loinc: f"{US_CORE}{profile}" for vital, profile in PROFILES.items()}

CATEGORY = [concept(coding(f"{TERMINOLOGY}observation-category", "vital-signs"))]


class Row(NamedTuple):
    """One row of `Session.readings`, as far as an Observation speaks of it."""

    writer: str
    seq: int
    source: str
    variant: str
    measured_at: pd.Timestamp
    measured_from: pd.Timestamp
    excluded: bool
    superseded_by: str
    vital: str
    at: pd.Timestamp
    value: float
    unit: str
    quality: str
    reason: str
    entered_by: str
    uncertain: bool

    @property
    def reference(self) -> str:
        """Return the record: ``writer:seq``."""
        return f"{self.writer}:{self.seq}"

    @property
    def is_value(self) -> bool:
        """Return whether its number may be read as the patient's."""
        return self.value == self.value and self.quality != "invalid" and self.reason != "held"


class Left(NamedTuple):
    """A reading that was left out, and the name of its Observation."""

    row: Row
    name: str


def profile_of(vital: str) -> str:
    """Return the US Core profile of a vital's Observation."""
    return BY_CODE.get(codes_of(ALSO.get(vital, vital)).loinc, VITAL_SIGNS)


def add_observations(contents: Contents, metrics: Metrics) -> list[Left]:
    """Add all readings; return those that a person left out."""
    columns = [contents.session.readings[name].to_list() for name in Row._fields]
    rows = list(map(Row, *columns))
    maker = _Maker(contents, metrics, {row.superseded_by for row in rows} - {""})
    for row in rows:
        if row.vital not in PANELS:
            maker.single(row)
    for panel in _panels(row for row in rows if row.vital in PANELS):
        maker.panel(panel)
    return maker.left


def _panels(rows: Iterable[Row]) -> Iterator[Sequence[Row]]:
    """Yield the pressures that belong together: of one source and time, in force or taken out of it alike.

    A pressure that was corrected alone stands with the others of its cycle.
    """
    same = attrgetter("source", "variant", "measured_at", "excluded", "superseded_by")
    for _, alike in groupby(sorted(rows, key=same), key=same):
        groups: list[dict[str, Row]] = []
        for row in alike:
            known = (group for group in groups if _fits(row, group))
            group = next(known, None)
            if group is None:
                groups.append(group := {})
            group[row.vital] = row
        yield from (list(group.values()) for group in groups)


def _fits(row: Row, group: dict[str, Row]) -> bool:
    """Return whether a pressure is a part of a cycle: numbers that may be read stand with no others."""
    told = [one for one in (*group.values(), row) if one.value == one.value]
    of_panels = {PANELS[vital] for vital in (*group, row.vital)}
    alike = len({(one.is_value, one.quality) for one in told}) <= 1
    return row.vital not in group and len(of_panels) == 1 and alike


def _panel_code(panel: str) -> Json:
    """Return the code of a blood pressure: a cuff's in every system, of an unsaid method LOINC's."""
    whole = coded("nibp")
    if panel == "nibp":
        return whole
    loinc = [one for one in whole["coding"] if one["system"] == LOINC]
    return concept(*loinc, text="Blood pressure, method not said")


class _Maker:
    """Makes Observations; what is the same for a series is made once."""

    def __init__(self, contents: Contents, metrics: Metrics, replacing: set[str]) -> None:
        self.left: list[Left] = []
        self._contents = contents
        self._metrics = metrics
        self._replacing = replacing
        self._codes: dict[tuple[str, str], Json] = {}
        self._times: dict[pd.Timestamp, str] = {}
        self._taken: dict[str, int] = {}

    def single(self, row: Row) -> None:
        value: Json = {"valueQuantity": quantity(row.value, row.unit)} if row.is_value else {}
        value = value or {"dataAbsentReason": absent(row.reason)}
        self._add([row], row.vital, self._code(row), value, profile_of(row.vital))

    def panel(self, rows: Sequence[Row]) -> None:
        first = rows[0]
        parts = {row.vital: self._component(row) for row in rows}
        if first.reason == "failed" and [*parts] == [CUFF_PRESSURES[0]]:
            other = CUFF_PRESSURES[1]  # the record names the systolic; such a cycle has neither of the two
            parts[other] = {"code": coded(other), "dataAbsentReason": absent("failed")}
        value: Json = {} if any(row.is_value for row in rows) else {"dataAbsentReason": absent(first.reason)}
        order = (*CUFF_PRESSURES, *TYPED_PRESSURES)
        value["component"] = [parts[vital] for vital in sorted(parts, key=order.index)]
        whole = any(needed <= parts.keys() for needed in NEEDED)
        panel = PANELS[first.vital]
        self._add(rows, panel, _panel_code(panel), value, BLOOD_PRESSURE if whole else VITAL_SIGNS)

    def _add(self, rows: Sequence[Row], what: str, code: Json, value: Json, profile: str) -> None:
        first = rows[0]
        body = {
            "status": self._status(rows),
            "category": CATEGORY,
            "code": code,
            "subject": self._contents.subject,
            "encounter": self._contents.encounter,
            **self._when(first),
            **value,
        }
        if typed := next((row.entered_by for row in rows if row.entered_by), ""):
            body["performer"] = [self._contents.person(typed)]
        if remarks := dict.fromkeys(filter(None, (_remark(row, len(rows) > 1) for row in rows))):
            body["note"] = [{"text": text} for text in remarks]
        if metric := self._metrics.get((first.source, what)):
            body["device"] = metric
        key = f"{first.reference}/{what}" + (f"/{first.variant}" if first.variant else "")
        again = self._taken[key] = self._taken.get(key, 0) + 1
        key += f"/{again}" if again > 1 else ""
        self._contents.add("Observation", key, body, first.reference, profile)
        name = self._contents.resources[-1]["id"]
        for row in rows:
            if row.reference != first.reference:
                self._contents.made.setdefault(row.reference, []).append(name)
            if row.excluded:
                self.left.append(Left(row, name))

    def _status(self, rows: Sequence[Row]) -> str:
        if any(row.excluded or row.superseded_by for row in rows):
            return "entered-in-error"
        if any(row.reference in self._replacing for row in rows):
            return "corrected"
        if any(row.quality == "questionable" or row.reason == "held" for row in rows):
            return "preliminary"
        return "final"

    def _when(self, row: Row) -> Json:
        """Return when it was measured; where it came in, or was typed, at another time, that too."""
        measured = self._time(row.measured_at)
        said: Json = {"effectiveDateTime": measured}
        if pd.notna(row.measured_from):
            said = {"effectivePeriod": {"start": self._time(row.measured_from), "end": measured}}
        return said if row.at == row.measured_at else said | {"issued": self._time(row.at)}

    def _time(self, moment: pd.Timestamp) -> str:
        if moment not in self._times:
            self._times[moment] = self._contents.time(moment.to_pydatetime())
        return self._times[moment]

    def _code(self, row: Row) -> Json:
        named = row.vital, row.variant
        if named not in self._codes:
            label = codes_of(row.vital).label or row.vital
            text = f"{label} ({row.variant})" if row.variant else label
            self._codes[named] = coded(row.vital, ALSO.get(row.vital, ""), text)
        return self._codes[named]

    def _component(self, row: Row) -> Json:
        if row.is_value:
            return {"code": self._code(row), "valueQuantity": quantity(row.value, row.unit)}
        return {"code": self._code(row), "dataAbsentReason": absent(row.reason)}


def _remark(row: Row, of_several: bool) -> str:
    """Return what a reading's other elements can't say, in words; mostly nothing."""
    said = {
        said_of(row.value, row.unit, row.reason): row.value == row.value and not row.is_value,
        f"quality {row.quality}": row.quality != "good" and row.value == row.value,
        f"reason {row.reason}": row.reason and row.value == row.value,
        "excluded by a person": row.excluded,
        f"replaced by the record {row.superseded_by}": row.superseded_by,
        "arrival time uncertain": row.uncertain,
    }
    text = "; ".join(text for text, holds in said.items() if holds)
    return f"{row.vital}: {text}" if text and of_several else text
