"""A session that keeps every QA rule, and the words in which a test changes one thing about it.

Minutes count from the first dose: opened at -20, the infusion ends at 40, the patient leaves at 110, the
nurse signs at 120, the physician at 180, the chains are verified at 200, the rules are run at 300.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any, Self

import numpy as np
import pandas as pd
from invented_sessions import cuff, protocol, reading

from analysis.rules import RULES, Answer, Cut, Settled, Verdict
from analysis.rules.context import (
    Approval,
    Context,
    Neighbour,
    Registered,
    User,
    Verification,
)
from analysis.session import EVENTS, GAPS, READINGS, Head, Session, table

START = datetime(2026, 3, 2, 14, 0, tzinfo=UTC)
OPENED, E, X, CLOSED, NOW = -20, 40, 110, 111, 300
NURSE, SECOND, PHYSICIAN = "n.example", "s.example", "p.example"
HEAD = "9c" * 32
DIGEST = "0" * 64
HOUR, DAY = 60, 24 * 60

PASS, FAIL, NA, CANNOT_TELL = Verdict.PASS, Verdict.FAIL, Verdict.NOT_APPLICABLE, Verdict.CANNOT_TELL


def at(minute: float) -> datetime:
    return START + timedelta(minutes=minute)


def iso(minute: float) -> str:
    return at(minute).isoformat()


def day(days: float) -> str:
    """Return the date so many days from the session's."""
    return (date(2026, 3, 2) + timedelta(days=days)).isoformat()


def person(name: str, authenticated: bool = True) -> dict[str, Any]:
    return {"name": name} | ({"authenticated": True} if authenticated else {})


@dataclass(frozen=True, slots=True)
class Word:
    """One record of the session that a test tells of."""

    minute: float
    entered: float
    kind: str
    author: str
    payload: Mapping[str, Any]
    late: bool = False
    called: str = ""
    superseded_by: str = ""


class Told:
    """A session in the making; every word changes it and gives it back."""

    def __init__(self) -> None:
        self.words: list[Word] = []
        self.rows: list[dict[str, Any]] = []
        self.monitor: pd.DataFrame | None = monitor()
        self.protocol = deepcopy(approved())
        self.more: dict[str, Any] = {}
        self.context = Context(
            now=at(NOW),
            users={n: User(n, r, ((at(-DAY), None),)) for n, r in ROLES.items()},
            devices=(Registered("nonin", "Invented 1", "SN-1", "USB-1", date(2026, 3, 2), "room:1"),),
            others=(),
            verification=Verification(at(200), frozenset([HEAD]), "", "system:1"),
            checkpoint=Verification(at(200), frozenset([HEAD]), "", "system:2"),
        )

    # What is on record.

    def says(
        self,
        minute: float,
        kind: str,
        *,
        entered: float | None = None,
        author: str = NURSE,
        late: bool = False,
        called: str = "",
        superseded_by: str = "",
        **payload: Any,
    ) -> Self:
        when = minute if entered is None else entered
        self.words.append(Word(minute, when, kind, author, payload, late, called, superseded_by))
        return self

    def without(self, *kinds: str) -> Self:
        self.words = [word for word in self.words if not word.kind.startswith(kinds)]
        return self

    def with_(self, kind: str, at: float | None = None, **changes: Any) -> Self:
        """Change the payload of every record of a kind, or its time; None takes a field out."""
        self.words = [
            word
            if word.kind != kind
            else replace(
                word,
                minute=word.minute if at is None else at,
                entered=word.entered if at is None else at,
                payload={k: v for k, v in {**word.payload, **changes}.items() if v is not None},
            )
            for word in self.words
        ]
        return self

    def scored(self, minute: float, instrument: str, version: str, **answers: float) -> Self:
        body = {"instrument": instrument, "version": version, "answered_by": "clinician"}
        return self.says(
            minute, "assessment.score", **body, answers={k.strip("_"): v for k, v in answers.items()}
        )

    def without_scores(self, instrument: str) -> Self:
        self.words = [word for word in self.words if word.payload.get("instrument") != instrument]
        return self

    def treated_not(self) -> Self:
        self.without("infusion.", "dose.", "discharge", "effect.", "assessment.")
        return self.says(5, "session.not_treated", reason="ate an hour ago")

    def leaves(self, minute: float) -> Self:
        return self.with_("discharge", at=minute)

    # Readings.

    def cuffs(self, *minutes: float, **more: Any) -> Self:
        """Let these be the only cuff readings."""
        self.rows = [row for row in self.rows if not row["vital"].startswith("nibp")]
        return self.cuff(*minutes, **more)

    def cuff(self, *minutes: float, pressure: tuple[float, float] = (122, 76), **more: Any) -> Self:
        for minute in minutes:
            sys, dia = pressure[0] + len(self.rows) % 7, pressure[1]
            self.rows += cuff(minute, sys, dia, 10_000 + len(self.rows), **more)
        return self

    def reads(self, minute: float, vital: str, value: float | None, **more: Any) -> Self:
        self.rows.append(reading(minute, vital, value, 10_000 + len(self.rows), **more))
        return self

    def without_reads(self, minute: float) -> Self:
        self.rows = [row for row in self.rows if row["measured_at"] != at(minute)]
        return self

    def types(self, minute: float, author: str = NURSE, entered: float | None = None, late: float = np.nan,
              **values: float) -> Self:  # fmt: skip
        when = at(minute if entered is None else entered)
        seq = 20_000 + len(self.rows)
        for vital, value in values.items():
            self.rows.append(
                reading(
                    minute,
                    vital,
                    value,
                    seq,
                    source="manual",
                    entered_by=author,
                    late_by_s=late,
                    **{"at": when},
                )
            )
        return self

    def silent(self, start: float, end: float) -> Self:
        """Let the monitor say nothing after *start* and before *end*."""
        assert self.monitor is not None
        minutes = (self.monitor["measured_at"] - pd.Timestamp(START)).dt.total_seconds() / 60
        self.monitor = self.monitor[(minutes <= start + 1e-9) | (minutes >= end - 1e-9)]
        return self

    def without_readings(self) -> Self:
        self.rows, self.monitor = [], None
        return self

    # The protocol, the session's row, and what stands beside it.

    def limits(self, place: str, **numbers: Any) -> Self:
        """Change numbers of the protocol; None takes one out."""
        here = self.protocol
        for name in place.split("."):
            here = here.setdefault(name, {})
        here |= numbers
        for name in [name for name, value in numbers.items() if value is None]:
            del here[name]
        return self

    def profile(self, id: str) -> Self:
        return self.has(protocol_id=id)

    def schedules(self, phase: str, parameter: str, **changes: Any) -> Self:
        """Change what a phase of the session's profile asks for a parameter; None takes it out."""
        own = self.more.get("protocol_id", "iv_ketamine_40min")
        for each in next(p for p in self.protocol["profile"] if p["id"] == own)["phase"]:
            for schedule in each["schedule"] if each["id"] == phase else ():
                if parameter in schedule["params"]:
                    schedule.update(changes)
                    for name in [name for name, value in changes.items() if value is None]:
                        schedule.pop(name)
        return self

    def asks(self, **fields: Any) -> Self:
        """Change fields of the session's profile; None takes one out."""
        own = next(
            p
            for p in self.protocol["profile"]
            if p["id"] == self.more.get("protocol_id", "iv_ketamine_40min")
        )
        own |= fields
        for name in [name for name, value in fields.items() if value is None]:
            own.pop(name)
        return self

    def has(self, **fields: Any) -> Self:
        self.more |= fields
        return self

    def beside(self, **facts: Any) -> Self:
        self.context = replace(self.context, **facts)
        return self

    def open(self) -> Self:
        return self.has(state="open", closed_at=None, ended_at=None)

    # The session, and what a rule says of it.

    def session(self) -> Session:
        ordered = sorted(self.words, key=lambda word: word.entered)
        names = {word.called: f"b2:{seq}" for seq, word in enumerate(ordered) if word.called}
        rows = [_row(word, seq, names) for seq, word in enumerate(ordered)]
        left = [word.minute for word in ordered if word.kind == "discharge"]
        readings = table(self.rows, READINGS)
        if self.monitor is not None:
            readings = pd.concat([self.monitor, readings], ignore_index=True).astype(dict(READINGS))
        base = Session(
            id="01930000-0000-7000-8000-00000000e002", identifiers=("DEMO, Example", "born 1 Jan 1980"),
            room="1", zone="America/New_York", state="closed", opened_at=at(OPENED),
            ended_at=at(left[-1] if left else CLOSED), closed_at=at(CLOSED), protocol_id="iv_ketamine_40min",
            protocol=self.protocol, readings=readings, events=table(rows, EVENTS), gaps=table([], GAPS),
            heads=(Head("b2", len(rows), HEAD),),
        )  # fmt: skip
        return replace(base, **self.more)

    def answer(self, rule: str) -> Answer:
        try:
            session = self.session()
            if session.state == "open":
                from analysis.rules import judge

                return judge(session, self.context)[rule]
            return RULES[rule].function(Cut(session, self.context))
        except Settled as settled:
            return settled.answer


def _row(word: Word, seq: int, names: Mapping[str, str]) -> dict[str, Any]:
    payload = {"v": 1, **word.payload}
    if payload.get("target") in names:
        payload["target"] = names[payload["target"]]
    if word.kind == "sign" and "heads" not in payload:
        heard = {"writer": "a1", "count": 1_000_000, "digest": HEAD}
        payload["heads"] = [heard, {"writer": "b2", "count": seq, "digest": HEAD}]
    return {
        "writer": "b2", "seq": seq, "at": at(word.entered), "happened_at": at(word.minute), "kind": word.kind,
        "author": word.author, "late_by_s": 60 * (word.entered - word.minute) if word.late else np.nan,
        "summary": word.kind, "superseded_by": names.get(word.superseded_by, word.superseded_by),
        "payload": payload,
    }  # fmt: skip


ROLES = {NURSE: "nurse", SECOND: "nurse", PHYSICIAN: "physician"}
ITEMS = (
    "bp_back", "spo2_room_air", "alert", "gait", "dissociation_resolved", "nausea_minimal", "safety_check",
    "escort_present", "instructions_given", "iv_removed",
)  # fmt: skip


@cache
def approved() -> dict[str, Any]:
    """Return the draft protocol as a clinic might have approved it."""
    loaded = protocol()
    loaded["meta"] |= {"approved_by": "P. Example, physician", "approved_at": "2026-01-01T00:00:00+00:00"}
    return loaded


@cache
def monitor() -> pd.DataFrame:
    """Return saturation, pulse and respiration every ten seconds until the patient leaves."""
    minutes = np.arange(OPENED, X + 1e-9, 1 / 6)
    times = [at(minute) for minute in minutes]
    rows = [
        reading(0, vital, value, seq) | {"at": time, "measured_at": time}
        for vital, value in (("spo2", 97.0), ("spo2_pr", 72.0), ("resp_rate", 14.0))
        for seq, time in enumerate(times)
    ]
    return table(rows, READINGS)


def kept() -> Told:
    """Return a session that keeps every rule that speaks of it."""
    s = Told()
    s.cuffs(-12, -5, 10, 20, 30, 40, 55, 70, 85, 100)
    course = {"id": "C-1", "phase": "induction", "number": 1, "planned": 6}
    s.says(OPENED, "session.open", room="1", patient="INVENTED-1", protocol="iv_ketamine_40min",
           protocol_digest=DIGEST, zone="America/New_York", program="test", course=course)  # fmt: skip
    s.says(OPENED, "clock", author="recorder", event="opened", synchronised=True, by="ntp", max_error_s=0.1)
    s.says(OPENED, "device", source="monitor", event="attached", adapter="nonin", url="/dev/ttyUSB0")
    s.says(OPENED, "link", author="nonin", source="monitor", event="connected", identity="USB-1")
    for minute in (-19, 41, 101):
        s.says(minute, "link", author="nonin", source="monitor", event="device_clock", offset_s=2.0)
    s.says(-19, "staff.present", person=person(NURSE), role="registered_nurse", responsible=True)
    s.says(
        -18, "check.room", **dict.fromkeys(("oxygen", "suction", "airway", "defibrillator", "oximeter"), True)
    )
    s.says(-17, "check.weight", kg=80.0, how="measured", measured_on=day(0), pump_kg=80.0)
    s.scored(-16, "phq9", "phq9-en", **{f"_{i}": 1 for i in range(1, 10)})
    s.says(-15, "dose.ordered", drug="ketamine", route="IV", mg=40.0, ordered_by=person(PHYSICIAN))
    s.says(
        -10,
        "check.identity",
        identifiers=["name", "birth"],
        performed_by=person(NURSE),
        dosing_confirmed=True,
    )
    s.says(
        -8, "dose.drawn", drug="ketamine", mg=50.0, lot="LOT-1", expiry=day(0), second_check_by=person(SECOND)
    )
    s.says(0, "infusion.start", drug="ketamine", mg=40.0)
    s.says(E, "infusion.end")
    s.says(E, "dose.given", drug="ketamine", route="IV", mg=40.0, mg_per_kg=0.5, weight_kg=80.0,
           concentration_mg_ml=10.0, volume_ml=4.0, given_by=person(NURSE))  # fmt: skip
    s.says(
        45,
        "dose.wasted",
        drug="ketamine",
        mg=10.0,
        method="sink",
        wasted_by=person(NURSE),
        witness=person(SECOND),
    )
    s.says(20, "effect.none")
    s.says(22, "effect.report", term="dissociation", severity="mild")
    s.says(60, "effect.resolved", term="dissociation")
    for minute in (-10, 10, 20, 30, 40, 55, 70, 85, 100, 109):
        s.scored(minute, "moaas", "moaas-5", _1=5)
    for minute in (40, 70, 100):
        s.scored(minute, "dissociation", "yes-no", _1=1 if minute == 40 else 0)
    s.says(X, "discharge", items={item: {"answer": "yes"} for item in ITEMS}, decided_by=person(PHYSICIAN),
           role="physician", escort_present=True, instructions_given=True)  # fmt: skip
    s.says(CLOSED, "session.end")
    s.says(120, "sign", meaning="entry_complete", name="N. Example", role="nurse")
    s.says(180, "sign", author=PHYSICIAN, meaning="review", name="P. Example", role="physician")
    return s


def nasal() -> Told:
    """Return a nasal session that keeps every rule: two devices of esketamine, leaving at 125."""
    s = kept().profile("esketamine_nasal").without("infusion.", "dose.").leaves(125)
    s.says(-15, "dose.ordered", drug="esketamine", route="NASAL", mg=56.0, ordered_by=person(PHYSICIAN))
    s.says(-8, "dose.drawn", drug="esketamine", mg=56.0, lot="LOT-2", expiry=day(0))
    for number, minute in enumerate((0, 5), start=1):
        s.says(minute, "dose.device", number=number, drug="esketamine", mg=28.0, lot="LOT-2", expiry=day(0))
    s.asks(self_administered=True).scored(120, "moaas", "moaas-5", _1=5).with_("sign", at=180)
    s.says(124.5, "clock", author="recorder", event="checked", synchronised=True, by="ntp", max_error_s=0.1)
    s.says(190, "rems.submitted", submitted_at=iso(190))
    return s.cuffs(-5, 40, 115).has(closed_at=at(126))


@dataclass(frozen=True, slots=True)
class Case:
    """One session and what a rule says of it."""

    rule: str
    verdict: Verdict
    what: str
    made: Callable[[], Told]

    def __str__(self) -> str:
        return f"{self.rule} {self.verdict}: {self.what}"


def neighbour(start: float, end: float | None, patient: str = "INVENTED-1", *devices: str) -> Neighbour:
    return Neighbour("other", patient, at(start), None if end is None else at(end), frozenset(devices))


def approval(minute: float) -> dict[str, Approval]:
    return {DIGEST: Approval("P. Example", at(minute), "system:3")}
