"""One small picture: how each statistic spreads over the same simulated patients, and what papers said."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis import style
from analysis.literature.cohort import VITALS
from analysis.literature.published import published
from analysis.literature.simulated import Simulated
from analysis.literature.telling import TAGS, rise

WIDTH, HEIGHT = 7.6, 4.5  # inches
MIDDLE, MOST = (25, 75), (5, 95)
"""Percentiles of patients: the box, and the line through it."""

KEY = (
    "box: half of the patients; line: 5th to 95th percentile; dot: mean; diamond: published mean\n"
    + "; ".join(f"[{tag}] {said}" for tag, said in TAGS.items())
)


def draw(found: Sequence[Simulated]) -> Figure:
    """Return the systolic changes of every figure that each patient has one of."""
    shown = [one for one in found if len(one.each)]
    with mpl.rc_context(style.RC):
        figure = Figure(figsize=(WIDTH, HEIGHT), layout="constrained")
        axes = figure.add_subplot()
        for row, one in enumerate(shown):
            _draw_row(axes, row, one)
        _draw_published(axes, shown)
        axes.axvline(0, color=style.GREY, linewidth=0.8, zorder=0)
        axes.set_yticks(range(len(shown)), [_label(one) for one in shown])
        axes.set_ylim(len(shown) - 0.4, -0.6)
        axes.set_xlabel("systolic change from the baseline, mmHg")
        axes.set_title(
            f"SIMULATED: the same {found[0].n} patients (seed {found[0].seed}), by statistic and interval",
            loc="left",
        )
        axes.spines[["top", "right", "left"]].set_visible(False)
        axes.tick_params(axis="y", length=0)
        figure.text(
            0.995,
            0.005,
            KEY,
            ha="right",
            va="bottom",
            fontsize=style.TICK_PT,
            color=style.DIM,
        )
        figure.get_layout_engine().set(rect=(0, 0.08, 1, 0.92))  # type: ignore[union-attr,call-arg]
    return figure


def _draw_row(axes: Axes, row: int, one: Simulated) -> None:
    low, high = np.percentile(one.each, MIDDLE)
    least, most = np.percentile(one.each, MOST)
    colour = style.BLUE if one.asked.drug else style.GREY
    axes.plot([least, most], [row, row], color=colour, linewidth=0.9, zorder=1)
    axes.barh(row, high - low, left=low, height=0.42, color=style.WHITE, edgecolor=colour, zorder=2)
    mean = one.changes[VITALS[0]].mean
    axes.plot(mean, row, marker="o", markersize=5, color=colour, zorder=3)
    axes.annotate(rise(mean), (most, row), (4, 0), textcoords="offset points", va="center", color=style.BLACK)


def _draw_published(axes: Axes, shown: Sequence[Simulated]) -> None:
    rows = {one.asked.id: row for row, one in enumerate(shown)}
    for study in published().study:
        if study.beside in rows and study.systolic is not None:
            row = rows[study.beside]
            axes.plot(
                study.systolic,
                row + 0.42,
                marker="D",
                markersize=5,
                markerfacecolor=style.WHITE,
                markeredgecolor=style.BLACK,
                zorder=4,
            )
            name = study.study.split(",")[0] + (", placebo" if "placebo" in study.study else "")
            axes.annotate(
                f"{name} {study.systolic:+} [{study.tag}]",
                (study.systolic, row + 0.42),
                (6, -1),
                textcoords="offset points",
                va="center",
                fontsize=style.TICK_PT,
                color=style.DIM,
                zorder=4,
            )


def _label(one: Simulated) -> str:
    drug = "" if one.asked.drug else "no drug: "
    return f"{drug}{one.definition}\n{one.readings} readings, every {one.asked.interval_min:g} min"
