"""The lane of side effects: one row an episode, from its onset to its resolution."""

from __future__ import annotations

from analysis import style
from analysis.effects import Effects, Episode
from analysis.page.axis import LEFT, WIDTH
from analysis.page.content import Content
from analysis.page.frame import draw_columns
from analysis.page.sheet import FRONT, Align, Sheet, width_of
from analysis.wording import at_minute

HEIGHTS = {1: 1.2, 2: 2.2, 3: 3.2}
"""mm of bar for each severity."""


def draw_effects(sheet: Sheet, content: Content, y: float, height: float, rows: int) -> None:
    """Draw the *rows* gravest episodes by their onset; the others are counted and stand on a later page."""
    draw_columns(sheet, content, y, height, left=0)
    effects = content.effects
    if not effects.episodes:
        sheet.text(1, y + 2.4, "Effects", bold=True)
        sheet.text(LEFT + 1, y + height / 2, f"Side effects: {none_text(effects)}", ground=style.WHITE)
        return
    gravest = sorted(effects.episodes, key=lambda e: (-e.worst.grade, e.resolved is not None, e.onset))[:rows]
    pitch = height / rows
    for i, episode in enumerate(sorted(gravest, key=lambda e: (e.onset, e.term))):
        _episode(sheet, content, episode, y + pitch * (i + 0.5))
    if len(effects.episodes) > rows:
        sheet.text(LEFT + WIDTH + 0.8, y + height - 5.4, f"+{len(effects.episodes) - rows} on", bold=True)
        sheet.text(LEFT + WIDTH + 0.8, y + height - 2.0, "page 2", bold=True)
    for row, line in enumerate(("1 mild", "2 moderate", "3 severe")):
        sheet.text(LEFT + WIDTH + 0.8, y + 2.0 + 3.3 * row, line, size=style.TICK_PT, colour=style.DIM)


def none_text(effects: Effects) -> str:
    """Return what "no effect" rests on: asked and none, or nobody asked."""
    if not effects.asked_none:
        return "none recorded; asking not recorded"
    return f"none (asked at {', '.join(map(at_minute, effects.asked_none))} min)"


def _episode(sheet: Sheet, content: Content, episode: Episode, middle: float) -> None:
    axis = content.axis
    ending = episode.resolved
    last = ending if ending is not None else content.last_minute
    stop = max(axis.x(last), axis.x(episode.onset) + 1.0)
    edges = [axis.x(report.minute) for report in episode.reports] + [stop]
    for report, start, end in zip(episode.reports, edges, edges[1:], strict=False):
        tall = HEIGHTS[report.grade]
        sheet.box(start, middle - tall / 2, max(end - start, 0.4), tall, style.EFFECT)
    written = -1e9
    for i, (report, start) in enumerate(zip(episode.reports, edges, strict=False)):
        changed = i == 0 or report.grade != episode.reports[i - 1].grade
        x = start - 0.6 if i == 0 else start + 1.6
        if changed and x - written > 3:
            align: Align = "right" if i == 0 else "center"
            ground = "" if i == 0 else style.WHITE
            sheet.text(x, middle, str(report.grade), bold=True, align=align, ground=ground)
            written = x
    if ending is None:
        sheet.area([(stop, middle - 1.8), (stop + 2.4, middle), (stop, middle + 1.8)], style.EFFECT, FRONT)
    _label(sheet, episode, middle, edges[0] - 4.2, stop + (3.4 if ending is None else 1.2))


def _label(sheet: Sheet, episode: Episode, middle: float, before: float, after: float) -> None:
    """Write the term from the page's left edge, or after the bar where the bar begins too early for that."""
    text = episode.label if episode.resolved is not None else f"{episode.label}, ongoing"
    room_after = LEFT + WIDTH - after
    if width_of(text) <= before or before >= room_after:
        sheet.text(1, middle, text, width=before, ground=style.WHITE)
    else:
        sheet.text(after, middle, text, width=room_after, ground=style.WHITE)
