"""Published figures beside simulated ones."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from logger.cli.options import AsJson, say, say_json, writing


def literature(
    seed: Annotated[int | None, typer.Option("--seed", metavar="N", help="Of the patients.")] = None,
    patients: Annotated[
        int | None, typer.Option("--patients", metavar="N", min=2, max=100_000, help="How many.")
    ] = None,
    as_json: AsJson = False,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE.png|svg|pdf", help="Draw it too.")
    ] = None,
) -> None:
    """Show why published rises of the blood pressure differ: one simulated cohort by their statistics.

    It simulates patients and touches no record. Every figure of its own is marked SIMULATED.

    Example: infusionlog literature --out literature.png
    """
    from analysis.literature import as_json as told
    from analysis.literature import draw, lines, simulated
    from analysis.literature.published import published
    from analysis.page import UnknownPicture, save

    if out is not None and out.suffix.lower() not in (".png", ".svg", ".pdf"):
        raise UnknownPicture(f"{out.name}: a picture ends in .png, .svg or .pdf")
    plan = published().cohort
    found = simulated(plan.seed if seed is None else seed, plan.patients if patients is None else patients)
    if as_json:
        say_json(told(found))
    else:
        for line in lines(found):
            say(line)
    if out is not None:
        with writing(out):
            save([draw(found)], out)
