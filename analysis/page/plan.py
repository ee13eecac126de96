"""Where each part of the first page stands: what draws it and what is laid over it ask here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from analysis.page.answers import rows_of
from analysis.page.boxes import Row
from analysis.page.content import Content
from analysis.page.foot import FOOTER, SIGNATURES, SignatureBox, signature_boxes, signatures_height
from analysis.page.header import Header, header_of


@dataclass(frozen=True, slots=True)
class Heights:
    """What differs between the papers, in mm."""

    bp: float
    effects: float


HEIGHTS = {"A4": Heights(84, 31.5), "Letter": Heights(76, 22.5)}
HEAD, TABLE = 34.0, 29.6
"""Header and answers where they have their usual height; the table at the foot; in mm."""

EFFECT_ROW, FEWEST_EFFECT_ROWS = 4.5, 2

CLOCK, DOSE, FLAGS, STRIP, DIGITS, MINUTES = 5.0, 8.0, 6.0, 18.0, 13.5, 6.0


@dataclass(frozen=True, slots=True)
class Plan:
    """The first page's parts.

    Attributes:
        bands: top and height of each band on the time axis, in mm from the margin.
        foot: the top of the signatures; the table ends there.
    """

    header: Header
    answers: Sequence[Row]
    signatures: Sequence[SignatureBox]
    bands: Mapping[str, tuple[float, float]]
    foot: float


def plan_of(content: Content, heights: Heights, height: float) -> Plan:
    """Return the plan of a page of *height* mm: what the head needs beyond its place, effects and BP give."""
    header, answers, signatures = header_of(content), rows_of(content), signature_boxes(content)
    y = header.height + sum(row.height for row in answers)
    beyond = y - HEAD + signatures_height(signatures) - SIGNATURES
    effects = max(heights.effects - beyond, EFFECT_ROW * FEWEST_EFFECT_ROWS)
    tall = {
        "clock": CLOCK,
        "dose": DOSE,
        "flags": FLAGS,
        "bp": heights.bp - (beyond - (heights.effects - effects)),
        "heart": STRIP,
        "oxygen": STRIP,
        "digits": DIGITS,
        "effects": effects,
        "minutes": MINUTES,
    }
    bands = {}
    for name, high in tall.items():
        bands[name] = (y, high)
        y += high
    return Plan(header, answers, signatures, bands, height - FOOTER - signatures_height(signatures))
