"""The form of a protocol file: every table and field of ``config/protocols/*.toml``.

`read` takes a file as `tomllib` gives it and refuses what is not of this form; `read_leniently` reads what a
session pinned under an earlier form, and leaves out what it does not know. What tables say of each other
is looked at in `analysis/protocol/checks.py`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, ValidationError

from analysis.protocol.limits import Count, Flag, Metrics, Minutes, Needed, Number, Quality, RuleLimits, Table

Id = Annotated[str, StringConstraints(pattern=r"^\w[\w.-]*$", max_length=60)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000)]
Status = Literal["C", "M", "D"]
"""Of a number: confirmed in a public source, not yet confirmed, or a design default."""

Mode = Literal["at_least_once", "every", "at", "final", "continuous"]
Anchor = Literal["infusion_start", "first_device", "injection", "swallowed"]
Event = Literal[
    "session_open", "infusion_start", "infusion_end", "first_device", "injection", "swallowed", "discharge"
]
NEEDED = Needed()


class Meta(Table):
    """Whose file it is, and who approved it; *approved_by* empty: nobody did.

    *approved_content* is the digest of what was approved, where the program wrote the approval: see
    `content_digest`.
    """

    title: Annotated[str, NEEDED] = ""
    draft_date: Annotated[str, NEEDED] = ""
    approved_by: str = ""
    approved_at: str = ""
    approved_content: Annotated[str, StringConstraints(pattern=r"^([0-9a-f]{64})?$")] = ""
    clinic: str = ""
    locale: str = "en"
    time_basis: Literal["logger_utc_with_monotonic"] = "logger_utc_with_monotonic"
    statement: str = ""


class ParameterTable(Table):
    """One thing to be recorded. *codes*: the vitals or instruments that stand for it, the preferred first."""

    id: Id
    label: Annotated[str, NEEDED] = ""
    kind: Annotated[Literal["intermittent", "continuous", "assessment"] | None, NEEDED] = None
    unit: str = ""
    codes: Text | None = None
    max_display_age_s: Number | None = None
    required: Annotated[Flag, NEEDED] = False


class Schedule(Table):
    """What one phase expects of some parameters; the protocol file explains each *mode*. Minutes."""

    params: tuple[Id, ...] = Field(min_length=1)
    mode: Mode
    window_before_anchor_min: Minutes | None = None
    count: Count | None = None
    preferred_count: Count | None = None
    offset_min: Minutes | None = None
    interval_min: Annotated[float, Field(strict=True, ge=1, le=24 * 60)] | None = None
    at_min: tuple[Minutes, ...] = ()
    tol_before_min: Minutes | None = None
    tol_after_min: Minutes | None = None
    max_gap_min: Minutes | None = None
    window_before_discharge_min: Minutes | None = None
    source: Annotated[str, NEEDED] = ""
    status: Annotated[Status | None, NEEDED] = None


OVERRIDABLE = {name for name in Schedule.model_fields if name.endswith("_min")} - {"at_min"}
"""The fields of a schedule that a profile which extends another may change by themselves."""


class Phase(Table):
    """A stretch of the session, from one event to another: ``pre``, ``infusion``, ``recovery`` ..."""

    id: Id
    label: Annotated[str, NEEDED] = ""
    starts: Event
    ends: Event
    schedule: tuple[Schedule, ...] = ()


class ProfileTable(Table):
    """One way of giving the drug; it may extend another and change single fields of its schedules.

    *source* and *status* are those of the numbers that it overrides.
    """

    id: Id
    label: Annotated[str, NEEDED] = ""
    extends: Id | None = None
    override: dict[str, Number] = Field(default_factory=dict)
    route: Literal["IV", "IM", "SC", "NASAL", "ORAL", "SL"] | None = None
    anchor_event: Anchor | None = None
    self_administered: Flag = False
    expected_duration_min: Minutes | None = None
    min_post_end_min: Minutes | None = None
    min_post_end_unescorted_min: Minutes | None = None
    min_total_min: Minutes | None = None
    device_rest_min: Minutes | None = None
    must_outlast: tuple[Id, ...] = ()
    rems_submit_within_days: Number | None = None
    ask: tuple[Literal["vomited_at"], ...] = ()
    source: str = ""
    status: Status | None = None
    phase: tuple[Phase, ...] = ()


class Severities(Table):
    """What each severity of a side effect means, in the clinic's words."""

    mild: Annotated[str, NEEDED] = ""
    moderate: Annotated[str, NEEDED] = ""
    severe: Annotated[str, NEEDED] = ""


class EffectTable(Table):
    """One side effect of the pick-list."""

    id: Id
    label: Annotated[str, NEEDED] = ""


Bound = Annotated[float, Field(strict=True)]


class LimitTable(Table):
    """One comparison of a review marker; exactly one of the five stands in it."""

    param: Id
    gt: Bound | None = None
    ge: Bound | None = None
    lt: Bound | None = None
    le: Bound | None = None
    rise_ge: Bound | None = None

    def comparisons(self) -> Iterator[tuple[str, float]]:
        """Yield each comparison that is given, with its value."""
        for name in ("gt", "ge", "lt", "le", "rise_ge"):
            value = getattr(self, name)
            if value is not None:
                yield name, value


class MarkerTable(Table):
    """A review marker: true where any of its limits is met."""

    id: Id
    phase: Annotated[str, NEEDED] = ""
    any_of: Annotated[tuple[LimitTable, ...], NEEDED] = Field(default=(), alias="any")
    baseline: Literal["session_baseline"] | None = None
    window_from_anchor_min: Minutes | None = None
    sustained_s: Number | None = None
    sustained_readings: Count | None = None
    text: Annotated[str, NEEDED] = ""
    source: Annotated[str, NEEDED] = ""
    status: Annotated[Status | None, NEEDED] = None
    enabled: Flag = True


class RequiredRecord(Table):
    """Something that has to be on record; *when* names the phases."""

    id: Id
    when: Annotated[str, NEEDED] = ""
    fields: Annotated[tuple[str, ...], NEEDED] = ()
    criterion_values: tuple[Id, ...] = ()
    source: Annotated[str, NEEDED] = ""


class ShownBeside(Table):
    """Which number a discharge item shows beside the baseline: never as a tick."""

    param: Id
    beside: Literal["baseline"] = "baseline"


class DischargeItem(Table):
    """One line of the checklist before the patient leaves; a clinician answers it."""

    id: Id
    text: Annotated[str, NEEDED] = ""
    show: ShownBeside | None = None
    source: Annotated[str, NEEDED] = ""


class DischargeTable(Table):
    """Who decides that a patient leaves, and what they look at."""

    decision_by_role: tuple[Id, ...] = ()
    scores_offered: tuple[Id, ...] = ()
    item: tuple[DischargeItem, ...] = ()


class ProtocolFile(Table):
    """A whole protocol file."""

    form: Annotated[int, Field(strict=True), NEEDED] = Field(default=1, alias="schema")
    meta: Annotated[Meta, NEEDED] = Meta()
    parameter: Annotated[tuple[ParameterTable, ...], NEEDED] = ()
    profile: Annotated[tuple[ProfileTable, ...], NEEDED] = ()
    severity: Severities | None = None
    effect: tuple[EffectTable, ...] = ()
    review_marker: tuple[MarkerTable, ...] = ()
    required_record: tuple[RequiredRecord, ...] = ()
    discharge: DischargeTable = DischargeTable()
    quality: Quality = Quality()
    metrics: Metrics = Metrics()
    qa: RuleLimits = RuleLimits()


def read(loaded: Mapping[str, Any]) -> ProtocolFile:
    """Return a protocol file that is of this form.

    Raises:
        ValidationError: an unknown field, a wrong type, a number out of its range.
    """
    return ProtocolFile.model_validate(loaded)


def content_digest(loaded: Mapping[str, Any]) -> str:
    """Return the SHA-256 of what a file says beside its approval: of its values, not of its comments."""
    meta = {name: value for name, value in loaded.get("meta", {}).items() if not name.startswith("approved_")}
    said = json.dumps({**loaded, "meta": meta}, sort_keys=True, default=str)
    return hashlib.sha256(said.encode()).hexdigest()


def read_leniently(loaded: Mapping[str, Any]) -> tuple[ProtocolFile, tuple[str, ...]]:
    """Return a file without what this form does not take, and where that stood (``qa.R99.within_h``).

    For a text that a session pinned under an earlier form: it is shown as far as it can be read.
    """
    left_out: list[str] = []
    kept: dict[str, Any] = dict(loaded)
    while True:
        try:
            return read(kept), tuple(left_out)
        except ValidationError as error:
            if not left_out:
                kept = deepcopy(kept)
            left_out.append(_without(kept, error.errors()[0]["loc"]))


def _without(kept: Any, place: tuple[int | str, ...]) -> str:
    """Remove what stands at *place*, or the table that lacks it; return where that was."""
    table, depth = kept, 0
    while depth < len(place) - 1 and not _lacks(table, place[depth : depth + 2]):
        table, depth = table[place[depth]], depth + 1
    del table[place[depth]]
    return ".".join(str(part) for part in place[: depth + 1])


def _lacks(table: Any, step: tuple[int | str, ...]) -> bool:
    """Return whether what *table* has at the first of *step* does not have the second."""
    inner = table[step[0]]
    if isinstance(inner, dict):
        return step[1] not in inner
    return not (isinstance(inner, list) and isinstance(step[1], int) and step[1] < len(inner))
