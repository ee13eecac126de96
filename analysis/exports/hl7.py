"""HL7 v2.6 messages as monitors and gateways send them: ORU^R01 of IHE PCD-01.

Source: IHE PCD TF-2 (PCD-01), HL7 v2.6 chapters 2, 3 and 7, HL7 tables 0078, 0085 and 0103.

One message a record: a monitor's frame of one moment, or what a person typed at once. So a message holds what
stood together, its number comes from what it says, and no observation stands twice at one place of the tree.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import blake2b
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import pandas as pd

from analysis.exports.copy import NO_DATE, Copy, birth_of
from analysis.exports.device_places import MONITOR, Place, place_of
from analysis.series import MANUAL
from analysis.session import Session
from devices.vocabulary import codes_of, mdc_unit

ABOUT = """session.hl7: HL7 v2.6 messages ORU^R01 in the layout of IHE PCD-01, UTF-8, segments end with CR,
without MLLP: one message for each frame of a monitor and for each entry of a person, by their arrival.
OBX-11 of a value without a number is X, of a replaced one D, of an excluded one W, of the one in its place
C, of one that a person typed F, of every other R. A number that its device called invalid, or that may be
the last patient's, is never in OBX-5: it stands in words only. A note (NTE) beneath a value says in words
what its status can't."""

OPENING = """Python:
import hl7
with open("session.hl7", encoding="utf-8", newline="") as file:
    texts = ("\\r" + file.read()).split("\\rMSH|")[1:]
messages = [hl7.parse("MSH|" + text) for text in texts]
Or: infusionlog decode hl7_oru session.hl7"""

NAME = "session.hl7"
PROFILE = "PCD_DEC_001^IHE PCD^1.3.6.1.4.1.19376.1.6.1.1.1^ISO"
MONITORING = "182777000^monitoring of patient^SCT"
OWN_CODES = "99INFLOG"
"""The coding system of names that have no MDC code (HL7 table 0396: 99 and letters)."""

ESCAPED = str.maketrans(
    {"|": "\\F\\", "^": "\\S\\", "&": "\\T\\", "~": "\\R\\", "\\": "\\E\\"}
    | {chr(code): f"\\X{code:02X}\\" for code in (*range(32), 127)}
)

ABSENT = {
    "sensor_off": "OFF",
    "off": "OFF",
    "masked": "MSK",
    "over_range": "PINF",
    "under_range": "NINF",
    "invalid": "NAN",
    "absent": "NAV",
}
"""OBX-8 in place of a number (IHE PCD TF-2), by the reason that there is none; any other is OTH."""
DOUBTED = {"questionable": "QUES", "invalid": "INV"}
"""OBX-8 of a number, by its quality; of a monitor that is not calibrated CALI, of one withheld INV."""

OBX_FIELDS = 18


class Value(NamedTuple):
    """One row of the readings, as far as a message speaks of it; times are UTC."""

    writer: str
    seq: int
    source: str
    at: pd.Timestamp
    measured_at: pd.Timestamp
    measured_from: pd.Timestamp
    vital: str
    variant: str
    value: float
    unit: str
    quality: str
    reason: str
    entered_by: str
    excluded: bool
    superseded_by: str
    uncertain: bool

    @property
    def has_number(self) -> bool:
        """Return whether its device, or a person, said a number at all."""
        return self.value == self.value

    @property
    def withheld(self) -> bool:
        """Return whether its number may not be read as the patient's: invalid, or maybe the last one's."""
        return self.has_number and (self.quality == "invalid" or self.reason == "held")


def write(session: Session, folder: Path, *, with_identity: bool = False) -> Copy:
    """Write all messages into one file; see `analysis.exports.copy.Format.write`."""
    path = folder / NAME
    with path.open("w", encoding="utf-8", newline="") as file:
        file.writelines(messages(session, with_identity=with_identity))
    return Copy((path,), tuple(_not_held(session, with_identity=with_identity)))


def messages(session: Session, *, with_identity: bool = False) -> Iterator[str]:
    """Yield each message, by arrival; of a session without readings none."""
    zone = ZoneInfo(session.zone or "UTC")
    identities = _identities(session)
    patient = _patient(session, with_identity=with_identity)
    columns = [session.readings[name].to_list() for name in Value._fields]
    values = sorted(map(Value, *columns), key=lambda value: (value.at, value.writer, value.seq))
    replacing = {value.superseded_by for value in values}
    for (writer, seq, source), record in groupby(values, key=lambda value: value[:3]):
        frame = list(record)
        order = _escaped(f"{session.id}/{writer}:{seq}") + "^INFUSIONLOG"
        sent = _time(frame[0].at, zone)
        rows = _rows(frame, zone, identities.get(source, source), f"{writer}:{seq}" in replacing)
        body = [*patient, _segment("OBR", "1", order, order, MONITORING, "", "", sent), *rows]
        yield "\r".join([_header(session, writer, sent, "\r".join(body)), *body, ""])


def _header(session: Session, writer: str, sent: str, body: str) -> str:
    """Return the MSH segment; MSH-10 comes from what is said: the same message has the same number."""
    said = "\r".join((session.id, sent, body))
    number = blake2b(said.encode(), digest_size=10).hexdigest()
    clinic = _escaped(str(session.protocol.get("meta", {}).get("clinic", "")))
    program = f"INFUSIONLOG^{_escaped(writer)}^L"
    fields = ["^~\\&", program, clinic, "", "", sent, "", "ORU^R01^ORU_R01", number]
    fields += ["T" if session.demo else "P", "2.6", "", "", "NE", "AL", "", "UNICODE UTF-8", "", "", PROFILE]
    return _segment("MSH", *fields)


def _patient(session: Session, *, with_identity: bool) -> list[str]:
    """Return PID and PV1. A name is one text: which part of it is the family's is nowhere on record.

    HL7 wants a number of the patient; where the session has none, the session's own stands for it, as one
    of nobody known (HL7 table 0203: ANON).
    """
    patient = session.patient
    name, born = "^^^^^^U", ""
    if with_identity:
        name = f"{_escaped(patient.name)}^^^^^^L" if patient.name else name
        born = f"{at:%Y%m%d}" if (at := birth_of(patient)) else ""
    number = f"{_escaped(patient.id or session.id)}^^^INFUSIONLOG^{'PI' if patient.id else 'ANON'}"
    visit = f"{_escaped(session.id)}^^^INFUSIONLOG^VN"
    return [
        _segment("PID", "", "", number, "", name, "", born),
        _segment("PV1", "", "O", f"^{_escaped(session.room)}", *[""] * 15, visit),
    ]


def _rows(frame: Iterable[Value], zone: ZoneInfo, equipment: str, replacing: bool) -> Iterator[str]:
    """Yield the OBX rows of a record, by their place in the monitor's tree, and the notes beneath them."""
    placed = _placed(frame)
    source = placed[0][2].source
    named = f"{_escaped(equipment)}^{_escaped(source)}"
    count = 0
    if source != MANUAL:
        for row in _structure({place for place, _, _ in placed}, named):
            count += 1
            yield _segment("OBX", str(count), *row)
    for place, number, value in placed:
        count += 1
        where = f"1.{place.number}.{1 if place.number else 0}.{number}"
        yield _observation(count, where, value, zone, named, replacing)
        if note := _note(value, zone):
            yield _segment("NTE", "1", "", _escaped(note))


def _placed(frame: Iterable[Value]) -> list[tuple[Place, int, Value]]:
    """Return each value with its place, by the places; two of one vital (another variant) get two places."""
    taken: set[tuple[int, int]] = set()
    found = []
    for value in frame:
        place = place_of(value.vital) if value.source != MANUAL else MONITOR
        number = place.metrics.index(value.vital) + 1 if place.metrics else 1
        while (place.number, number) in taken:
            number += len(place.metrics) or 1
        taken.add((place.number, number))
        found.append((place, number, value))
    return sorted(found, key=lambda one: (one[0].number, one[1]))


def _structure(places: set[Place], named: str) -> Iterator[list[str]]:
    """Yield the rows that only tell the monitor's tree: fields 2 to 18, without a value."""
    parts = [(MONITOR.module, "1.0.0.0")]
    for place in sorted(places - {MONITOR}, key=lambda place: place.number):
        parts.append((place.module, f"1.{place.number}.0.0"))
        if place.channel:
            parts.append((place.channel, f"1.{place.number}.1.0"))
    for part, where in parts:
        codes = codes_of(part)
        yield ["", f"{codes.mdc}^{codes.refid}^MDC", where, *[""] * 6, "X", *[""] * 6, named]


def _observation(count: int, where: str, value: Value, zone: ZoneInfo, named: str, replacing: bool) -> str:
    number = "" if value.withheld else _number(value.value)
    row = [""] * OBX_FIELDS
    row[0], row[1], row[3], row[4] = str(count), "NM" if number else "", where, number
    row[2] = _coded(value.vital)
    row[5] = _unit(value)
    row[7] = _flag(value)
    row[10] = _status(value, replacing)
    row[13] = _time(value.measured_at, zone)
    row[15] = _escaped(value.entered_by)
    row[17] = "" if value.source == MANUAL else named
    return _segment("OBX", *row)


def _coded(vital: str) -> str:
    codes = codes_of(vital)
    if codes.mdc:
        return f"{codes.mdc}^{codes.refid}^MDC"
    return f"{_escaped(vital)}^{_escaped(codes.label or vital)}^{OWN_CODES}"


def _unit(value: Value) -> str:
    unit = _escaped(value.unit)
    code, name = mdc_unit(value.unit, value.vital)
    return f"{code}^{name}^MDC^{unit}^{unit}^UCUM" if code else f"{unit}^{unit}^UCUM" if unit else ""


def _flag(value: Value) -> str:
    if not value.has_number:
        return ABSENT.get(value.reason, "OTH")
    if value.reason == "not_calibrated":
        return "CALI"
    return DOUBTED["invalid"] if value.withheld else DOUBTED.get(value.quality, "")


def _status(value: Value, replacing: bool) -> str:
    """Return OBX-11 (HL7 table 0085); what was taken out of force says so first."""
    if value.superseded_by:
        return "D"
    if value.excluded:
        return "W"
    if value.withheld or not value.has_number:  # X, "no results available"
        return "X"
    if replacing:
        return "C"
    return "F" if value.source == MANUAL else "R"


def _note(value: Value, zone: ZoneInfo) -> str:
    said = {
        f"variant {value.variant}": value.variant,
        f"quality {value.quality}": value.quality != "good",
        f"reason {value.reason}": value.reason,
        f"number withheld from OBX-5: {_number(value.value)}": value.withheld,
        f"taken between {_time(value.measured_from, zone)} and OBX-14": pd.notna(value.measured_from),
        "excluded by a person": value.excluded,
        f"replaced by the record {value.superseded_by}": value.superseded_by,
        "arrival time uncertain": value.uncertain,
    }
    return "; ".join(text for text, holds in said.items() if holds)


def _not_held(session: Session, *, with_identity: bool) -> Iterator[str]:
    readings = session.readings
    if readings.empty:
        yield f"The session has no readings: {NAME} is empty."
    else:
        yield "Times are cut to a ten-thousandth of a second, the finest that HL7 has."
    if claimed := int(readings["device_time"].notna().sum()):
        yield f"What the device's own clock said beside {claimed} values."
    kinds = Counter(session.events["kind"])
    if kinds:
        said = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))
        yield f"PCD-01 is for what devices measure; records of other kinds are not in it: {said}."
    if session.banners:
        yield f"What every page shows loudly: {'; '.join(session.banners)}."
    yield f"Its place in the course; the protocol, {session.protocol_id}; the records' digests."
    if len(session.gaps):
        yield f"Why nothing was heard in {len(session.gaps)} gaps."
    if not with_identity:
        yield "The patient's name and birth: this copy was made without --with-identity."
    elif session.patient.born and birth_of(session.patient) is None:
        yield NO_DATE


def _identities(session: Session) -> Mapping[str, str]:
    """Return what each device last said of which one it is."""
    events = session.events
    links: list[Mapping[str, Any]] = events.loc[events["kind"] == "link", "payload"].to_list()
    return {link["source"]: link["identity"] for link in links if link.get("identity")}


def _segment(name: str, *fields: str) -> str:
    return "|".join((name, *fields)).rstrip("|")


def _escaped(text: str) -> str:
    return text.translate(ESCAPED)


def _number(value: float) -> str:
    """Return a number with all its digits and no exponent, which HL7 has not; of NaN nothing."""
    return "" if value != value else format(Decimal(repr(float(value))), "f").removesuffix(".0")


def _time(moment: pd.Timestamp, zone: ZoneInfo) -> str:
    """Return a time with the clinic's offset then; cut to what HL7 holds, so never later than it was."""
    if pd.isna(moment):
        return ""
    local: datetime = moment.to_pydatetime().astimezone(UTC).astimezone(zone)
    return f"{local:%Y%m%d%H%M%S}.{local.microsecond // 100:04d}{local:%z}"
