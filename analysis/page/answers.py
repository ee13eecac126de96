"""The eight answers that a physician looks for first."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from analysis.doses import Amount
from analysis.metrics import Statistic, in_session
from analysis.page.boxes import Answer, Row, draw_rows, laid
from analysis.page.content import Content, Numbered
from analysis.page.counts import corrected_count, excluded_count, failed_count, late_count
from analysis.page.effects import none_text
from analysis.page.sheet import Sheet
from analysis.page.time import dose_text, given_doses, no_dose
from analysis.scores import Rating
from analysis.silences import gap_count
from analysis.wording import NOT_RECORDED, at_minute, change, in_minutes, listed, number, source_name

NAMES_AT_MOST = 3
SHORT = 30
"""Characters that an intervention may have to stand in its box; a longer one stands there by its number."""


def rows_of(content: Content) -> tuple[Row, Row]:
    """Return the eight answers as they will be drawn: two rows of 9.5 mm, or more where they say more."""
    return laid(_first_row(content)), laid(_second_row(content))


def answers_of(content: Content) -> list[Answer]:
    """Return the answers in the order in which the page has them."""
    return [*_first_row(content), *_second_row(content)]


def draw_answers(sheet: Sheet, rows: Sequence[Row], y: float) -> None:
    """Draw the answers from *y* down."""
    draw_rows(sheet, rows, y)


def _first_row(content: Content) -> list[Answer]:
    return [
        _extreme(content, "nibp_sys", "highest systolic"),
        _extreme(content, "nibp_dia", "highest diastolic"),
        _extreme(content, "spo2", "lowest SpO2"),
        Answer("", (_sedation(content), *_dissociation(content))),
        Answer("", _held_up(content)),
    ]


def _second_row(content: Content) -> list[Answer]:
    states = [cuff.state for cuff in content.cuffs]
    gaps = gap_count([*content.silences, *(blank for found in content.blanks.values() for blank in found)])
    quality = (
        f"gaps {gaps}, cuff failed {failed_count(content)}",
        f"cuff held {states.count('held')}, excluded {excluded_count(content)}",
        f"late {late_count(content)}, corrections {corrected_count(content)}",
    )
    return [_effects(content), _dose(content), _last(content), Answer("", quality)]


def _sedation(content: Content) -> str:
    rated = _rated(content, "moaas")
    if not rated:
        return f"MOAA/S: {_none(content, 'moaas')}"
    lowest = min(rated, key=lambda rating: (rating.value, rating.minute))
    return f"lowest MOAA/S: {lowest.said} {_at(lowest.minute)}, n\u00a0{len(rated)}"


def _dissociation(content: Content) -> list[str]:
    """Return the highest of each scale by its name: numbers of two scales are not compared."""
    rated = _rated(content, "dissociation")
    if not rated:
        return [f"dissociation: {_none(content, 'dissociation')}"]
    scales = dict.fromkeys(rating.scale for rating in rated)
    lines = []
    for scale in scales:
        of_it = [rating for rating in rated if rating.scale == scale]
        top = max(of_it, key=lambda rating: (rating.value, -rating.minute))
        said = top.said if scale == "yes/no" else f"{scale} {top.said} of\u00a0{top.span[1]:g}"
        where = f"{_at(top.minute)}, n\u00a0{len(of_it)}"
        lines.append(f"{'highest ' if scale != 'yes/no' else ''}dissociation: {said} {where}")
    return lines


def _at(minute: float) -> str:
    return f"at {in_minutes(minute)}".replace(" ", "\u00a0")


def _rated(content: Content, measures: str) -> list[Rating]:
    return [r for r in content.ratings if r.measures == measures and content.in_session(r.minute)]


def _none(content: Content, measures: str) -> str:
    before = any(rating.measures == measures for rating in content.ratings)
    return f"none after the {_zero(content)}" if before else NOT_RECORDED


def _zero(content: Content) -> str:
    return "dose" if content.timeline.anchored else "opening"


def _held_up(content: Content) -> tuple[str, str]:
    pauses = [at_minute(step.minute) for step in content.timeline.dose if step.step == "pause"]
    paused = f"{len(pauses)} at {listed(pauses, NAMES_AT_MOST)} min" if pauses else "none recorded"
    done = [event for event in content.numbered if event.kind in ("intervention", "medication")]
    said = listed([_intervention(content, event) for event in done], NAMES_AT_MOST)
    return f"interruptions: {paused}", f"interventions: {f'{len(done)}: {said}' if done else 'none recorded'}"


def _intervention(content: Content, event: Numbered) -> str:
    text = event.short if len(event.short) <= SHORT else f"event\u00a0{event.number}"
    return f"{text} at\u00a0{at_minute(event.minute)}"


def _effects(content: Content) -> Answer:
    effects = content.effects
    serious = list({s.criterion: None for s in effects.serious})
    said = [f"serious: yes, {listed(serious, NAMES_AT_MOST)}"] if serious else []
    loud = "; ".join([*said, *_stated(content)])
    if not effects.episodes:
        big = "0" if effects.asked_none else "–"
        return Answer(big, ("side effects:", none_text(effects)), loud)
    worst = max(effects.episodes, key=lambda e: (e.worst.grade, -e.onset)).worst
    grave = list({e.label: None for e in effects.episodes if e.worst.grade == worst.grade})
    lines = [f"effects, worst: {worst.severity}", listed(grave, NAMES_AT_MOST)]
    return Answer(
        str(len(effects.episodes)), (*lines, *([] if serious else ["serious: none recorded"])), loud
    )


def _stated(content: Content) -> list[str]:
    """Return what the last score of each instrument says beside its total: ``PHQ-9 item 9 = 1``."""
    last = {each.instrument: each.scored for each in content.scores if each.scored is not None}
    lines = []
    for scored in last.values():
        given = ((item, scored.answers.get(item)) for item in scored.version.shown)
        lines += [f"{scored.version.name} item {item} = {answer:g}" for item, answer in given if answer]
        if scored.level not in (None, "none"):
            lines.append(f"{scored.version.name}: {scored.level}")
    return lines


def _dose(content: Content) -> Answer:
    doses = content.doses
    if not content.timeline.anchored and not doses.given:
        return Answer("", (no_dose(content), _ordered(content)))
    if doses.basis == "dose.given":
        given = [amount_text(amount) for amount in doses.given]
    else:
        given = [dose_text(step) for step in given_doses(content)]
    return Answer("", (f"given: {listed(given, NAMES_AT_MOST)}", _ordered(content)))


def _ordered(content: Content) -> str:
    doses = content.doses
    if not doses.ordered:
        return f"ordered: {NOT_RECORDED}"
    if doses.as_ordered:
        return "as ordered"
    reasons = [amount.reason for amount in doses.given if amount.reason]
    why = (
        f" ({reasons[0]})"
        if reasons and len(reasons[0]) <= SHORT
        else " (reason on page 2)"
        if reasons
        else ""
    )
    said = [amount_text(amount) for amount in doses.standing]
    return f"ordered: {listed(said, NAMES_AT_MOST)}{why if doses.given else ''}"


def amount_text(amount: Amount, *, per_kg: bool = True) -> str:
    """Return one amount in words: ``ketamine 40 mg, 0.5 mg/kg``; the latter computed, else as written."""
    said = amount.drug or "drug not recorded"
    if amount.mg is not None:
        said += f" {amount.mg:g}\u00a0mg"
    share = amount.per_kg if amount.per_kg is not None else amount.mg_per_kg
    return said if share is None or not per_kg else f"{said}, {round(share, 3):g}\u00a0mg/kg"


def _last(content: Content) -> Answer:
    unresolved = list({episode.label: None for episode in content.effects.ongoing})
    ongoing = listed(unresolved, NAMES_AT_MOST) or ("none" if content.effects.episodes else "none recorded")
    leaving = content.leaving
    left = NOT_RECORDED if leaving is None else _at(leaving.minute)
    last = f"last set{' before leaving' if leaving is not None else ''}: {_last_set(content)}"
    return Answer("", (last, f"unresolved: {ongoing}", f"discharge: {left}"))


def _extreme(content: Content, vital: str, label: str) -> Answer:
    summary = content.summaries.get(vital)
    lowest = vital == "spo2"
    parameter = content.protocol.parameter_of(vital)
    figure = None if summary is None else summary.lowest if lowest else summary.peak
    other = _elsewhere(content, vital, figure, lowest)
    if summary is None or figure is None or figure.value is None:
        before = summary is not None and summary.n_readings.n > 0
        return Answer(
            "–",
            (
                label,
                f"none after the {_zero(content)}" if before else content.without(parameter),
            ),
            other,
        )
    minute = (summary.t_lowest if lowest else summary.t_peak).value
    moved = "no baseline" if summary.baseline.value is None else change(figure.value - summary.baseline.value)
    if other:
        return Answer(
            number(figure.value),
            (label, f"at\u00a0{minute:.0f}\u00a0min, {moved}, n\u00a0{figure.n}"),
            other,
        )
    return Answer(number(figure.value), (label, f"at {minute:.0f} min", f"{moved}, n {figure.n}"))


def _elsewhere(content: Content, vital: str, figure: Statistic | None, lowest: bool) -> str:
    """Return the more extreme value of another source, which no figure merges: ``by hand 171 at 31 min``."""
    sign = -1 if lowest else 1
    own = -np.inf if figure is None or figure.value is None else sign * figure.value
    end = np.inf if content.timeline.end is None else content.timeline.end
    best, said = own, ""
    for series in content.series.values():
        chosen = in_session(series, end)
        if series.vital != vital or (figure and series.source == figure.source) or not chosen.any():
            continue
        i = int(np.argmax(sign * series.x[chosen]))
        value = float(series.x[chosen][i])
        if sign * value > best:
            best = sign * value
            said = f"{source_name(series.source)} {number(value)} at\u00a0{series.t[chosen][i]:.0f}\u00a0min"
    return said


def _last_set(content: Content) -> str:
    """Return the last cycle of the source that the figures use, and the last saturation, with their minutes.

    The two pressures are of one cycle: the last systolic and the last diastolic need not be.
    """
    end = np.inf if content.timeline.end is None else content.timeline.end
    main, oxygen = content.main.get("nibp_sys"), content.summaries.get("spo2")
    source = "" if main is None else main.source
    cycles = [
        c
        for c in content.cuffs
        if c.state == "valid" and c.source == source and c.minute <= end and not content.astride(c)
    ]
    parts = [f"BP {cycles[-1]} at\u00a0{at_minute(cycles[-1].minute)}"] if cycles else []
    if oxygen is not None and oxygen.last.value is not None and oxygen.t_last.value is not None:
        parts.append(f"SpO2 {number(oxygen.last.value)} at\u00a0{at_minute(oxygen.t_last.value)}")
    rated = [r for r in content.ratings if r.measures == "moaas" and r.minute <= end]
    if rated:
        parts.append(f"MOAA/S {rated[-1].said} at\u00a0{at_minute(rated[-1].minute)}")
    return ", ".join(parts) or NOT_RECORDED
