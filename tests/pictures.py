"""Draws every kind of picture of invented records into a folder, to be seen: ``python3 dev.py pictures``."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import invented_audits
import invented_courses
import invented_extremes
from matplotlib.figure import Figure
from PIL import Image

from analysis.course import draw_course
from analysis.page import draw_page, save
from analysis.qa_pictures import draw_pictures
from analysis.screen import draw_screen


def main(folder: Path) -> None:
    """Draw sessions, courses and audits as PNG, and each first page again as a grey printer would."""
    folder.mkdir(parents=True, exist_ok=True)
    for sample in invented_extremes.EVERY:
        made = sample()
        keep(draw_page(made), folder / f"{sample.__name__}.png")
        keep([draw_screen(made)], folder / f"screen-{sample.__name__}.png")
    for course in invented_courses.EVERY:
        keep(draw_course(course()), folder / f"course-{course.__name__}.png")
    for n, per_day in ((1, 1.0), (8, 0.2), (60, 0.5), (300, 1.0), (1000, 3.0)):
        drawn = draw_pictures(invented_audits.sessions(n, per_day=per_day), invented_audits.SAID)
        for name, figures in drawn.items():
            keep(figures, folder / f"audit-{n}-{name}.png")


def keep(figures: Sequence[Figure], path: Path) -> None:
    """Save *figures*, and the first of them again as a grey printer would."""
    first, *_ = save(figures, path)
    Image.open(first).convert("L").save(path.with_name(f"{path.stem}-grey.png"))
    print(first, flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
