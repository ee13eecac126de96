"""What is written in the blood pressure panel; no word is put where it would hide a value."""

from __future__ import annotations

from collections.abc import Iterator

from analysis import style
from analysis.cuffs import Cuff
from analysis.page.axis import LEFT, WIDTH
from analysis.page.content import Content
from analysis.page.frame import Panel
from analysis.page.places import Places, round_about
from analysis.page.sheet import FRONT, PT_MM, Sheet, width_of
from analysis.series import MANUAL
from analysis.wording import how_far, number, source_name

CORRECTIONS_AT_MOST = 4
APART = 6.0
"""mm between a mark and its label from which on a thin line joins them; beside it, always."""


def draw_words(sheet: Sheet, content: Content, panel: Panel, places: Places, leading: str) -> None:
    """Write the numbers of the highest, the last, a higher one by hand, and of corrections; held; sources.

    *leading* is the source whose pressures the figures use. What was measured off the axis stands at its
    edge, with its time in words.
    """
    on_axis = [c for c in content.cuffs if content.axis.holds(c.minute)]
    for cuff in content.cuffs:
        if cuff not in on_axis and not cuff.numberless:
            _at_the_edge(sheet, content, panel, places, cuff)
    for cuff, upwards in _to_print(content):
        if cuff not in on_axis:
            continue
        value = cuff.systolic if upwards else cuff.diastolic
        _write(sheet, content, panel, places, cuff, value, str(cuff), bold=True, upwards=upwards)
    for cuff in [c for c in on_axis if c.state == "superseded"][:CORRECTIONS_AT_MOST]:
        _correction(sheet, content, panel, places, cuff)
    for cuff in on_axis:
        if cuff.state in ("held", "invalid") and not cuff.numberless:
            _write(sheet, content, panel, places, cuff, cuff.highest, f"{cuff} {cuff.state}")
        elif cuff.late and cuff.state == "valid":
            _write(sheet, content, panel, places, cuff, cuff.diastolic, "L", upwards=False)
    others = {c.source: c for c in on_axis if c.source not in (leading, MANUAL) and c.state == "valid"}
    for source, cuff in others.items():
        _write(sheet, content, panel, places, cuff, cuff.systolic, source_name(source))


def _at_the_edge(sheet: Sheet, content: Content, panel: Panel, places: Places, cuff: Cuff) -> None:
    """Write a cycle that was measured off the axis at that edge; without room, a later page has it."""
    early = cuff.minute < content.axis.start
    state = "" if cuff.state == "valid" else f" {'replaced' if cuff.state == 'superseded' else cuff.state}"
    text = f"{cuff}{state}, {how_far(cuff.minute)}"
    text = f"← {text}" if early else f"{text} →"
    width = width_of(text) + 0.8
    x = LEFT + 1 + width / 2 if early else LEFT + WIDTH - 1 - width / 2
    level = panel.y(cuff.highest)
    heights = [level + step for way in range(14) for step in (2.0 * way, -2.0 * way)]
    spot = places.free(width, style.BODY_PT * PT_MM + 0.2, [(x, y) for y in heights])
    if spot is not None:
        sheet.text(*spot, text, colour=style.DIM, align="center", ground=style.WHITE)


def _to_print(content: Content) -> Iterator[tuple[Cuff, bool]]:
    """Yield the cycles whose numbers are printed, once each, and whether above their systolic."""
    summary, low = content.summaries.get("nibp_sys"), content.summaries.get("nibp_dia")
    valid = [c for c in content.cuffs if c.state == "valid" and c.systolic is not None]
    if summary is None or not valid:
        return
    highest = next((c for c in valid if c.reference in summary.peak.records), None)
    last = next((c for c in reversed(valid) if c.reference in summary.last.records), None)
    by_hand = max((c for c in valid if c.source == MANUAL), key=lambda c: c.systolic or 0, default=None)
    if by_hand is not None and (by_hand.systolic or 0) <= (summary.peak.value or 0):
        by_hand = None
    lowest = None
    if low is not None and highest is not None and highest.reference not in low.peak.records:
        first = low.peak.records[:1]
        lowest = next((c for c in content.cuffs if c.state == "valid" and c.reference in first), None)
    printed: list[Cuff] = []
    for cuff, upwards in ((highest, True), (by_hand, True), (last, False), (lowest, False)):
        if cuff is not None and cuff not in printed:
            printed.append(cuff)
            yield cuff, upwards


def _correction(sheet: Sheet, content: Content, panel: Panel, places: Places, old: Cuff) -> None:
    """Write the replaced numbers struck through, and what replaced them: ``185 → 158``."""
    new = next(
        (
            c
            for c in content.cuffs
            if c.state == "valid" and c.source == old.source and abs(c.minute - old.minute) < 1e-6
        ),
        None,
    )
    gone = _numbers(old, old)
    whole = f"{gone} → {_numbers(new, old)}" if new is not None else gone
    for said, value, upwards in (
        (whole, old.highest, True),
        (whole, old.diastolic, False),
        (gone, old.highest, True),
    ):
        spot = _write(sheet, content, panel, places, old, value, said, upwards=upwards)
        if spot is not None:
            left, y = spot[0] - width_of(said) / 2, spot[1]
            sheet.line([(left, y), (left + width_of(gone), y)], style.STRUCK, FRONT + 1)
            return


def _numbers(cuff: Cuff, changed: Cuff) -> str:
    """Return the pressures of *cuff* that *changed* has."""
    if changed.diastolic is None:
        return "–" if cuff.systolic is None else number(cuff.systolic)
    if changed.systolic is None:
        return f"dia {number(cuff.diastolic)}" if cuff.diastolic is not None else "dia –"
    return str(cuff)


def _write(
    sheet: Sheet,
    content: Content,
    panel: Panel,
    places: Places,
    cuff: Cuff,
    value: float | None,
    text: str,
    *,
    bold: bool = False,
    upwards: bool = True,
) -> tuple[float, float] | None:
    """Write *text* near a cycle's *value* where it hides nothing and return its middle.

    None where the panel has no room at all: the table and the later pages have the numbers.
    """
    x, y = content.axis.x(cuff.minute), panel.y(cuff.highest if value is None else value)
    width = width_of(text, bold=bold) + 0.8
    spot = places.free(width, style.BODY_PT * PT_MM + 0.2, round_about(x, y, width, upwards))
    if spot is None:
        return None
    if abs(spot[1] - y) > APART or abs(spot[0] - x) > width / 4:
        towards = 1 if spot[1] < y else -1
        sheet.line([(spot[0], spot[1] + towards * 1.4), (x, y - towards * 2.2)], style.SECOND)
    colour = style.BLACK if bold or len(text) == 1 else style.DIM
    sheet.text(*spot, text, bold=bold, colour=colour, align="center", ground=style.WHITE)
    return spot
