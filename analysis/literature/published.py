"""What papers report of the rise of the blood pressure, and which of it is simulated beside it.

Source: ``config/literature.toml``. A paper's number comes with the statistic that it is, and with whether it
was confirmed against the source's own text.
"""

from __future__ import annotations

import tomllib
from enum import StrEnum
from functools import cache

from pydantic import BaseModel, ConfigDict

from devices.vocabulary import config_folder


class Kind(StrEnum):
    """The statistics that papers report."""

    CHANGE_AT = "change_at"
    LARGEST_MEAN_CHANGE = "largest_mean_change"
    MEAN_OF_PEAKS = "mean_of_peaks"
    TE_HTN = "te_htn"
    MARKER = "marker"


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Cohort(_Table):
    """How the cohorts are simulated, where nothing else is asked for: minutes, mmHg, a protocol's profile."""

    seed: int
    patients: int
    cuff_sd: float
    before_min: tuple[float, ...]
    step_min: float
    until_min: float
    protocol: str


class Asked(_Table):
    """One figure to be computed: a reading every *interval_min* to *until_min*, with or without the drug."""

    id: str
    statistic: Kind
    interval_min: float
    until_min: float
    at_min: float = 0.0
    marker: str = ""
    drug: bool = True


class Study(_Table):
    """One published figure, in mmHg, a share of patients in percent, or what was *said* in words.

    *beside* names the simulated figure of the same statistic; empty: there is none.
    """

    study: str
    n: str
    statistic: str
    tag: str
    systolic: float | None = None
    systolic_sd: float | None = None
    systolic_span: str = ""
    diastolic: float | None = None
    diastolic_sd: float | None = None
    diastolic_span: str = ""
    share: float | None = None
    share_span: str = ""
    said: str = ""
    beside: str = ""


class Published(_Table):
    """The whole file."""

    cohort: Cohort
    simulated: tuple[Asked, ...]
    study: tuple[Study, ...]


@cache
def published() -> Published:
    """Return the published figures, and how what stands beside them is simulated."""
    return Published.model_validate(tomllib.loads((config_folder() / "literature.toml").read_text("utf-8")))
