"""Which devices a session has, by its records."""

from __future__ import annotations

from collections.abc import Iterable

from logger.kinds import Device, Link
from logger.models import Written


def attached_devices(records: Iterable[Written]) -> dict[str, Device]:
    """Return the devices that belong to a session after *records*, by name."""
    attached: dict[str, Device] = {}
    for record in records:
        if record.kind == "device":
            said = Device.model_validate_json(record.payload)
            attached.pop(said.source, None)
            if said.event == "attached":
                attached[said.source] = said
    return attached


def last_identities(records: Iterable[Written]) -> dict[str, str]:
    """Return by which USB identity each device was last connected since it was attached, where it has one."""
    found: dict[str, str] = {}
    for record in records:
        if record.kind == "device":
            found.pop(Device.model_validate_json(record.payload).source, None)
        elif record.kind == "link":
            link = Link.model_validate_json(record.payload)
            if link.event == "connected" and link.identity:
                found[link.source] = link.identity
    return found
