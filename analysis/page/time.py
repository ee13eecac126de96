"""The rows that say when: clock, dose as it was given, numbered events, minutes."""

from __future__ import annotations

from dataclasses import replace
from zoneinfo import ZoneInfo

from analysis import style
from analysis.page.axis import LEFT, WIDTH
from analysis.page.content import Content
from analysis.page.frame import draw_columns
from analysis.page.sheet import AREA, FRONT, Sheet, shrunk, width_of
from analysis.pumps import Pump
from analysis.timeline import DoseStep
from analysis.wording import NO_DOSE, how_far

ANCHORS = {
    "start": "the infusion started",
    "device": "the first nasal device",
    "injection": "the injection",
    "swallowed": "the dose was swallowed",
}
"""What minute 0 is, by the step that gave the first dose."""

MOST_PUMPS = 2
"""Pumps whose line has a place below the dose; all of them stand on the next page."""
PUMP_ROOM = 40.0
"""mm that a pump's rates have at least, where it ran to the end of the axis."""

NO_DOSE_AT_MOST = 70
"""Characters of the reason for no dose that page 1 has room for; page 2 has it whole."""

POLE = 1.6
"""Where a flag's pole stands, in mm from its left edge."""


def draw_clock(sheet: Sheet, content: Content, y: float, height: float) -> None:
    """Draw the clinic's wall clock over the plots; where it was put forward or back, with the offsets."""
    sheet.text(0, y + height / 2, "Clock", colour=style.DIM)
    ticks = content.axis.ticks(content.axis.major)
    changes = len({content.offset(minute) for minute in ticks}) > 1
    before = ""
    for minute in ticks:
        x, offset = content.axis.x(minute), content.offset(minute)
        if LEFT + 3 < x < LEFT + WIDTH - 3:
            middle = y + (1.3 if changes else height / 2)
            sheet.text(x, middle, content.clock(minute), size=style.TICK_PT, align="center")
            if changes and offset != before:
                sheet.text(x, y + 3.5, offset, size=style.TICK_PT, align="center", ground=style.WHITE)
            before = offset
        sheet.line([(x, y + height - 0.8), (x, y + height)], style.FRAME)


def draw_minutes(sheet: Sheet, content: Content, y: float, height: float) -> None:
    """Draw the minutes under the plots, and what they count from."""
    for minute in content.axis.ticks(content.axis.major):
        x = content.axis.x(minute)
        sheet.line([(x, y), (x, y + 0.8)], style.FRAME)
        sheet.text(x, y + 2.2, f"{minute:g}".replace("-", "−"), size=style.TICK_PT, align="center")
    since = f"minutes since {_anchor(content)}"
    sheet.text(LEFT + WIDTH / 2, y + 4.9, since, colour=style.DIM, align="center")


def _anchor(content: Content) -> str:
    """Return what the minutes count from."""
    given = given_doses(content)
    if not given:
        said = "on record" if content.not_treated is None else "given"
        return f"the opening of the session (no dose {said})"
    zero = content.timeline.zero.astimezone(ZoneInfo(content.session.zone))
    day = "" if content.axis.holds(0) else f"{zero:%d %b} "
    return f"{ANCHORS[given[0].step]} ({day}{content.clock(0)})"


def draw_dose(sheet: Sheet, content: Content, y: float, height: float) -> None:
    """Draw when the drug ran, with what was entered written in it; pauses are white."""
    draw_columns(sheet, content, y, height)
    _draw_pumps(sheet, content, y + height)
    sheet.text(0, y + height / 2, "Dose")
    timeline, axis = content.timeline, content.axis
    middle = y + height / 2 - (1.0 if any(pump.ran for pump in content.pumps) else 0.0)
    if not timeline.anchored:
        said = no_dose(content)
        sheet.text(LEFT + 1, middle, said, bold=True, ground=style.WHITE, width=WIDTH - 2)
        return
    flows = timeline.flows
    first, stop = axis.x(0), axis.x(0)
    if flows:
        stop = axis.x(flows[-1].end if flows[-1].end is not None else content.last_minute)
        sheet.box(first, y + 1, stop - first, height - 2, style.PAUSE, AREA)
    for flow in flows:
        start, end = axis.x(flow.start), axis.x(flow.end if flow.end is not None else content.last_minute)
        sheet.box(start, y + 1, end - start, height - 2, style.DOSE, AREA)
    for step in timeline.dose:
        if step.step == "rate":
            x = axis.x(step.minute)
            sheet.line([(x, y + 1), (x, y + height - 1)], style.FRAME, FRONT)
    texts = _dose_words(content)
    inside = width_of(texts[0]) <= stop - first - 2
    x = first + 1 if inside else stop + 1.2
    room = stop - first - 2 if inside else LEFT + WIDTH - x - 1
    if room < 25:
        x = LEFT + 1 if axis.end < 0 else first + 1
        room = LEFT + WIDTH - x - 1
    said = next((text for text in texts if width_of(text, style.TICK_PT) <= room), texts[-1])
    sheet.text(x, middle, said, shrunk(said, room, style.BODY_PT, style.TICK_PT), width=room)


def _dose_words(content: Content) -> list[str]:
    """Return what may be written in the dose's row, the longest first: with rates, without, amounts alone."""
    timeline, doses = content.timeline, given_doses(content)
    said = "; ".join(dose_text(step) for step in doses)
    rates = [
        f"{s.ml_h:g} ml/h at {s.minute:.0f} min"
        for s in timeline.dose
        if s.step == "rate" and s.ml_h is not None
    ]
    bare = "; ".join(dose_text(replace(step, ml_h=None, mg_per_kg=None)) for step in doses)
    begun = sum(step.mg or 0.0 for step in doses)
    given = sum(amount.mg or 0.0 for amount in content.doses.given)
    other = content.doses.basis == "dose.given" and abs(begun - given) > 1e-6
    end = f"; given {given:g}\u00a0mg" if other else ""
    if timeline.flows and timeline.flows[-1].end is None:
        end += " (end not recorded)"
    texts = [", ".join([said, *rates]) + end, said + end, bare + end]
    if not content.axis.holds(0):
        far = how_far(-timeline.minute(content.session.opened_at))
        told = [f"{text}, {far} the opening" for text in texts]
        texts = [f"{text} →" if content.axis.end < 0 else f"← {text}" for text in told]
    return texts


def _draw_pumps(sheet: Sheet, content: Content, y: float) -> None:
    """Draw a thin line for each pump where it said that it ran, with its rates: its word, not the dose's."""
    ran = [pump for pump in content.pumps if pump.ran]
    shown, more = ran[:MOST_PUMPS], len(ran[MOST_PUMPS:])
    if not shown:
        return
    for n, pump in enumerate(shown):
        level = y - 1.0 - 0.9 * n
        for flow in pump.ran:
            sheet.line([(content.axis.x(m), level) for m in (flow.start, flow.end)], style.PUMP, FRONT)
    ends = [flow.end for pump in shown for flow in pump.ran]
    ends += [flow.end for flow in content.timeline.flows if flow.end is not None]
    x = min(content.axis.x(max(ends)) + 1.2, LEFT + WIDTH - PUMP_ROOM)
    said = "; ".join(_pump_text(pump, alone=len(content.pumps) == 1) for pump in shown)
    said += f" (+{more}, page 2)" if more else ""
    sheet.text(x, y - 1.3, said, style.TICK_PT, width=LEFT + WIDTH - x - 1, ground=style.WHITE)


def _pump_text(pump: Pump, alone: bool) -> str:
    rates = " → ".join(f"{rate:g}" for rate in pump.rates)
    name = "pump" if alone else pump.name
    return f"{name}: {rates}\u00a0ml/h" if rates else f"{name}: rate not told"


def no_dose(content: Content) -> str:
    """Return what a session without a dose says: that none was given, and why, or that none is on record."""
    if content.not_treated is None:
        return f"{NO_DOSE} on record"
    said = f"{NO_DOSE} given: {content.not_treated}"
    return said if len(said) <= NO_DOSE_AT_MOST else f"{NO_DOSE} given (reason on page 2)"


def given_doses(content: Content) -> list[DoseStep]:
    """Return the steps that gave a dose: the first, and each later one with an amount or another drug.

    A start without either, after a pause, goes on with what ran before.
    """
    starts = [
        step for step in content.timeline.dose if step.step in ("start", "device", "injection", "swallowed")
    ]
    again = [step for step in starts[1:] if step.mg is not None or step.drug not in (None, starts[0].drug)]
    return starts[:1] + again


def dose_text(step: DoseStep) -> str:
    """Return one dose in words: ``ketamine 40 mg, 0.5 mg/kg, 60 ml/h``; what was not entered is left out.

    A change of the rate alone names no drug.
    """
    if step.step == "rate" and step.drug is None and step.mg is None and step.ml_h is not None:
        return f"{step.ml_h:g}\u00a0ml/h"
    amount = f"{step.drug or 'drug not recorded'}" + (f" {step.mg:g}\u00a0mg" if step.mg is not None else "")
    more = [f"{step.mg_per_kg:g}\u00a0mg/kg"] if step.mg_per_kg is not None else []
    more += [f"{step.ml_h:g}\u00a0ml/h"] if step.ml_h is not None else []
    return ", ".join([amount, *more])


def draw_flags(sheet: Sheet, content: Content, y: float, height: float) -> None:
    """Draw the numbers of events at their times; those that stand too close share one flag."""
    sheet.text(0, y + height / 2, "Events")
    groups: list[list[int]] = []
    right = -1e9
    for event in content.numbered:
        left = content.axis.x(event.minute) - POLE
        if groups and left < right + 0.4:
            groups[-1].append(event.number)
            left = content.axis.x(content.numbered[groups[-1][0] - 1].minute) - POLE
        else:
            groups.append([event.number])
        right = left + width_of(_flag(groups[-1])) + 1.2
    for group in groups:
        x, width = content.axis.x(content.numbered[group[0] - 1].minute), width_of(_flag(group)) + 1.2
        left = min(x - POLE, LEFT + WIDTH - width)
        sheet.line([(x, y + height - 1.6), (x, y + height)], style.STRUCK)
        sheet.box(left, y + 0.6, width, height - 2.2, style.FLAG, FRONT)
        sheet.text(left + width / 2, y + height / 2 - 0.5, _flag(group), align="center")


def _flag(numbers: list[int]) -> str:
    return f"{numbers[0]}" if len(numbers) == 1 else f"{numbers[0]}–{numbers[-1]}"
