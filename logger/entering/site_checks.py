"""A site check: what a person read from a device's own screen, compared with what was logged of it.

Nothing of the log is shown while values are typed. What becomes of it: `logger.entering.site_results`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from devices.contract import Adapter
from devices.vocabulary import NIBP, Vital
from logger.clock import SECOND, moment
from logger.kinds import CheckedValue, Link, ReadingPayload
from logger.ledger.models import Written

Step = Literal["cuff", "spo2", "held", "failed", "cable"]

NEEDED: Mapping[Step, int] = {"cuff": 10, "spo2": 10, "held": 1, "failed": 1, "cable": 1}
"""How many of each have to agree: ten cycles of the cuff, ten saturations, one of each event."""

WITHIN: Mapping[Step, float] = {"cuff": 300.0, "spo2": 10.0, "failed": 300.0, "cable": 300.0}
"""Seconds before the typing within which it has to be logged: a screen shows its last cuff cycle for minutes,
a saturation for a second, and a person needs some to read and type."""

AFTER = 5 * SECOND
"""Microseconds after the typing within which a record may still come: a monitor may speak every 5 s."""

SAME = 0.5
"""How far a logged number may be from the whole one that a screen shows."""

ON_SCREEN = ("display", "")
"""Variants of a saturation that a screen shows; the first that a record has is the one compared."""


@dataclass(frozen=True, slots=True)
class Typed:
    """What a person typed: *shown* are systolic and diastolic, a saturation, or nothing for an event.

    *at*: microseconds UTC on the session's clock. *again*: instead of the one before, which was mistyped.
    """

    step: Step
    at: int
    shown: tuple[float, ...] = ()
    again: bool = False

    @property
    def text(self) -> str | None:
        """Return it as a person types it: ``121/75``."""
        return "/".join(f"{number:g}" for number in self.shown) or None


def steps_for(adapter: Adapter) -> tuple[Step, ...]:
    """Return the steps that a device's check has, by what its adapter reads; without a value to type none."""
    cuff: tuple[Step, ...] = ("cuff", "held", "failed") if Vital.NIBP_SYS in adapter.vitals else ()
    oximeter: tuple[Step, ...] = ("spo2",) if Vital.SPO2 in adapter.vitals else ()
    return (*cuff[:1], *oximeter, *cuff[1:], "cable") if cuff or oximeter else ()


# What was logged of one device, as a check looks at it.


@dataclass(frozen=True, slots=True)
class _Cycle:
    at: int
    taken: int
    values: tuple[float | None, ...]
    reason: str | None
    ref: str


@dataclass(frozen=True, slots=True)
class _Logged:
    cycles: tuple[_Cycle, ...]
    saturations: tuple[tuple[int, float, str], ...]
    links: tuple[tuple[int, str, str], ...]


def _logged(records: Iterable[Written], source: str) -> _Logged:
    cycles: list[_Cycle] = []
    saturations: list[tuple[int, float, str]] = []
    links: list[tuple[int, str, str]] = []
    for record in records:
        if record.kind == "link":
            link = Link.model_validate_json(record.payload)
            if link.source == source:
                links.append((record.at, link.event, record.ref))
        elif record.kind == "reading" and f'"source":"{source}"' in record.payload:
            said = ReadingPayload.model_validate_json(record.payload)
            cycles += _cycles(record, said)
            shown = _on_screen(said)
            if shown is not None:
                saturations.append((record.at, shown, record.ref))
    return _Logged(tuple(cycles), tuple(saturations), tuple(links))


def _on_screen(said: ReadingPayload) -> float | None:
    """Return the saturation of a record that stood on the screen, None where it was not good or not there."""
    found = {one.variant: one for one in said.readings if one.vital == Vital.SPO2}
    first = next((variant for variant in (*ON_SCREEN, *found) if variant in found), None)
    return None if first is None or found[first].quality != "good" else found[first].value


def _cycles(record: Written, said: ReadingPayload) -> Iterator[_Cycle]:
    """Yield the cuff cycles of a record that are no repeats, each with its systolic and diastolic."""
    for variant in dict.fromkeys(one.variant for one in said.readings if one.vital == Vital.NIBP_SYS):
        values = {one.vital: one for one in said.readings if one.vital in NIBP and one.variant == variant}
        systolic, diastolic = values[Vital.NIBP_SYS], values.get(Vital.NIBP_DIA)
        if not systolic.repeat:
            numbers = (systolic.value, diastolic.value if diastolic else None)
            taken = systolic.measured_at
            at = round(taken.timestamp() * SECOND) if taken else record.at
            yield _Cycle(record.at, at, numbers, systolic.reason, record.ref)


# The comparison.


def compare(records: Iterable[Written], source: str, typed: Sequence[Typed]) -> tuple[CheckedValue, ...]:
    """Return each value that was *typed* with what was logged of the device *source*, and whether they agree.

    A cuff cycle counts once, and so does a record of a saturation: the same typed twice proves one.
    """
    logged = _logged(records, source)
    used: dict[Step, set[str]] = {step: set() for step in LOOK}
    found: list[CheckedValue] = []
    taken = set[str]()
    for one in typed:
        if one.again:  # what was mistyped is meant
            used[one.step] -= taken
        said = LOOK[one.step](logged, one, used[one.step])
        taken = set(said.refs) - used[one.step]
        used[one.step] |= taken
        found.append(said)
    return tuple(found)


def _said(one: Typed, agrees: bool, why: str | None, logged: str | None, *refs: str) -> CheckedValue:
    return CheckedValue(
        step=one.step,
        at=moment(one.at),
        typed=one.text,
        logged=logged,
        refs=refs,
        agrees=agrees,
        why=None if agrees else why,
        again=one.again,
    )


def _window(one: Typed, at: int) -> bool:
    return one.at - WITHIN[one.step] * SECOND <= at <= one.at + AFTER


def _cuff(logged: _Logged, one: Typed, used: set[str]) -> CheckedValue:
    """Compare with the last cycle before the typing, or with one whose record came a moment after it."""
    numbered = [c for c in logged.cycles if None not in c.values and c.reason != "held"]
    before = [cycle for cycle in numbered if cycle.at <= one.at]
    last = sorted(before, key=lambda cycle: (cycle.taken, cycle.at))[-1:]
    shown = last + [cycle for cycle in numbered if one.at < cycle.at <= one.at + AFTER]
    shown = [cycle for cycle in shown if _window(one, cycle.taken)]
    if not shown:
        return _said(one, False, f"no cycle was logged in the {WITHIN['cuff']:g} s before", None)
    anew = [cycle for cycle in shown if cycle.ref not in used]
    if not anew:
        return _said(one, False, "the same cycle as before", _text(shown[0].values), shown[0].ref)
    found = next((cycle for cycle in anew if _same(cycle.values, one.shown)), anew[0])
    return _said(one, _same(found.values, one.shown), "other numbers", _text(found.values), found.ref)


def _spo2(logged: _Logged, one: Typed, used: set[str]) -> CheckedValue:
    near = [found for found in logged.saturations if _window(one, found[0])]
    if not near:
        return _said(one, False, f"nothing was logged in the {WITHIN['spo2']:g} s before", None)
    equal = [found for found in near if _same((found[1],), one.shown)]
    anew = [found for found in equal if found[2] not in used]
    _, value, ref = min(anew or equal or near, key=lambda found: abs(found[0] - one.at))
    why = "the same record as before" if equal else "another number"
    return _said(one, bool(anew), why, _text((value,)), ref)


def _held(logged: _Logged, one: Typed, used: set[str]) -> CheckedValue:
    held = [c for c in logged.cycles if c.reason == "held" and c.at <= one.at + AFTER]
    equal = [cycle for cycle in held if _same(cycle.values, one.shown)]
    if not held:
        return _said(one, False, "no value was held", None)
    found = (equal or held)[-1]
    return _said(one, bool(equal), "another value was held", _text(found.values), found.ref)


def _failed(logged: _Logged, one: Typed, used: set[str]) -> CheckedValue:
    failed = [c for c in logged.cycles if c.reason == "failed" and _window(one, c.at)]
    why = f"no failed cycle was logged in the {WITHIN['failed']:g} s before"
    return _said(one, bool(failed), why, "failed" if failed else None, *(c.ref for c in failed[-1:]))


def _cable(logged: _Logged, one: Typed, used: set[str]) -> CheckedValue:
    near = [link for link in logged.links if _window(one, link[0])]
    gone = next((link for link in near if link[1] in ("lost", "silent")), None)
    back = next((link for link in near if gone and link[1] == "heard" and link[0] >= gone[0]), None)
    if gone is None or back is None:
        why = "the line was not seen to end" if gone is None else "the device was not heard again"
        return _said(one, False, f"{why} in the {WITHIN['cable']:g} s before", None)
    return _said(one, True, None, f"{gone[1]}, heard", gone[2], back[2])


LOOK: Mapping[Step, Callable[[_Logged, Typed, set[str]], CheckedValue]] = {
    "cuff": _cuff,
    "spo2": _spo2,
    "held": _held,
    "failed": _failed,
    "cable": _cable,
}


def _same(values: Sequence[float | None], shown: Sequence[float]) -> bool:
    return len(values) == len(shown) and all(
        value is not None and abs(value - number) <= SAME for value, number in zip(values, shown, strict=True)
    )


def _text(values: Sequence[float | None]) -> str:
    return "/".join("-" if value is None else f"{value:g}" for value in values)


def lacking(values: Sequence[CheckedValue], steps: Iterable[Step]) -> tuple[str, ...]:
    """Return what keeps a check from passing, in words; nothing where it has passed.

    Of each step enough have to agree, and none may disagree but one that was typed again and then agrees.
    """
    lacks = []
    for step in steps:
        own = [value for value in values if value.step == step]
        agree = sum(value.agrees for value in own)
        wrong = sum(
            not value.agrees and not (later is not None and later.again and later.agrees)
            for value, later in zip(own, [*own, None][1:], strict=True)
        )
        if agree < NEEDED[step]:
            lacks.append(f"{step}: {agree} of {NEEDED[step]}")
        if wrong:
            lacks.append(f"{step}: {wrong} not as logged")
    return tuple(lacks)
