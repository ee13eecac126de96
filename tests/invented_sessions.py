"""Sessions that never were, for tests: patients, values and times are invented.

The physiology is rough: a pressor effect that follows the drug (its highest at 40 minutes, near the baseline
by 100), noise of a cuff, a pulse and a saturation that hardly move. Fixed seeds: every call gives the same.
"""

from __future__ import annotations

import tomllib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analysis.instruments import instruments
from analysis.series import Series
from analysis.session import EVENTS, GAPS, READINGS, Head, Session, table

START = datetime(2026, 3, 2, 14, 0, tzinfo=UTC)
OPENED = START - timedelta(minutes=18)
MONITOR, MANUAL = "monitor", "manual"
DRAFT = Path(__file__).resolve().parent.parent / "config" / "protocols" / "draft.toml"
UNITS = {"nibp_sys": "mm[Hg]", "nibp_dia": "mm[Hg]", "nibp_map": "mm[Hg]", "spo2": "%"}


def protocol() -> dict[str, Any]:
    return tomllib.loads(DRAFT.read_text(encoding="utf-8"))


def at(minute: float) -> datetime:
    return START + timedelta(minutes=minute)


def reading(minute: float, vital: str, value: float | None, seq: int, **more: Any) -> dict[str, Any]:
    return {
        "writer": "a1", "seq": seq, "at": at(minute), "measured_at": at(minute), "measured_from": pd.NaT,
        "device_time": pd.NaT, "vital": vital, "variant": "",
        "value": np.nan if value is None else value,
        "unit": UNITS.get(vital, "/min"), "quality": "good", "reason": "", "source": MONITOR,
        "entered_by": "", "excluded": False, "superseded_by": "", "uncertain": False,
        "late_by_s": np.nan, **more,
    }  # fmt: skip


def cuff(minute: float, systolic: float, diastolic: float, seq: int, **more: Any) -> list[dict[str, Any]]:
    mean = round((systolic + 2 * diastolic) / 3)
    numbers = {"nibp_sys": systolic, "nibp_dia": diastolic, "nibp_map": mean}
    return [reading(minute, vital, value, seq, **more) for vital, value in numbers.items()]


def failed_cuff(minute: float, seq: int) -> dict[str, Any]:
    return reading(minute, "nibp_sys", None, seq, reason="failed", quality="invalid")


def event(minute: float, kind: str, seq: int, **payload: Any) -> dict[str, Any]:
    more = {key: payload.pop(key) for key in ("late_by_s", "superseded_by", "summary") if key in payload}
    return {
        "writer": "b2", "seq": seq, "at": at(minute), "happened_at": at(minute), "kind": kind,
        "author": "nurse.example", "late_by_s": np.nan, "summary": payload.get("text", kind),
        "superseded_by": "", "payload": {"v": 1, **payload}, **more,
    }  # fmt: skip


def score(
    minute: float, instrument: str, seq: int, answers: dict[str, float | None], **more: Any
) -> dict[str, Any]:
    known = instruments()[instrument]
    said = {"version": known.versions[0].id, "answered_by": known.answered_by[-1], **more}
    return event(minute, "assessment.score", seq, instrument=instrument, answers=answers, **said)


def signed(minute: float, seq: int, meaning: str = "review", **counts: int) -> dict[str, Any]:
    """A signature over so many records of each writer."""
    given = {"entry_complete": ("N.", "nurse"), "review": ("P.", "physician"), "qa": ("Q.", "qa")}
    letter, role = given[meaning]
    heads = [{"writer": writer, "count": count, "digest": "0" * 64} for writer, count in counts.items()]
    return event(minute, "sign", seq, meaning=meaning, name=f"{letter} Example", role=role, heads=heads)


def discharged(
    minute: float, seq: int, *, ready: float | None = None, superseded_by: str = "", **answers: str
) -> dict[str, Any]:
    """A discharge with these answers, by item; a no has a reason."""
    items = {id: {"answer": a, **({"reason": "invented"} if a == "no" else {})} for id, a in answers.items()}
    said = {"role": "registered_nurse_under_protocol", "escort_present": True, "instructions_given": True}
    more = {} if ready is None else {"ready_at": at(ready).isoformat()}
    who = {"name": "r.example"}
    return event(
        minute, "discharge", seq, items=items, decided_by=who, superseded_by=superseded_by, **said, **more
    )


def session(
    readings: list[dict[str, Any]],
    events: list[dict[str, Any]],
    gaps: list[dict[str, Any]] | None = None,
    **more: Any,
) -> Session:
    base = Session(
        id="01930000-0000-7000-8000-00000000e001",
        identifiers=("DEMO, Example", "born 1 Jan 1980"),
        room="1",
        zone="America/New_York",
        state="closed",
        opened_at=OPENED,
        ended_at=at(118),
        closed_at=at(119),
        protocol_id="iv_ketamine_40min",
        protocol=protocol(),
        readings=table(readings, READINGS),
        events=table(events, EVENTS),
        gaps=table(gaps or [], GAPS),
        heads=(Head("a1", 7301, "3f" * 32), Head("b2", 14, "9c" * 32)),
        primary={"nibp_sys": MONITOR, "nibp_dia": MONITOR, "nibp_map": MONITOR, "spo2": MONITOR},
        course="Induction",
        number="3 of 6",
    )
    return replace(base, **more)


def series(points: list[tuple[float, float]]) -> Series:
    """Valid systolic values at their minutes, the records a1:0, a1:1 ..."""
    n = len(points)
    times, values = (np.array([point[i] for point in points], float) for i in (0, 1))
    same = (np.full(n, "", object), np.full(n, "a1", object))
    return Series(MONITOR, "nibp_sys", "", "mm[Hg]", times, values, np.ones(n, bool), *same, np.arange(n))


def infusion(end: float = 40.0) -> list[dict[str, Any]]:
    given = {"drug": "ketamine", "mg": 40.0, "mg_per_kg": 0.5, "ml_h": 60.0}
    return [event(0, "infusion.start", 1, **given), event(end, "infusion.end", 2)]


def pressor(minute: float) -> float:
    """The share of the highest effect on the pressure that is there at a minute."""
    rises = np.interp(
        minute, [0, 10, 20, 30, 40, 50, 60, 100, 140], [0, 0.11, 0.41, 0.71, 1, 0.52, 0.28, 0.13, 0]
    )
    return float(rises)


def cycles(
    first: float = -16,
    last: float = 116,
    effect: tuple[float, float] = (18, 12),
    base: tuple[float, float] = (122, 76),
) -> list[dict[str, Any]]:
    noise = np.random.default_rng(7)
    rows: list[dict[str, Any]] = []
    minute, seq = first, 10_000
    while minute <= last:
        share = pressor(minute)
        systolic = round(base[0] + effect[0] * share + noise.normal(0, 4))
        rows += cuff(minute, systolic, round(base[1] + effect[1] * share + noise.normal(0, 3)), seq)
        minute, seq = minute + (10 if minute < 40 else 12), seq + 1
    return rows


def seconds(
    first: float = -17, last: float = 117, step_s: float = 1.0, skip: tuple[float, float] | None = None
) -> pd.DataFrame:
    """Pulse, saturation and respiration of a monitor that speaks every *step_s*; probe off in *skip*."""
    noise = np.random.default_rng(11)
    minutes = np.arange(first, last, step_s / 60)
    off = np.zeros(len(minutes), bool) if skip is None else (minutes >= skip[0]) & (minutes < skip[1])
    wander = np.cumsum(noise.normal(0, 0.12, len(minutes)))
    wander -= np.linspace(0, wander[-1], len(minutes))
    pulse = np.round(
        74 + 4 * np.array([pressor(m) for m in minutes]) + wander + noise.normal(0, 0.8, len(minutes))
    )
    oxygen = np.round(
        97.4
        - 1.2 * np.array([pressor(m) for m in minutes])
        + wander / 6
        + noise.normal(0, 0.05, len(minutes))
    )
    breath = np.round(15 - 1.5 * np.array([pressor(m) for m in minutes]) + noise.normal(0, 0.8, len(minutes)))
    parts = []
    for vital, values in (("spo2_pr", pulse), ("spo2", np.minimum(oxygen, 100.0)), ("resp_rate", breath)):
        blind = off & (vital != "resp_rate")
        when = pd.Timestamp(START) + pd.to_timedelta(minutes, unit="min").round("us")
        parts.append(
            pd.DataFrame(
                {
                    "writer": "a1", "seq": np.arange(len(minutes)), "at": when, "measured_at": when,
                    "vital": vital, "variant": "", "value": np.where(blind, np.nan, values),
                    "unit": UNITS.get(vital, "/min"), "quality": np.where(blind, "invalid", "good"),
                    "reason": np.where(blind, "sensor_off", ""), "source": MONITOR, "entered_by": "",
                    "excluded": False, "superseded_by": "", "uncertain": False, "late_by_s": np.nan,
                }
            )
        )  # fmt: skip
    whole = pd.concat(parts, ignore_index=True).reindex(columns=list(READINGS))
    return whole.astype(dict(READINGS))


def with_seconds(made: Session, stream: pd.DataFrame) -> Session:
    both = pd.concat([stream, made.readings], ignore_index=True) if len(made.readings) else stream
    return replace(made, readings=both.astype(dict(READINGS)))


def quiet() -> Session:
    """Nothing but what is expected: one mild effect that went, one note."""
    events = [
        *infusion(),
        event(12, "effect.report", 3, term="dissociation", severity="mild"),
        event(55, "effect.resolved", 4, term="dissociation"),
        event(20, "effect.none", 5),
        event(62, "note", 6, text="Sat up, drinks water."),
    ]
    return with_seconds(session(cycles(), events), seconds())


def stormy() -> Session:
    """Everything at once: failed, held, excluded, amended, late, by hand, a gap, a pause, grave effects."""
    rows = [
        r for r in cycles(effect=(52, 31)) if not 45 < (r["measured_at"] - START).total_seconds() / 60 < 60
    ]
    rows += cuff(-17.5, 188, 112, 20_000, reason="held", quality="invalid")
    rows += [failed_cuff(m, 20_001 + i) for i, m in enumerate((33, 35, 71))]
    rows += cuff(27, 232, 61, 20_010, excluded=True)
    rows += cuff(48, 118, 70, 20_011, superseded_by="b2:40")
    rows += cuff(48, 168, 97, 40, writer="b2", entered_by="nurse.example")
    rows += cuff(57, 150, 90, 41, writer="b2", source=MANUAL, entered_by="nurse.example", late_by_s=2520)
    rows += cuff(89, 131, 84, 20_012, measured_from=at(83))
    events = [
        event(0, "infusion.start", 1, drug="ketamine", mg=40.0, mg_per_kg=0.5, ml_h=60.0),
        event(22, "infusion.pause", 2, reason="occlusion"),
        event(25, "infusion.rate", 3, ml_h=50.0),
        event(44, "infusion.end", 4),
        event(6, "effect.report", 5, term="dissociation", severity="mild"),
        event(18, "effect.report", 6, term="dissociation", severity="severe", text="does not answer"),
        event(41, "effect.report", 7, term="dissociation", severity="moderate"),
        event(74, "effect.resolved", 8, term="dissociation"),
        event(15, "effect.report", 9, term="bp_increase", severity="moderate"),
        event(60, "effect.resolved", 10, term="bp_increase"),
        event(30, "effect.report", 11, term="nausea", severity="moderate"),
        event(38, "effect.report", 12, term="vomiting", severity="severe", late_by_s=1500.0),
        event(52, "effect.resolved", 13, term="vomiting"),
        event(35, "effect.report", 14, term="perceptual_disturbance", severity="mild"),
        event(66, "effect.resolved", 15, term="perceptual_disturbance"),
        event(95, "effect.report", 16, term="headache", severity="mild"),
        event(23, "note", 17, text="Line kinked at the elbow, pump alarmed; arm straightened, line flushed."),
        event(38.5, "mark", 18, text="Physician called to the room"),
        event(40, "note", 19, text="Vomited once, turned on the side, suction ready."),
        event(77, "note", 20, text="Answers questions, knows where he is."),
        event(50, "amend", 40, summary="a1:20011 118/70 to 168/97: read from the screen, cable was loose"),
        event(51, "exclude", 42, summary="a1:20010 232/61: arm moved during the cycle"),
    ]
    gaps = [{"source": MONITOR, "start": at(60), "end": at(68), "cause": "unplugged"}]
    stream = seconds()
    minutes = (stream["measured_at"] - pd.Timestamp(START)).dt.total_seconds() / 60
    stream = stream[(minutes < 60) | (minutes >= 68)].copy()
    dip = ((minutes > 33) & (minutes < 34.5)) & (stream["vital"] == "spo2")
    stream.loc[dip, "value"] = 79.0
    rows += [reading(m, "ecg_hr", 84 + (m % 5), 30_000 + i, source="ecg") for i, m in enumerate(range(0, 50))]
    return with_seconds(session(rows, events, gaps, banners=("Experimental adapter: monitor",)), stream)


def nearly_empty() -> Session:
    """Opened a moment ago: nothing at all."""
    return session([], [], heads=(Head("a1", 1, "ab" * 32),), state="open", ended_at=None, closed_at=None)


def no_pressure() -> Session:
    return with_seconds(session([], infusion()), seconds())


def one_reading() -> Session:
    return session(cuff(12, 131, 84, 5), infusion())


def probe_off() -> Session:
    """The oximeter's probe is off for an hour."""
    return with_seconds(session(cycles(), infusion()), seconds(skip=(25, 85)))


def demo() -> Session:
    return replace(quiet(), demo=True, banners=("DEMO: simulated monitor, no patient",))


def held_at_opening() -> Session:
    """The cuff value of the patient before is still on the line."""
    held = cuff(-17.8, 188, 112, 9_000, reason="held", quality="invalid")
    return with_seconds(session([*held, *cycles(first=-6)], infusion()), seconds())


def before_only() -> Session:
    """Readings before the infusion and none after it began."""
    return session(cycles(first=-16, last=-5), infusion())


def fourteen_hours() -> Session:
    made = session(cycles(last=830), infusion(), ended_at=at(838))
    return with_seconds(made, seconds(last=836, step_s=5))


def eighty_effects() -> Session:
    terms = (
        "dissociation",
        "nausea",
        "dizziness",
        "headache",
        "anxiety",
        "numbness",
        "sedation",
        "blurred_vision",
    )
    grades = ("mild", "moderate", "severe")
    events = infusion()
    for i in range(80):
        began, term = 2 + i * 1.3, f"{terms[i % 8]} {i // 8}" if i >= 8 else terms[i]
        events.append(event(began, "effect.report", 100 + 2 * i, term=term, severity=grades[i * 7 % 3]))
        if i % 5:
            events.append(event(began + 4 + i % 9, "effect.resolved", 101 + 2 * i, term=term))
        events.append(
            event(began, "note", 400 + i, text=f"Invented note {i}, in the words of whoever was there")
        )
    return with_seconds(session(cycles(), events), seconds())


def extreme_pressure() -> Session:
    return with_seconds(session([*cycles(), *cuff(33, 260, 150, 9_001)], infusion()), seconds())


def long_name() -> Session:
    name = "Παπαδόπουλος-Георгиевская, Αλέξανδρος Ярославович-Ὀδυσσεύς Քրիստափոր"
    return replace(quiet(), identifiers=(name, "born 29 Feb 1944, id 0000-INVENTED-0000"))


EVERY = (
    quiet,
    stormy,
    nearly_empty,
    no_pressure,
    one_reading,
    probe_off,
    demo,
    held_at_opening,
    before_only,
    fourteen_hours,
    eighty_effects,
    extreme_pressure,
    long_name,
)
"""All of them, to be tested and to be looked at."""
