"""Rules about devices and clocks: who spoke, by what time, and whether anybody listened."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

import numpy as np

from analysis.rules.context import Registered
from analysis.rules.cut import Cut, beyond, refs
from analysis.rules.verdict import Answer, cannot_tell, failed, not_applicable, passed, rule, told
from analysis.series import MANUAL

FEW = 20
"""How many records of one kind are named as evidence; their number is told."""

BY_LOGGER = frozenset({"link", "clock", "unread", "storage", "session.resume", "session.pause"})
"""Kinds beside readings that the logger writes by itself."""


@rule(
    "R36",
    "Clock offset",
    2,
    "11.10(e)",
    "qa.R36.offset_age_h",
    "qa.R36.offset_change_s",
    "qa.R36.logger_note_s",
    "qa.R36.logger_fail_s",
)
def clocks_known(c: Cut) -> Answer:
    """The offset of each device that tells a time is known and steady, and so is the logger's own clock.

    It was measured within the limit before the first dose and changed by no more than the limit; how big it
    is is only told. The logger's clock was within its limit and never set back; each time it was looked at
    from before the dose to the leaving it was synchronised, or it was at a later one.
    """
    c.need_dose()
    age, change = c.limit("qa.R36.offset_age_h") * 60, c.limit("qa.R36.offset_change_s")
    note, fail = c.limit("qa.R36.logger_note_s"), c.limit("qa.R36.logger_fail_s")
    offsets: dict[str, list[tuple[float, float, str]]] = {source: [] for source in _with_clock(c)}
    for one in c.said("link"):
        if one.payload["event"] == "device_clock" and one.payload.get("offset_s") is not None:
            measured = (one.minute, float(one.payload["offset_s"]), one.reference)
            offsets.setdefault(one.payload["source"], []).append(measured)
    wrong, parts, evidence = [], [], []
    for source, found in offsets.items():
        before = [one for one in found if one[0] <= 1e-6 and not beyond(-one[0], age)]
        if not before:
            wrong.append(f"the offset of {source} was not measured in the {age / 60:g} h before the dose")
            continue
        moved = max(one[1] for one in found) - min(one[1] for one in found)
        evidence += [before[-1][2]]
        parts.append(f"{source} {before[-1][1]:+.1f} s, changed by {moved:.1f} s")
        if moved > change + 1e-6:
            wrong.append(f"the offset of {source} changed by {moved:.4g} s (limit {change:g})")
    clocks = c.said("clock")
    evidence += refs(clocks)
    back = [one for one in clocks if one.payload["event"] == "stepped" and one.payload.get("step_s", 0) < 0]
    if back:
        wrong.append(f"the logger's clock was set back at {', '.join(c.clock(one.minute) for one in back)}")
    errors = [one.payload["max_error_s"] for one in clocks if one.payload.get("max_error_s") is not None]
    if errors and max(errors) > fail:
        wrong.append(f"the logger's clock was off by up to {max(errors):g} s (limit {fail:g})")
    elif errors and max(errors) > note:
        parts.append(f"logger's clock off by up to {max(errors):g} s (noted from {note:g})")
    if wrong:
        return failed("; ".join(wrong), *evidence)
    until = c.said("discharge")[-1].minute if c.said("discharge") else c.ended
    looked = [one for one in clocks if one.payload.get("synchronised") is not None]
    asked = [one for one in looked if one.minute <= 0][-1:]
    asked += [one for one in looked if one.minute > 0 and not beyond(one.minute, until)]
    if not asked and not any(one.payload["synchronised"] for one in looked):
        raise cannot_tell("whether the logger's clock was synchronised is not on record", *evidence)
    off = [one for one in asked if not one.payload["synchronised"]]
    bare = [
        one for one in off if not any(a.payload["synchronised"] and a.minute > one.minute for a in looked)
    ]
    said = f"not synchronised at {c.clock(bare[0].minute)}, nor later" if bare else "synchronised"
    return told(not bare, "; ".join([*parts, f"logger's clock {said}"]), *evidence)


@rule("R37", "Device identified", 2, "11.10(h)", "qa.R37.min_identified_share")
def devices_identified(c: Cut) -> Answer:
    """Automatic readings come from devices of the room's register: model, serial number, valid calibration.

    The share of those that do not is below what the protocol allows.

    A device is the registered one whose identity its line told; where the line tells none, the only one of
    its adapter in the room.
    """
    automatic = c.counts
    if not automatic:
        raise not_applicable("no reading came from a device")
    least = c.limit("qa.R37.min_identified_share")
    if not c.context.devices:
        raise cannot_tell(f"no device is registered for room {c.session.room}")
    today, known, open_, wrong, unsure, evidence = c.moment(c.opened).date(), 0, 0, [], [], []
    for source, n in automatic.items():
        device = _registered(c, source, c.context.devices)
        if device is None:
            wrong.append(f"{source} is not in the room's register")
        elif device.calibrated_until is None:
            open_ += n
            unsure.append(f"until when {device.model} {device.serial} is calibrated is not on record")
            evidence.append(device.reference)
        elif device.calibrated_until < today:
            wrong.append(
                f"the calibration of {device.model} {device.serial} ended on {device.calibrated_until}"
            )
        else:
            known += n
            evidence.append(device.reference)
    whole = sum(automatic.values())
    share = f"{100 * known / whole:.4g} % of {whole} readings identified (at least {100 * least:g})"
    said = "; ".join([share, *wrong, *unsure])
    if known / whole < least - 1e-12 <= (known + open_) / whole:
        raise cannot_tell(said, *evidence)
    return told(known / whole >= least - 1e-12, said, *evidence)


@rule("R51", "Logger downtime", 2, "ALCOA complete", "qa.R51.max_interval_s")
def downtime_entered(c: Cut) -> Answer:
    """Every stretch over the limit in which the logger did not run has an entry of that downtime.

    Looked at from the first dose to the leaving; the entry may be off by the limit at either end. A machine
    that slept and a recorder that stopped did not run either. Where the logger fell silent before the leaving
    and nothing says why, for longer than ever before, it can't be told.
    """
    c.need_dose()
    left, limit = c.left, c.limit("qa.R51.max_interval_s") / 60
    breaks = [(max(0.0, start), min(left, end), reference) for start, end, reference in _not_running(c, left)]
    long_ones = [one for one in breaks if beyond(one[1] - one[0], limit)]
    entries = [
        tuple(c.minute(datetime.fromisoformat(d.payload[e])) for e in ("start", "end"))
        for d in c.said("downtime")
    ]
    bare = [
        b
        for b in long_ones
        if not any(s <= b[0] + limit + 1e-6 and e >= b[1] - limit - 1e-6 for s, e in entries)
    ]
    evidence = (*(one[2] for one in long_ones), *refs(c.said("downtime")))
    if bare:
        times = ", ".join(f"{c.clock(a)} to {c.clock(b)} ({60 * (b - a):.0f} s)" for a, b, _ in bare)
        return failed(
            f"the logger did not run and nobody entered why: {times} (limit {60 * limit:g} s)", *evidence
        )
    last = _last_heard(c, left, limit)
    if last is not None and not any(
        s <= last + limit + 1e-6 and e >= left - limit - 1e-6 for s, e in entries
    ):
        raise cannot_tell(
            f"nothing was recorded from {c.clock(last)} to {c.clock(left)}, and nothing says why", *evidence
        )
    if not long_ones:
        return passed(f"no stretch over {60 * limit:g} s without the logger", *(one[2] for one in breaks))
    return passed(f"{len(long_ones)} stretches without the logger, each entered as downtime", *evidence)


@rule("R53", "No demo data in a real session", 1, "law 2")
def no_demo_data(c: Cut) -> Answer:
    """A session that was not opened as a demonstration holds nothing of a simulator, or of demo or test mode.

    A session that was opened as one stands in no denominator.
    """
    opening = c.opening
    if opening.payload.get("demo"):
        raise not_applicable("opened as a demonstration", opening.reference)
    simulated = [one for one in c.said("device") if str(one.payload.get("url", "")).startswith("simulate:")]
    if c.session.demo:
        said = c.session.demo_records
        found = ["a simulator was a source"] if simulated else []
        found += [f"a device said in {len(said)} records that it is in demo or test mode"] if said else []
        why = "; ".join(found) or "a simulator was a source, or a device said that it is in demo mode"
        return failed(why, *refs(simulated), *said[:FEW])
    return passed("no device was simulated or in demo mode", opening.reference)


def _not_running(c: Cut, left: float) -> Iterator[tuple[float, float, str]]:
    """Yield when the logger did not run, in minutes, and the record that says so."""
    resumes = c.said("session.resume")
    for one in resumes:
        yield c.minute(datetime.fromisoformat(one.payload["since"])), one.minute, one.reference
    for one in c.said("clock"):
        if one.payload["event"] in ("suspended", "stalled") and one.payload.get("step_s"):
            yield one.minute - one.payload["step_s"] / 60, one.minute, one.reference
    for one in c.said("session.pause"):
        if not any(again.minute >= one.minute for again in resumes):
            yield one.minute, left, one.reference


def _last_heard(c: Cut, left: float, limit: float) -> float | None:
    """Return since when the logger wrote nothing before the leaving, None where it did, or said why not."""
    codes, names = c.session.codes("source")
    rows = np.flatnonzero(codes != list(names).index(MANUAL)) if MANUAL in names else np.arange(len(codes))
    if not len(rows):
        return None
    own = [one for one in c.records if one.kind in BY_LOGGER]
    times = np.concatenate((c.minutes_of("at", rows), [one.entered for one in own]))
    last = float(times.max())
    if not beyond(left - last, limit):
        return None
    if any(one.entered >= last and one.payload.get("event") in ("silent", "lost") for one in own):
        return None
    longest = float(np.diff(np.sort(times[times >= 0])).max(initial=0.0))
    return last if beyond(left - last, longest) else None


def _with_clock(c: Cut) -> list[str]:
    """Return the sources that told a time of their own in a reading."""
    rows = c.session.readings
    known = np.flatnonzero(~np.isnat(rows["device_time"].to_numpy()))
    return list(dict.fromkeys(rows["source"].to_numpy()[known])) if len(known) else []


def _registered(c: Cut, source: str, register: Iterable[Registered]) -> Registered | None:
    own = [one.payload for one in c.said("device", "link") if one.payload["source"] == source]
    adapters = {str(body["adapter"]) for body in own if body.get("adapter")}
    identities = {str(body["identity"]) for body in own if body.get("identity")}
    if named := [device for device in register if device.identity in identities]:
        return named[-1]
    alike = [device for device in register if device.adapter in adapters and not device.identity]
    return alike[-1] if len({device.serial for device in alike}) == 1 else None
