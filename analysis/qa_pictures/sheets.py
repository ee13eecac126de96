"""What all of QA's pictures share: a sheet with its title, what it was made of, and the statement."""

from __future__ import annotations

from dataclasses import dataclass

from analysis import style
from analysis.audit import Judged
from analysis.page.sheet import DRAWN_WIDTH, PAPERS, Sheet, wrapped
from analysis.style import TICK_PT
from analysis.wording import CHART_STATEMENT

HEAD, FOOT = 14.0, 9.5
"""mm above and below what a picture draws."""


@dataclass(frozen=True, slots=True)
class Made:
    """What pictures are made of: the sessions that were judged, and a line that says by what and when.

    *left_out*: how many sessions could not be judged.
    """

    judged: tuple[Judged, ...]
    said: str
    left_out: int = 0

    @property
    def real(self) -> tuple[Judged, ...]:
        """Return the sessions that count: no demonstrations."""
        return tuple(one for one in self.judged if not one.demo)

    def counted(self) -> str:
        """Return how many sessions there are, and which of them count nowhere."""
        demos = len(self.judged) - len(self.real)
        parts = [f"{len(self.real)} sessions counted" if len(self.real) != 1 else "1 session counted"]
        parts += [f"{demos} demonstrations in no denominator"] if demos else []
        parts += [f"{self.left_out} could not be judged"] if self.left_out else []
        return ", ".join(parts)


def begin(made: Made, title: str, subtitle: str) -> Sheet:
    """Return a sheet with its title, the number of sessions and the statement; free from `HEAD` mm on."""
    sheet = Sheet(PAPERS["A4"])
    sheet.text(0, 2.4, title, style.TITLE_PT, bold=True)
    sheet.text(0, 6.8, f"{made.counted()}.")
    sheet.text(0, 10.4, subtitle, width=DRAWN_WIDTH)
    y = sheet.height - FOOT + 2.4
    for line in [*wrapped(CHART_STATEMENT, DRAWN_WIDTH, TICK_PT), made.said]:
        sheet.text(0, y, line, TICK_PT, width=DRAWN_WIDTH)
        y += 2.9
    return sheet


def number_pages(sheets: list[Sheet]) -> list[Sheet]:
    """Write on each sheet which one it is of how many."""
    for number, sheet in enumerate(sheets, start=1):
        sheet.text(DRAWN_WIDTH, 2.4, f"page {number} of {len(sheets)}", align="right")
    return sheets
