"""Which devices a session has, by its records."""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Iterable, Mapping, Set
from typing import Any

from devices import addresses
from logger.entering.standing import judged
from logger.errors import LineTaken
from logger.kinds import Device, Link
from logger.ledger.models import Written

ABOUT_DISCHARGES = frozenset({"discharge", "amend", "adopt", "move"})
"""Kinds that say whether a discharge stands."""


def attached_devices(records: Iterable[Written]) -> dict[str, Device]:
    """Return the devices that belong to a session after *records*, by name.

    None after a discharge that stands: what they say from then on is no word about the patient, also where
    nobody was there to take them away.
    """
    records = list(records)
    return _attached(records, _withdrawn(records))


def taken_away(records: Iterable[Written], discharge: str) -> list[Device]:
    """Return the devices that the session had when *discharge* (a reference) was entered, and has no more.

    Nothing where that record is no discharge.
    """
    records = list(records)
    at = next((number for number, record in enumerate(records) if record.ref == discharge), None)
    if at is None or records[at].kind != "discharge":
        return []
    withdrawn = _withdrawn(records)
    now = _attached(records, withdrawn - {discharge})
    return [device for name, device in _attached(records[:at], withdrawn).items() if name not in now]


def _attached(records: Iterable[Written], withdrawn: Collection[str]) -> dict[str, Device]:
    attached: dict[str, Device] = {}
    for record in records:
        if record.kind == "device":
            said = Device.model_validate_json(record.payload)
            attached.pop(said.source, None)
            if said.event == "attached":
                attached[said.source] = said
        elif record.kind == "discharge" and record.ref not in withdrawn:
            attached.clear()
    return attached


def _withdrawn(records: Iterable[Written]) -> Set[str]:
    """Return the references of the records that were withdrawn or moved away: maybe a discharge."""
    about = [(record, json.loads(record.payload)) for record in records if record.kind in ABOUT_DISCHARGES]
    return judged(about).gone.keys()


def ever_attached(records: Iterable[Written]) -> dict[str, Device]:
    """Return each device that ever belonged to the session, by its name, as it was attached last."""
    said = [Device.model_validate_json(record.payload) for record in records if record.kind == "device"]
    return {one.source: one for one in said if one.event == "attached"}


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


def check_free(heard: Iterable[Mapping[str, Any]], session: str, wanted: Device) -> None:
    """Raise `LineTaken` where a device that is *wanted* in *session* has a line that another one is heard on.

    *heard* are the devices of an owner's status. A device of the same name in the same session is replaced.
    """
    if wanted.event != "attached":
        return
    place = place_of(str(wanted.url))
    for row in heard:
        same = (row["session"], row["source"]) == (session, wanted.source)
        # A USB adapter may be heard under another name than the one that it was attached by.
        moved = row["port"] and addresses.split(row["url"]).scheme == "port"
        if not same and place and place_of(row["port"] if moved else row["url"]) == place:
            raise LineTaken(
                f"{wanted.url}: session {row['session']} hears {row['source']} there; a line has one device. "
                f"Take it away there: infusionlog detach {row['source']} --session {row['session']}"
            )


def place_of(url: str) -> str:
    """Return what two addresses of one line have in common; "" for a capture, which any number may read."""
    address = addresses.split(url)
    if address.scheme == "replay":
        return ""
    if address.scheme == "simulate":
        return url
    if address.scheme != "port":
        return f"{address.scheme}://{address.rest}".lower()
    return os.path.realpath(address.rest) if address.rest.startswith("/") else address.rest.upper()
