"""The results of site checks: what is recorded of one, and for which devices it holds.

A check holds for one adapter of one version of the program on one line; until then every page says that the
device was not checked at this site.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from logger.entering.attached import attached_devices
from logger.entering.site_checks import WITHIN, Step, Typed, compare, lacking
from logger.kinds import DeviceChecked, Head, Person, SessionOpen
from logger.ledger.models import Written


def identities(records: Iterable[Written]) -> dict[str, list[str]]:
    """Return what was on each device's line: the USB adapter's identity, else the address.

    A device that tells itself from others of its kind (a serial number) has that behind it. The last one
    stands at the end.
    """
    found: dict[str, list[str]] = {}
    urls: dict[str, str] = {}
    own: dict[str, str] = {}
    for record in records:
        said = json.loads(record.payload) if record.kind in ("device", "link") else {}
        source, event = said.get("source", ""), said.get("event")
        if record.kind == "device" and event == "attached":
            urls[source] = said["url"]
            own.pop(source, None)
        elif event == "connected" and source in urls:
            line = said.get("identity") or urls[source]
            found.setdefault(source, []).append(f"{line} {own.get(source, '')}".strip())
        elif event == "identified" and found.get(source):
            line = found[source][-1].removesuffix(f" {own[source]}") if source in own else found[source][-1]
            before, own[source] = own.get(source), said["identity"]
            known = f"{line} {own[source]}"
            found[source] = [*found[source], known] if before else [*found[source][:-1], known]
    return found


def passed_checks(room: Iterable[Written], until: int | None = None) -> tuple[dict[str, Any], ...]:
    """Return of each device in a room's stream the last check, if it has passed.

    *until*: only checks up to then, microseconds UTC; a page that was signed does not change by a later one.
    """
    last: dict[tuple[str, str, str], DeviceChecked] = {}
    for record in room:
        if record.kind == "device.checked" and (until is None or record.at <= until):
            check = DeviceChecked.model_validate_json(record.payload)
            last[check.adapter, check.identity, check.program] = check
    keys = ("adapter", "identity", "program")
    return tuple({key: getattr(c, key) for key in keys} for c in last.values() if c.passed)


def unchecked(records: Sequence[Written], checks: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return the real devices of a session that no passed check of *checks* holds for, by name."""
    held = {(check["adapter"], check["identity"], check["program"]) for check in checks}
    program, lines, missing = _program(records), identities(records), set[str]()
    for record in records:
        said = json.loads(record.payload) if record.kind == "device" else {}
        if said.get("event") != "attached" or str(said["url"]).startswith("simulate:"):
            continue
        source, places = said["source"], lines.get(said["source"], [])
        if not places or any((said["adapter"], place, program) not in held for place in places):
            missing.add(source)
    return sorted(missing)


def result_of(
    records: Sequence[Written],
    source: str,
    steps: Sequence[Step],
    typed: Sequence[Typed],
    about: Mapping[str, str],
) -> DeviceChecked:
    """Return the whole check: each value compared, what is lacking, and the heads it was made over.

    Args:
        records: all of the session.
        source: the device's name in it.
        steps: what its check has.
        typed: what was read from its screen, in order.
        about: ``model``, ``serial``, ``firmware``, and the name of who performed it.
    """
    values = compare(records, source, typed)
    lacks = lacking(values, steps)
    device = attached_devices(records)[source]
    last = {record.writer: record for record in records}
    return DeviceChecked(
        source=source,
        adapter=str(device.adapter),
        program=_program(records),
        identity=identities(records).get(source, [str(device.url)])[-1],
        model=about["model"],
        serial=about["serial"],
        firmware=about["firmware"],
        session=records[0].session,
        heads=tuple(Head(writer=w, count=r.seq + 1, digest=r.digest) for w, r in sorted(last.items())),
        values=values,
        within={step: seconds for step, seconds in WITHIN.items() if step in steps},
        passed=not lacks,
        lacks=lacks,
        performed_by=Person(name=about["performed_by"]),
    )


def _program(records: Iterable[Written]) -> str:
    """Return which program opened a session, with its version."""
    opened = next((record for record in records if record.kind == "session.open"), None)
    return SessionOpen.model_validate_json(opened.payload).program if opened else "unknown"
