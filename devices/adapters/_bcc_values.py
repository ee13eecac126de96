"""B. Braun BCC: what an answer says, quadruple by quadruple.

``time,address,PARAMETER,value`` parted by RS: seconds since the ComDevice was switched on, 501xy for the pump
in pillar x, slot y (50100: the system), and a text that may hold commas. A slot is a reading's variant.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from devices.adapters._pump_values import BY_WEIGHT, told, untold
from devices.contract import Frame, Quality, Reading
from devices.vocabulary import PumpValue

QUADRUPLE = re.compile(r"(\d+),(501[1-9][1-9A-O]|50100),([A-Z][A-Z0-9]*),(.*)", re.DOTALL)
NO_VALUE = {"_NV": "absent", "_NA": "unavailable"}
UNKNOWN_TIME, FULL = "65535", 9999.9

PRESSURE, BOLUS = "local:bbraun_bcc:pressure", "local:bbraun_bcc:bolus_volume"
NUMBERS: dict[str, tuple[str, str, float, str | None]] = {
    "INRT": (PumpValue.FLOW_RATE, "", 1.0, None),
    "INAVRT": (PumpValue.FLOW_RATE, "average", 1.0, None),
    "INBORT": (PumpValue.FLOW_RATE, "bolus", 1.0, None),
    "INVI": (PumpValue.VOL_DELIVERED, "", 1.0, None),
    "INVTB": (PumpValue.VTBI, "", 1.0, None),
    "INRMT": (PumpValue.TIME_REMAINING, "", 1 / 60, None),
    "INBOVAL": (BOLUS, "", 1.0, "mL"),
    "INP2": (PRESSURE, "", 1.0, "%"),
}
"""Parameter -> vital, what its variant adds to the slot, scale, unit of a local code."""
AMOUNTS = {"47": "mg/min", "48": "mg/h", "50": "ug/min", "51": "ug/h"}
WEIGHED = {"68": "mg/kg/min", "69": "mg/kg/h", "71": "ug/kg/min", "72": "ug/kg/h"}
CONCENTRATIONS = {"31": 1.0, "32": 0.001}
"""Codes of INDORTU and INDCONU; a concentration's give what one is in mg/mL."""
PATIENT = "PAT"
"""What the parameters of the patient begin with. They may name somebody: they stay in the raw bytes."""
STATES = {"INM2": "bolus", "INM6": "standby", "INM10": "kvo"}
DRUG = ("INSOL", "INSOLSN")
"""The drug's name: the long one, else the short one."""
ERRORS = {"11": "no pump", "39": "pump removed", "68": "bad syntax", "811": "bad slot"}

Told = dict[tuple[str, str], str]
"""Text by slot and parameter."""


def joined(before: str, text: str) -> str:
    """Return two parts as one text: no document says whether a part may end inside a quadruple."""
    whole = not before or QUADRUPLE.fullmatch(before.rpartition("\x1e")[2])
    apart = whole and before and QUADRUPLE.match(text)
    return before + ("\x1e" if apart else "") + text


def read(raw: bytes, text: str) -> Frame:
    """Return the frame of *raw*, with which an answer of this *text* is whole."""
    said: Told = {}
    flags: dict[str, str] = {}
    for piece in filter(None, text.split("\x1e")):
        match = QUADRUPLE.fullmatch(piece)
        if match is None:
            flags["text"] = f"{flags.get('text', '')} {piece}".strip()
            continue
        flags["uptime"] = match[1]
        said["" if match[2] == "50100" else match[2][3:], match[3]] = match[4]
    pumps = {slot for slot, _ in said if slot}
    readings = tuple(reading for slot in sorted(pumps) for reading in _pump(slot, said))
    kept = (told for told in said.items() if told[0][1] not in NUMBERS and not told[0][1].startswith(PATIENT))
    flags |= {f"{slot} {name}".strip(): value for (slot, name), value in kept}
    flags |= dict(_texts(said))
    if error := said.get(("", "GNERR")):
        flags["error"] = ERRORS.get(error, error)
    words = [f"{word} {slot}" if len(pumps) > 1 else word for slot, word in _states(said)]
    return Frame(raw, readings, tuple(dict.fromkeys(words)), None, flags)


def _pump(slot: str, said: Told) -> Iterator[Reading]:
    for name, (vital, adds, scale, unit) in NUMBERS.items():
        if (text := said.get((slot, name))) is not None:
            yield _number(name, text, vital, scale, f"{slot} {adds}".strip(), unit)
    rate, rate_unit = said.get((slot, "INDORT")), said.get((slot, "INDORTU"), "").lstrip("0")
    if rate is not None and rate_unit in WEIGHED:
        yield _number("", rate, PumpValue.DOSE_RATE, BY_WEIGHT[WEIGHED[rate_unit]], slot, None)
    elif rate is not None and rate_unit in AMOUNTS:
        unit = AMOUNTS[rate_unit]
        yield _number("", rate, _by_amount(unit), 1.0, slot, unit)
    drug, drug_unit = said.get((slot, "INDCON")), said.get((slot, "INDCONU"), "").lstrip("0")
    if drug is not None and drug_unit in CONCENTRATIONS:
        yield _number("", drug, PumpValue.CONC_DRUG, CONCENTRATIONS[drug_unit], slot, None)


def _number(name: str, text: str, vital: str, scale: float, variant: str, unit: str | None) -> Reading:
    missing = "unknown" if name == "INRMT" and text == UNKNOWN_TIME else NO_VALUE.get(text)
    if missing:
        return untold(vital, missing, variant, unit)
    reading = told(vital, text, scale, variant, unit)
    if name == "INVI" and reading.value is not None and reading.value >= FULL:
        return Reading(vital, reading.value, "over_range", Quality.QUESTIONABLE, variant)
    return reading


def _by_amount(unit: str) -> str:
    return f"local:bbraun_bcc:dose_rate_{unit.replace('/', '_')}"


def _texts(said: Told) -> Iterator[tuple[str, str]]:
    """Yield the drug and the alarms of each pump, under the names that all pumps' adapters give them."""
    for slot in dict.fromkeys(slot for slot, _ in said if slot):
        names = (said.get((slot, name), "") for name in DRUG)
        if drug := next((name for name in names if name.strip() and name not in NO_VALUE), ""):
            yield f"drug {slot}", drug
        if alarms := [name for one, name in said if one == slot and _alarms(name, said[slot, name])]:
            yield f"alarm {slot}", " ".join(alarms)


def _alarms(name: str, value: str) -> bool:
    return bool(re.fullmatch(r"INA\d+", name)) and value not in ("0", *NO_VALUE)


def _states(said: Told) -> Iterator[tuple[str, str]]:
    for (slot, name), value in said.items():
        if name == "INM3" and value in ("0", "1"):
            yield slot, "running" if value == "1" else "stopped"
        elif name in STATES and value == "1":
            yield slot, STATES[name]
        elif _alarms(name, value):
            yield slot, "alarm"
        elif name == "DSSTATUS" and value.endswith("50"):
            yield slot, "off"
        elif name == "GNERR":
            yield slot, "error"


VITALS = tuple(
    dict.fromkeys(
        (
            *(vital for vital, _, _, _ in NUMBERS.values()),
            PumpValue.DOSE_RATE,
            PumpValue.CONC_DRUG,
            *map(_by_amount, AMOUNTS.values()),
        )
    )
)
"""Everything that a pump's answer may become."""
