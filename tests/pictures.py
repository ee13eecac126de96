"""Draws the page of every invented session into a folder, to be looked at: ``python3 dev.py pictures``."""

from __future__ import annotations

import sys
from pathlib import Path

import invented_extremes
from PIL import Image

from analysis.page import draw_page, save


def main(folder: Path) -> None:
    """Draw each session as PNG, and its first page again as a grey printer would."""
    folder.mkdir(parents=True, exist_ok=True)
    for sample in invented_extremes.EVERY:
        first, *_ = save(draw_page(sample()), folder / f"{sample.__name__}.png")
        Image.open(first).convert("L").save(folder / f"{sample.__name__}-grey.png")
        print(first, flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
