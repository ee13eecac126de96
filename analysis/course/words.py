"""The course in words: a paragraph a session, and what every figure is. The last sheets print them."""

from __future__ import annotations

from collections.abc import Iterator

from analysis.course.panels import per_kg
from analysis.course.visit import PRESSURES, Answered, Given, Pressure, Visit
from analysis.course.whole import Course, adjacent
from analysis.metrics import Statistic
from analysis.page.about import About
from analysis.wording import DEMO, NOT_RECORDED, change, in_minutes, name_of, number, source_name

UNKNOWN = "can't be told"


def told(visit: Visit) -> str:
    """Return everything that the view has of one session but its name, in one paragraph."""
    return "; ".join([", ".join(standing(visit)), *_parts(visit)])


def standing(visit: Visit) -> list[str]:
    """Return in what state a session is: what is not as usual before what is."""
    said = [DEMO.partition(":")[0]] if visit.demo else []
    if visit.not_treated is not None:
        said.append(f"not treated ({visit.not_treated})")
    elif not visit.treated:
        said.append("no dose on record")
    if visit.moved:
        said.append("entered under another patient first")
    return [*said, visit.state, f"room {visit.room}", f"protocol {visit.protocol}"]


def unusual(visit: Visit) -> str:
    """Return in a word or two what a reader has to know of a session first; empty: it is as usual."""
    if visit.not_treated is not None:
        return "not treated"
    if visit.state == "open":
        return "open"
    return "moved" if visit.moved else "demo" if visit.demo else ""


def _parts(visit: Visit) -> Iterator[str]:
    yield "PHQ-9 " + (NOT_RECORDED if visit.phq9 is None else _phq9(visit.phq9))
    if visit.given:
        yield "given " + " and ".join(map(_dose, visit.given))
    for vital in PRESSURES:
        pressure = visit.pressures.get(vital)
        yield f"{name_of(vital)} " + (NOT_RECORDED if pressure is None else _pressure(pressure))
    counts = ", ".join(f"{n} {name}" for name, n in visit.effects.items())
    yield (
        f"side effects: {counts}, {visit.serious} serious, {visit.ongoing} not resolved"
        if (visit.asked)
        else "side effects: asking not recorded"
    )
    for text, limits in visit.markers.items():
        lasted = ", ".join(
            f"{name_of(one.vital)} {UNKNOWN if one.minutes is None else f'{one.minutes:.0f} min'}"
            for one in limits
        )
        yield f"{text}: {lasted}"
    for word, minute in (("ready", visit.ready), ("left", visit.left)):
        yield f"{word} " + (NOT_RECORDED if minute is None else f"at {in_minutes(minute)}")
    known = (f"{name_of(vital)} {_share(share)}" for vital, share in visit.known.items())
    yield f"known of the time: {', '.join(known)}"
    yield (
        f"failed cycles {visit.failed}, excluded {visit.excluded}, gaps {visit.gaps}, late {visit.late}, "
        f"corrections {visit.corrected}"
    )


def _share(share: float | None) -> str:
    return UNKNOWN if share is None else f"{int(share * 100 + 1e-9)} %"


def _phq9(one: Answered) -> str:
    total = (
        f"without a total (not answered: {', '.join(one.missing)})"
        if one.total is None
        else number(one.total)
    )
    when = "" if one.before_dose else " (answered after the dose)"
    item9, difficulty = (
        "not answered" if answer is None else f"{answer:g}" for answer in (one.item9, one.difficulty)
    )
    return f"{total}{when}, item 9 = {item9}, difficulty = {difficulty}"


def _dose(given: Given) -> str:
    amount = "amount not recorded" if given.mg is None else f"{given.mg:g} mg"
    return f"{given.drug} {amount} {given.route} ({per_kg(given)} mg/kg)"


def _pressure(pressure: Pressure) -> str:
    summary = pressure.summary
    apart = pressure.interval.value
    parts = [
        f"baseline {_value(summary.baseline)} (n {summary.baseline.n})",
        f"highest {_value(summary.peak)} (n {summary.peak.n})",
        f"change {UNKNOWN}" if summary.delta.value is None else f"change {change(summary.delta.value)}",
        "" if apart is None else f"read every {number(apart)} min",
        source_name(summary.peak.source),
    ]
    return ", ".join(part for part in parts if part)


def _value(figure: Statistic) -> str:
    return "none" if figure.value is None else number(figure.value)


def compared(course: Course) -> tuple[str, bool]:
    """Say whether the sessions' highest pressures can be compared; True: say it loudly."""
    if not course.intervals:
        return "Cuff readings were nowhere close enough to say how far apart they were.", False
    if len(course.intervals) == 1:
        apart = number(course.intervals[0][0])
        return (
            f"All were read about every {apart} min. The highest of more readings is higher by cuff noise "
            "alone: compare changes only where n is alike.",
            False,
        )
    groups = "; ".join(
        f"every {number(apart)} min: {columns_said(columns)}" for apart, columns in course.intervals
    )
    return (
        f"NOT READ ALIKE ({groups}, counted from the first): more readings make the highest one higher by "
        "cuff noise alone, so changes of the one and the other do not compare.",
        True,
    )


def about_course(course: Course) -> About:
    """Return the properties of the view's file: which sessions, over which chains; never a name."""
    first, last = course.visits[0].day, course.visits[-1].day
    return About(
        f"Course view, {len(course.visits)} sessions, {first} to {last}",
        "Each session stands for itself; the last pages say all of it in words, as `infusionlog course` does",
        (*(f"session {visit.session}" for visit in course.visits), f"SHA-256 over all heads {course.digest}"),
    )


def columns_said(places: tuple[int, ...]) -> str:
    """Return columns by their numbers, counted from 1: ``1–6, 8``."""
    runs = adjacent(places)
    return ", ".join(f"{run[0] + 1}" if len(run) == 1 else f"{run[0] + 1}–{run[-1] + 1}" for run in runs)


def definitions(course: Course) -> list[str]:
    """Return what every figure of the view is."""
    return [*_response(course), *_of_pressures(course), *COUNTED]


def _response(course: Course) -> Iterator[str]:
    for line in course.responses:
        visit = course.visits[line.of]
        yield (
            f"Response line ({visit.course}): {line.level:g}, that is "
            f"{line.share:.0%} of the course's baseline {number(line.baseline)}, the last PHQ-9 total before "
            f"its first dose ({visit.name}); source: {line.source}."
        )
    drawn = {course.visits[line.of].course for line in course.responses}
    for name in dict.fromkeys(visit.course for visit in course.visits):
        if not name:
            yield (
                "Response line (sessions without a course): none, because nothing says which of them belong "
                "together and so whose PHQ-9 total would be the baseline."
            )
        elif name not in drawn:
            yield f"Response line ({name}): none, because no PHQ-9 total is on record before its first dose."


def _of_pressures(course: Course) -> Iterator[str]:
    summary = next((p.summary for visit in course.visits for p in visit.pressures.values()), None)
    if summary is not None:
        for figure in (summary.baseline, summary.peak):
            yield f"{figure.name}: {figure.definition}."
        yield "change: the session's highest value minus its own baseline; n is of the highest value."
    yield compared(course)[0]


COUNTED = (
    "mg/kg: milligrams given divided by the weight on record; a hatched bar is another drug or route than "
    "the first one's, whose milligrams do not compare.",
    "Side effects: episodes by their worst severity; – where nobody asked and none is on record.",
    "Minutes of a marker: each valid reading holds until the next, at most the protocol's longest gap; "
    "systolic before diastolic.",
    "Known: the share of the time from the dose to the end for which a valid reading stands, by the same "
    "rule; rounded down.",
    "PHQ-9: of each session the last one before the dose (filled), else the first one after it (hollow).",
    "A grey column has no dose on record: what counts from the dose counts from its opening.",
    "Sessions stand in the order of their opening. Nothing joins two of them, and no figure is predicted.",
)
