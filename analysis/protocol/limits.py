"""The limits of a protocol file that are no schedule: for data quality, metrics and the QA rules.

Every number that a metric or a rule compares with stands in the file, so that a clinic can set and sign it.
A number that the file does not have is None here, and whoever needs it says so; no default stands in the
code.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Number = Annotated[float, Field(strict=True, ge=0)]
Minutes = Annotated[float, Field(strict=True, ge=0, le=7 * 24 * 60)]
Count = Annotated[int, Field(strict=True, ge=1)]
Share = Annotated[float, Field(strict=True, ge=0, le=1)]
Flag = Annotated[bool, Field(strict=True)]


class Needed:
    """Marks a field without which a table of a protocol file says too little."""


class Table(BaseModel):
    """A table of a protocol file: known fields only, numbers that are numbers."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Quality(Table):
    """From when on import and audit remark on an entry, a clock or a value."""

    late_entry_minutes: Number | None = None
    clock_offset_warn_s: Number | None = None
    clock_offset_fail_s: Number | None = None
    signal_gap_note_s: Number | None = None
    nibp_min_separation_s: Number | None = None
    spo2_step_artifact_pct: Number | None = None
    hr_sources_disagree_bpm: Number | None = None
    dose_volume_balance_mg: Number | None = None


class Metrics(Table):
    """How the figures of a page come about; *te_htn_marker*: the marker that defines that hypertension."""

    baseline_window_min: Minutes | None = None
    return_band: Literal["pct", "mmhg"] | None = None
    return_band_pct: Number | None = None
    return_band_mmhg: Number | None = None
    return_consecutive: Count | None = None
    te_htn_marker: str = ""


class CoverageLimits(Table):
    """R09: which share of the time a continuous value covers, and its longest gap."""

    min_coverage: Share | None = None
    max_gap_s: Number | None = None


class WeightLimits(Table):
    """R16: how far two weights may differ, and how old one may be."""

    max_weight_difference_kg: Number | None = None
    max_weight_age_d: Number | None = None


class DoseLimits(Table):
    """R17: how far written and computed milligrams per kilogram may differ."""

    max_mg_per_kg_difference: Number | None = None


class WithinMinutes(Table):
    """R22, R42: minutes within which something follows."""

    within_min: Number | None = None


class WithinHours(Table):
    """R27, R43, R60: hours within which something follows."""

    within_h: Number | None = None


class WithinDays(Table):
    """R49: days within which something is done."""

    within_d: Number | None = None


class DepressionLimits(Table):
    """R48: how old a depression score may be before the first session, or before *each_session*."""

    within_d: Number | None = None
    each_session: Flag = False


class MarkerLimits(Table):
    """R23, R24: off unless the clinic's approved copy turns it on: what follows a marker, and within what."""

    enabled: Flag = False
    marker: str = ""
    repeat_within_min: Number | None = None
    entry_within_min: Number | None = None


class LateLimits(Table):
    """R31: the share of entries that may be late."""

    max_late_share: Share | None = None


class ExclusionLimits(Table):
    """R35: the share of readings that may be excluded, and how one-sided they may be."""

    max_excluded_share: Share | None = None
    one_sided_share: Share | None = None


class ClockLimits(Table):
    """R36: how old a device's offset may be, how far it may move, and the logger's own clock."""

    offset_age_h: Number | None = None
    offset_change_s: Number | None = None
    logger_note_s: Number | None = None
    logger_fail_s: Number | None = None


class IdentityLimits(Table):
    """R37: which share of the automatic readings a registered device has to stand behind."""

    min_identified_share: Share | None = None


class RegularityLimits(Table):
    """R41: when values typed by hand are too regular."""

    identical_in_a_row: Count | None = None
    digit_preference_share: Share | None = None
    digit_preference_n: Count | None = None


class ReviewLimits(Table):
    """R44: within what a physician reviews; *signer_may_have_entered* is true for a solo physician."""

    within_h: Number | None = None
    signer_may_have_entered: Flag = False


class SupervisionLimits(Table):
    """R50: the roles in the session of which somebody is there all the time."""

    roles: tuple[str, ...] = ()


class DowntimeLimits(Table):
    """R51: the longest time without a logger that needs no entry."""

    max_interval_s: Number | None = None


class OpenLimits(Table):
    """R57: for how long a session may stay open."""

    max_open_h: Number | None = None


class RuleLimits(Table):
    """The limits of the QA rules, each by its rule's number; a rule that has none is not here."""

    R09: CoverageLimits = CoverageLimits()
    R16: WeightLimits = WeightLimits()
    R17: DoseLimits = DoseLimits()
    R22: WithinMinutes = WithinMinutes()
    R23: MarkerLimits = MarkerLimits()
    R24: MarkerLimits = MarkerLimits()
    R27: WithinHours = WithinHours()
    R31: LateLimits = LateLimits()
    R35: ExclusionLimits = ExclusionLimits()
    R36: ClockLimits = ClockLimits()
    R37: IdentityLimits = IdentityLimits()
    R41: RegularityLimits = RegularityLimits()
    R42: WithinMinutes = WithinMinutes()
    R43: WithinHours = WithinHours()
    R44: ReviewLimits = ReviewLimits()
    R48: DepressionLimits = DepressionLimits()
    R49: WithinDays = WithinDays()
    R50: SupervisionLimits = SupervisionLimits()
    R51: DowntimeLimits = DowntimeLimits()
    R57: OpenLimits = OpenLimits()
    R60: WithinHours = WithinHours()
