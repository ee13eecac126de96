"""The pinned monitoring protocol as small values: every clinical number that a page, a metric or a rule uses.

Source: a protocol file (``config/protocols/*.toml``) as `tomllib` gives it, and the id of one of its
profiles. A profile may extend another (``extends``) and change single fields of its schedules
(``override``: ``"phase.parameter.field" = value``). A number that the file doesn't have is None here, and
whoever needs it says so; no default stands in the code. What the form of today does not know in a text that
was pinned earlier is left out, and named in `Protocol.left_out`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from analysis.protocol.file import (
    OVERRIDABLE,
    DischargeTable,
    MarkerTable,
    ParameterTable,
    Phase,
    ProfileTable,
    ProtocolFile,
    RequiredRecord,
    Schedule,
    content_digest,
    read_leniently,
)
from analysis.protocol.limits import Metrics, RuleLimits
from devices.errors import UsageError


class UnknownProfile(UsageError):
    """The protocol file has no profile of this id."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One thing to be recorded, and what stands for it, the preferred first.

    *vitals* are names of the vocabulary; of an assessment they are the instruments that record it.
    """

    id: str
    label: str
    kind: str
    vitals: tuple[str, ...]
    max_display_age_s: float | None


@dataclass(frozen=True, slots=True)
class Limit:
    """One comparison of a review marker: *comparison* is ``gt``, ``ge``, ``lt``, ``le`` or ``rise_ge``."""

    vital: str
    comparison: str
    value: float


@dataclass(frozen=True, slots=True)
class Marker:
    """A review marker: true where any of its limits is met. For the finished page only, never live.

    *sustained_s*: for how long in one stretch a limit has to be met; None: one reading is enough.
    """

    id: str
    text: str
    phases: tuple[str, ...]
    limits: tuple[Limit, ...]
    enabled: bool
    window_from_anchor_min: float | None
    source: str
    status: str = ""
    sustained_s: float | None = None


@dataclass(frozen=True, slots=True)
class ReturnBand:
    """How near to the baseline a vital counts as back: *width* in percent or in the vital's unit."""

    width: float
    in_percent: bool
    consecutive: int

    def holds(self, value: float, baseline: float) -> bool:
        """Return whether *value* lies within the band round *baseline*, its edge included."""
        limit = abs(baseline) * self.width / 100 if self.in_percent else self.width
        return abs(value - baseline) <= limit

    def __str__(self) -> str:
        """Return the band in words: ``±10 %``, ``±10 mmHg``."""
        return f"±{self.width:g} {'%' if self.in_percent else 'mmHg'}"


@dataclass(frozen=True, slots=True)
class Protocol:
    """The part of a protocol that a session's page and metrics read.

    Attributes:
        id: of the profile; *label* and *route* are the profile's own.
        approved_by: name and role of whoever approved this copy for the clinic; empty: nobody did, or it was
            changed since.
        profile: everything else that the profile says: its anchor, how long the patient stays.
        effects: label of each side effect, by its term.
        required: what has to be on record. *discharge*: who decides that the patient leaves, on what.
        rules: the limits of the QA rules.
        te_htn_marker: the marker that defines treatment-emergent hypertension; empty: none does.
        changed_since: who had approved the copy that was changed afterwards; empty: it was not.
        left_out: places of the file that are of no form known here.
        late_entry_min: minutes between a stated time and its entry beyond which the entry is late.
        signal_gap_s: seconds without a value that a page shows as a gap.
    """

    id: str
    title: str
    draft_date: str
    label: str
    route: str
    approved_by: str
    approved_at: str
    profile: ProfileTable
    parameters: Mapping[str, Parameter]
    phases: tuple[Phase, ...]
    markers: tuple[Marker, ...]
    effects: Mapping[str, str]
    baseline_window_min: float | None
    return_band: ReturnBand | None
    te_htn_marker: str
    late_entry_min: float | None
    signal_gap_s: float | None
    required: tuple[RequiredRecord, ...]
    discharge: DischargeTable
    rules: RuleLimits
    changed_since: str
    left_out: tuple[str, ...]

    def longest_hold_min(self, parameter: str, phase: str) -> float | None:
        """Return for how many minutes a reading of *parameter* taken in *phase* may stand for the time after.

        It is the phase's ``max_gap_min``: of its ``continuous`` schedule for a continuous parameter, of its
        ``every`` schedule for others; where the profile has none, the parameter's own ``max_display_age_s``.
        None where the protocol says neither.
        """
        known = self.parameters.get(parameter)
        mode = "continuous" if known and known.kind == "continuous" else "every"
        for schedule in self._schedules(phase):
            if parameter in schedule.params and schedule.mode == mode and schedule.max_gap_min is not None:
                return schedule.max_gap_min
        if known is None or known.max_display_age_s is None:
            return None
        return known.max_display_age_s / 60

    def effect_label(self, term: str) -> str:
        """Return the label of a side effect; a term outside the pick-list is its own label."""
        return self.effects.get(term, term)

    def parameter_of(self, vital: str) -> str:
        """Return the parameter that a vital stands for, or the vital's own name where there is none."""
        for parameter in self.parameters.values():
            if vital in parameter.vitals:
                return parameter.id
        return vital

    def _schedules(self, phase: str) -> Iterator[Schedule]:
        for candidate in self.phases:
            if candidate.id == phase:
                yield from candidate.schedule


CUFF_VITALS = ("nibp_sys", "nibp_dia", "nibp_map")
"""What the protocol's one parameter ``nibp`` means in the vocabulary."""


def profile_ids(loaded: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the ids of a protocol file's profiles, in its order."""
    return tuple(profile["id"] for profile in loaded.get("profile", ()))


def read_protocol(loaded: Mapping[str, Any], profile_id: str) -> Protocol:
    """Return the protocol that a session runs under.

    Raises:
        UnknownProfile: *loaded* has no profile *profile_id*, or none that it extends.
    """
    file, left_out = read_leniently(loaded)
    profile = resolved(file, profile_id)
    sealed = file.meta.approved_content
    changed = bool(sealed) and sealed != content_digest(loaded)
    return Protocol(
        id=profile_id,
        title=file.meta.title,
        draft_date=file.meta.draft_date,
        label=profile.label or profile_id,
        route=profile.route or "",
        approved_by="" if changed else file.meta.approved_by,
        approved_at="" if changed else file.meta.approved_at,
        profile=profile,
        parameters={table.id: _parameter(table) for table in file.parameter},
        phases=profile.phase,
        markers=tuple(_marker(table) for table in file.review_marker),
        effects={effect.id: effect.label or effect.id for effect in file.effect},
        baseline_window_min=file.metrics.baseline_window_min,
        return_band=_return_band(file.metrics),
        te_htn_marker=file.metrics.te_htn_marker,
        late_entry_min=file.quality.late_entry_minutes,
        signal_gap_s=file.quality.signal_gap_note_s,
        required=file.required_record,
        discharge=file.discharge,
        rules=file.qa,
        changed_since=file.meta.approved_by if changed else "",
        left_out=left_out,
    )


def resolved(file: ProtocolFile, profile_id: str, seen: tuple[str, ...] = ()) -> ProfileTable:
    """Return a profile as if it stood alone: what it extends, with its own fields and overrides on top.

    Raises:
        UnknownProfile: it or one that it extends is not in the file, or extends itself.
    """
    found = next((profile for profile in file.profile if profile.id == profile_id), None)
    if found is None or profile_id in seen:
        names = ", ".join(profile.id for profile in file.profile) or "none"
        raise UnknownProfile(f"protocol profile {profile_id!r} is not in the protocol file; it has: {names}")
    if found.extends is None:
        return found
    base = resolved(file, found.extends, (*seen, profile_id))
    own = {name: getattr(found, name) for name in found.model_fields_set}
    phases = own.get("phase", base.phase)
    said = {"source": found.source, "status": found.status} if found.source else {}
    for path, value in found.override.items():
        phases = overridden(phases, path, value, said)
    return base.model_copy(update={**own, "phase": phases})


def overridden(
    phases: tuple[Phase, ...], path: str, value: float, said: Mapping[str, object]
) -> tuple[Phase, ...]:
    """Return *phases* with one field changed for one parameter; those that shared its schedule keep it.

    *path* is ``phase.parameter.field``, *said* the source and status of the new value. A schedule that does
    not have the field is left as it is.
    """
    name, parameter, field = (*path.split("."), "", "")[:3]
    return tuple(
        phase.model_copy(
            update={"schedule": tuple(_parted(phase.schedule, parameter, {field: value, **said}, field))}
        )
        if phase.id == name
        else phase
        for phase in phases
    )


def _parted(
    schedules: tuple[Schedule, ...], parameter: str, changes: Mapping[str, object], field: str
) -> Iterator[Schedule]:
    for schedule in schedules:
        if parameter not in schedule.params or field not in schedule.model_fields_set & OVERRIDABLE:
            yield schedule
            continue
        others = tuple(other for other in schedule.params if other != parameter)
        yield schedule.model_copy(update={**changes, "params": (parameter,)})
        if others:
            yield schedule.model_copy(update={"params": others})


def _parameter(table: ParameterTable) -> Parameter:
    names = tuple((table.codes or table.id).split("|"))
    return Parameter(
        table.id,
        table.label or table.id,
        table.kind or "",
        CUFF_VITALS if names == ("nibp",) else names,
        table.max_display_age_s,
    )


def _marker(table: MarkerTable) -> Marker:
    limits = ((one.param, *each) for one in table.any_of for each in one.comparisons())
    return Marker(
        id=table.id,
        text=table.text or table.id,
        phases=tuple(table.phase.split("|")),
        limits=tuple(Limit(*limit) for limit in limits),
        enabled=table.enabled,
        window_from_anchor_min=table.window_from_anchor_min,
        source=table.source,
        status=table.status or "",
        sustained_s=table.sustained_s,
    )


def _return_band(metrics: Metrics) -> ReturnBand | None:
    in_percent = metrics.return_band == "pct"
    width = metrics.return_band_pct if in_percent else metrics.return_band_mmhg
    if metrics.return_band is None or width is None or metrics.return_consecutive is None:
        return None
    return ReturnBand(width, in_percent, metrics.return_consecutive)
