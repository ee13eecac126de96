"""Scores: the answers are stored, totals are computed where they are shown."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from logger.kinds.base import Name, Payload, Stated, Text


class Score(Stated):
    """Answers to an instrument's items; see config/instruments for its items, ranges and arithmetic.

    *version* names the item set or the anchors, because several are about. An answer of None was not given.
    *state*: what period or moment the answers speak of, in words, where it is not the time of the answer.
    """

    instrument: Name
    version: Name
    answers: dict[str, int | float | None] = Field(min_length=1)
    answered_by: Literal["patient", "clinician"]
    state: Text | None = None


ASSESSMENTS: dict[str, type[Payload]] = {"assessment.score": Score}
