"""Devices, clocks and what they said: a session at each boundary."""

from dataclasses import replace
from datetime import date
from typing import Any

import pandas as pd
from judged_sessions import CANNOT_TELL, DAY, FAIL, NA, PASS, Case, Told, iso, kept, nasal

CASES = [
    Case("R36", PASS, "measured 24 h before", lambda: _offset(-DAY)),
    Case("R36", FAIL, "measured 24 h and a minute before", lambda: _offset(-DAY - 1)),
    Case("R36", FAIL, "a device that tells the time, and nothing measured", lambda: _untold()),
    Case("R36", PASS, "changed by 30 s", lambda: _offset(-10).says(50, "link", **CLOCK, offset_s=32.0)),
    Case("R36", FAIL, "changed by 31 s", lambda: _offset(-10).says(50, "link", **CLOCK, offset_s=33.0)),
    Case("R36", PASS, "the logger off by 120 s", lambda: kept().with_("clock", max_error_s=120.0)),
    Case("R36", FAIL, "the logger off by 121 s", lambda: kept().with_("clock", max_error_s=121.0)),
    Case("R36", FAIL, "the logger not synchronised", lambda: kept().with_("clock", synchronised=False)),
    Case("R36", FAIL, "synchronised, and then no more", lambda: _looked((20, False))),
    Case("R36", PASS, "not synchronised, and then again", lambda: _looked((20, False), (115, True))),
    Case("R36", PASS, "no more after the patient left", lambda: _looked((20, True), (115, False))),
    Case("R36", FAIL, "set back by a second", lambda: kept().says(20, "clock", event="stepped", step_s=-1.0)),
    Case("R36", NA, "no dose was given", lambda: kept().treated_not()),
    Case(
        "R36",
        CANNOT_TELL,
        "whether it was synchronised is not known",
        lambda: kept().with_("clock", synchronised=None),
    ),
    Case("R37", PASS, "calibrated until that day", kept),
    Case(
        "R37", FAIL, "calibrated until the day before", lambda: _register(calibrated_until=date(2026, 3, 1))
    ),
    Case("R37", PASS, "99 of 100 readings of the registered device", lambda: _shared(99)),
    Case("R37", FAIL, "98 of 99 readings of the registered device", lambda: _shared(98)),
    Case("R37", FAIL, "another device is registered", lambda: _register(identity="USB-2")),
    Case("R37", PASS, "without identities, the only one of its adapter", lambda: _register(identity=None)),
    Case(
        "R37",
        FAIL,
        "no calibration on record, and too many of another",
        lambda: _shared(98, calibrated_until=None),
    ),
    Case("R37", NA, "every reading was typed", lambda: kept().without_readings().types(10, spo2=97)),
    Case("R37", CANNOT_TELL, "no register", lambda: kept().beside(devices=None)),
    Case("R37", CANNOT_TELL, "no calibration on record", lambda: _register(calibrated_until=None)),
    Case("R39", PASS, "the same again after 45 s", lambda: _twice(45)),
    Case("R39", FAIL, "the same again after 44 s", lambda: _twice(44)),
    Case("R39", FAIL, "two readings of one time", lambda: kept().cuffs(10).cuff(10, pressure=(150, 90))),
    Case("R39", NA, "no cuff reading", lambda: kept().cuffs()),
    Case(
        "R39",
        CANNOT_TELL,
        "no shortest time in the protocol",
        lambda: kept().limits("quality", nibp_min_separation_s=None),
    ),
    Case("R40", PASS, "280 systolic is plausible", lambda: kept().reads(10, "nibp_sys", 280)),
    Case("R40", FAIL, "281 systolic is not", lambda: kept().reads(10, "nibp_sys", 281)),
    Case(
        "R40",
        PASS,
        "281, and called questionable",
        lambda: kept().reads(10, "nibp_sys", 281, quality="questionable"),
    ),
    Case("R40", PASS, "systolic equal to diastolic", lambda: _pressures(90, 90)),
    Case("R40", FAIL, "systolic below diastolic by one", lambda: _pressures(89, 90)),
    Case("R40", NA, "no dose and no reading", lambda: kept().treated_not().without_readings()),
    Case("R40", CANNOT_TELL, "no reading", lambda: kept().without_readings()),
    Case("R41", PASS, "twice alike, then another", lambda: _typed((122, 76), (122, 76), (123, 76))),
    Case("R41", FAIL, "three times alike", lambda: _typed((122, 76), (122, 76), (122, 76))),
    Case("R41", PASS, "15 of 20 end in 0", lambda: _typed(*_ending_in_0(15, of=20))),
    Case("R41", FAIL, "16 of 20 end in 0", lambda: _typed(*_ending_in_0(16, of=20))),
    Case("R41", PASS, "19 of 19 end in 0: too few to tell", lambda: _typed(*_ending_in_0(19, of=19))),
    Case("R41", NA, "two were typed", lambda: _typed((122, 76), (122, 76))),
    Case(
        "R41",
        CANNOT_TELL,
        "no number in the protocol",
        lambda: _typed((122, 76)).limits("qa.R41", identical_in_a_row=None),
    ),
    Case("R42", PASS, "a reading 5 min after", lambda: _failed(12).cuff(17)),
    Case("R42", FAIL, "a reading 6 min after", lambda: _failed(12).cuff(18)),
    Case("R42", NA, "none failed in the infusion", lambda: _failed(41)),
    Case("R42", NA, "no infusion", lambda: nasal().reads(10, "nibp_sys", None, reason="failed")),
    Case("R42", CANNOT_TELL, "no end of the infusion", lambda: kept().without("infusion.end")),
    Case("R51", PASS, "60 s without the logger", lambda: _away(60)),
    Case("R51", FAIL, "61 s without the logger", lambda: _away(61)),
    Case(
        "R51",
        PASS,
        "61 s, entered",
        lambda: _away(61).says(30, "downtime", start=iso(20), end=iso(20 + 61 / 60), reason="power cut"),
    ),
    Case("R51", PASS, "the machine slept for 60 s", lambda: _slept(60)),
    Case("R51", FAIL, "the machine slept for 61 s", lambda: _slept(61)),
    Case("R51", FAIL, "the recorder stopped for good", lambda: kept().says(100, "session.pause", cause="x")),
    Case("R51", CANNOT_TELL, "no word until the leaving", lambda: kept().silent(102, 111)),
    Case(
        "R51",
        PASS,
        "no word until the leaving, entered",
        lambda: (
            kept().silent(102, 111).says(110, "downtime", start=iso(102), end=iso(110), reason="power cut")
        ),
    ),
    Case(
        "R51",
        PASS,
        "the device fell silent, and the logger says so",
        lambda: kept().silent(102, 111).says(103, "link", **SILENT),
    ),
    Case(
        "R51",
        PASS,
        "the logger spoke after the leaving",
        lambda: kept().silent(102, 111).says(110.5, "clock", event="checked"),
    ),
    Case("R51", NA, "no dose was given", lambda: kept().treated_not()),
    Case("R51", CANNOT_TELL, "no discharge is on record", lambda: kept().without("discharge")),
    Case("R53", PASS, "no demo data", kept),
    Case("R53", FAIL, "a simulator", lambda: kept().has(demo=True).with_("device", url="simulate:nonin")),
    Case("R53", FAIL, "a demo state in a real session", lambda: kept().has(demo=True)),
    Case(
        "R53", NA, "opened as a demonstration", lambda: kept().has(demo=True).with_("session.open", demo=True)
    ),
    Case("R53", CANNOT_TELL, "no opening is on record", lambda: kept().without("session.open")),
    Case("R54", PASS, "none held", kept),
    Case("R54", FAIL, "one held", lambda: kept().cuff(-19, reason="held", quality="invalid")),
    Case("R54", PASS, "one held, and excluded", lambda: kept().cuff(-19, reason="held", excluded=True)),
    Case("R54", NA, "no reading", lambda: kept().without_readings()),
    Case("R54", CANNOT_TELL, "the session is still open", lambda: kept().open()),
]
SILENT = {"source": "monitor", "event": "silent", "cause": "silence", "since": iso(102)}
CLOCK = {"source": "monitor", "event": "device_clock"}


def _offset(minute: float) -> Told:
    made = kept()
    made.words = [word for word in made.words if word.payload.get("event") != "device_clock"]
    return made.says(minute, "link", **CLOCK, offset_s=2.0)


def _looked(*found: tuple[float, bool]) -> Told:
    """Return a session whose clock was synchronised at the opening, and looked at again."""
    made = kept()
    for minute, synchronised in found:
        made.says(minute, "clock", author="recorder", event="checked", synchronised=synchronised)
    return made


def _slept(seconds: float) -> Told:
    return kept().says(40, "clock", author="recorder", event="suspended", step_s=seconds)


def _untold() -> Told:
    made = kept()
    made.words = [word for word in made.words if word.payload.get("event") != "device_clock"]
    return made.reads(5, "spo2", 97.0, device_time=pd.Timestamp("2026-03-02 09:05"))


def _register(**changes: Any) -> Told:
    made = kept()
    assert made.context.devices is not None
    return made.beside(devices=tuple(replace(device, **changes) for device in made.context.devices))


def _shared(n: int, **registered: Any) -> Told:
    """Return a session with *n* readings of the registered device and one of another."""
    made = _register(**registered).without_readings().reads(1, "spo2", 97.0, source="other")
    for minute in range(n):
        made.reads(minute, "spo2", 97.0)
    return made


def _twice(seconds: float) -> Told:
    made = kept().cuffs()
    for minute in (10, 10 + seconds / 60):
        for vital, value in (("nibp_sys", 120), ("nibp_dia", 80)):
            made.reads(minute, vital, value)
            made.rows[-1]["seq"] = round(minute * 1000)
    return made


def _pressures(systolic: float, diastolic: float) -> Told:
    made = kept().cuffs()
    for vital, value in (("nibp_sys", systolic), ("nibp_dia", diastolic)):
        made.reads(10, vital, value)
        made.rows[-1]["seq"] = 1
    return made


def _typed(*pressures: tuple[float, float]) -> Told:
    made = kept()
    for place, (systolic, diastolic) in enumerate(pressures):
        made.types(place, nibp_sys=systolic, nibp_dia=diastolic)
    return made


def _ending_in_0(n: int, of: int) -> list[tuple[float, float]]:
    return [(120 if place < n else 121, 70 + place) for place in range(of)]


def _failed(minute: float) -> Told:
    return kept().cuffs(-5).reads(minute, "nibp_sys", None, reason="failed", quality="invalid")


def _away(seconds: float) -> Told:
    return kept().says(20 + seconds / 60, "session.resume", author="recorder", cause="killed", since=iso(20))
