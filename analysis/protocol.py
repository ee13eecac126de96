"""The pinned monitoring protocol as small values: every clinical number that a page or a metric uses.

Source: a protocol file (``config/protocols/*.toml``) as `tomllib` gives it, and the id of one of its
profiles. A profile may extend another (``extends``) and change single fields of its schedules
(``override``: ``"phase.parameter.field" = value``). A number that the file doesn't have is None here, and
whoever needs it says so; no default stands in the code.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from devices.errors import UsageError


class UnknownProfile(UsageError):
    """The protocol file has no profile of this id."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One thing to be recorded, and the vitals of the vocabulary that stand for it, the preferred first."""

    id: str
    label: str
    kind: str
    vitals: tuple[str, ...]
    max_display_age_s: float | None


@dataclass(frozen=True, slots=True)
class Schedule:
    """What one phase expects of some parameters; *mode* as the protocol file explains it. Minutes."""

    parameters: tuple[str, ...]
    mode: str
    max_gap_min: float | None = None
    window_before_anchor_min: float | None = None
    interval_min: float | None = None
    at_min: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Phase:
    """A stretch of the session: ``pre``, ``infusion``, ``recovery``, ``observation``."""

    id: str
    label: str
    starts: str
    ends: str
    schedules: tuple[Schedule, ...]


@dataclass(frozen=True, slots=True)
class Limit:
    """One comparison of a review marker: *comparison* is ``gt``, ``ge``, ``lt``, ``le`` or ``rise_ge``."""

    vital: str
    comparison: str
    value: float


@dataclass(frozen=True, slots=True)
class Marker:
    """A review marker: true where any of its limits is met. For the finished page only, never live."""

    id: str
    text: str
    phases: tuple[str, ...]
    limits: tuple[Limit, ...]
    enabled: bool
    window_from_anchor_min: float | None
    source: str


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
        approved_by: name and role of whoever approved this copy for the clinic; empty: nobody did.
        effects: label of each side effect, by its term.
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
    parameters: Mapping[str, Parameter]
    phases: tuple[Phase, ...]
    markers: tuple[Marker, ...]
    effects: Mapping[str, str]
    baseline_window_min: float | None
    return_band: ReturnBand | None
    late_entry_min: float | None
    signal_gap_s: float | None

    def longest_hold_min(self, parameter: str, phase: str) -> float | None:
        """Return for how many minutes a reading of *parameter* taken in *phase* may stand for the time after.

        It is the phase's ``max_gap_min``: of its ``continuous`` schedule for a continuous parameter, of its
        ``every`` schedule for others; where the profile has none, the parameter's own ``max_display_age_s``.
        None where the protocol says neither.
        """
        known = self.parameters.get(parameter)
        mode = "continuous" if known and known.kind == "continuous" else "every"
        for schedule in self._schedules(phase):
            if (
                parameter in schedule.parameters
                and schedule.mode == mode
                and schedule.max_gap_min is not None
            ):
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
                yield from candidate.schedules


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
    profile = _resolved(loaded, profile_id)
    meta, metrics, quality = (loaded.get(part, {}) for part in ("meta", "metrics", "quality"))
    parameters = {p["id"]: _parameter(p) for p in loaded.get("parameter", ())}
    return Protocol(
        id=profile_id,
        title=str(meta.get("title", "")),
        draft_date=str(meta.get("draft_date", "")),
        label=str(profile.get("label", profile_id)),
        route=str(profile.get("route", "")),
        approved_by=str(meta.get("approved_by", "")),
        approved_at=str(meta.get("approved_at", "")),
        parameters=parameters,
        phases=tuple(_phase(phase) for phase in profile.get("phase", ())),
        markers=tuple(_marker(marker) for marker in loaded.get("review_marker", ())),
        effects={effect["id"]: effect.get("label", effect["id"]) for effect in loaded.get("effect", ())},
        baseline_window_min=_number(metrics, "baseline_window_min"),
        return_band=_return_band(metrics),
        late_entry_min=_number(quality, "late_entry_minutes"),
        signal_gap_s=_number(quality, "signal_gap_note_s"),
    )


def _resolved(loaded: Mapping[str, Any], profile_id: str, seen: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return the profile as if it stood alone: what it extends, with its own fields and overrides on top."""
    found = next((p for p in loaded.get("profile", ()) if p.get("id") == profile_id), None)
    if found is None or profile_id in seen:
        names = ", ".join(profile_ids(loaded)) or "none"
        raise UnknownProfile(f"protocol profile {profile_id!r} is not in the protocol file; it has: {names}")
    if "extends" not in found:
        return dict(found)
    base = _resolved(loaded, found["extends"], (*seen, profile_id))
    own = {key: value for key, value in found.items() if key not in ("extends", "override")}
    merged = {**base, **own}
    for path, value in found.get("override", {}).items():
        phase, parameter, field = path.split(".")
        merged["phase"] = [
            _overridden(p, parameter, field, value) if p["id"] == phase else p for p in merged["phase"]
        ]
    return merged


def _overridden(phase: Mapping[str, Any], parameter: str, field: str, value: Any) -> dict[str, Any]:
    """Return *phase* with one field changed for one parameter; those that shared its schedule keep it."""
    schedules: list[Mapping[str, Any]] = []
    for schedule in phase.get("schedule", ()):
        if parameter not in schedule["params"] or field not in schedule:
            schedules.append(schedule)
            continue
        others = [p for p in schedule["params"] if p != parameter]
        schedules.append({**schedule, "params": [parameter], field: value})
        if others:
            schedules.append({**schedule, "params": others})
    return {**phase, "schedule": schedules}


def _phase(phase: Mapping[str, Any]) -> Phase:
    schedules = tuple(
        Schedule(
            tuple(s["params"]),
            s["mode"],
            _number(s, "max_gap_min"),
            _number(s, "window_before_anchor_min"),
            _number(s, "interval_min"),
            tuple(float(minute) for minute in s.get("at_min", ())),
        )
        for s in phase.get("schedule", ())
    )
    return Phase(phase["id"], phase.get("label", phase["id"]), phase["starts"], phase["ends"], schedules)


def _parameter(parameter: Mapping[str, Any]) -> Parameter:
    names = str(parameter.get("codes", parameter["id"])).split("|")
    return Parameter(
        id=parameter["id"],
        label=str(parameter.get("label", parameter["id"])),
        kind=str(parameter.get("kind", "")),
        vitals=CUFF_VITALS if names == ["nibp"] else tuple(names),
        max_display_age_s=_number(parameter, "max_display_age_s"),
    )


def _marker(marker: Mapping[str, Any]) -> Marker:
    return Marker(
        id=marker["id"],
        text=str(marker.get("text", marker["id"])),
        phases=tuple(str(marker.get("phase", "")).split("|")),
        limits=tuple(limit for any_of in marker.get("any", ()) for limit in _limits(any_of)),
        enabled=bool(marker.get("enabled", True)),
        window_from_anchor_min=_number(marker, "window_from_anchor_min"),
        source=str(marker.get("source", "")),
    )


def _limits(any_of: Mapping[str, Any]) -> Sequence[Limit]:
    return [Limit(any_of["param"], key, float(value)) for key, value in any_of.items() if key != "param"]


def _return_band(metrics: Mapping[str, Any]) -> ReturnBand | None:
    kind = metrics.get("return_band")
    width, consecutive = _number(metrics, f"return_band_{kind}"), _number(metrics, "return_consecutive")
    if width is None or consecutive is None:
        return None
    return ReturnBand(width, kind == "pct", int(consecutive))


def _number(table: Mapping[str, Any], key: str) -> float | None:
    return None if table.get(key) is None else float(table[key])
