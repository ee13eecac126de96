"""Which devices a recorder is to let go of, or to take back, because of a discharge entered at the server.

It follows from the session's records each time, so that it is done late rather than never.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from logger.entering.attached import attached_devices, taken_away
from logger.forwarding.messages import Wanted
from logger.kinds import Device
from logger.ledger.models import Written
from logger.ledger.store import Store


@dataclass(frozen=True, slots=True)
class _Look:
    """What a session's records said when its own chain here had so many *entries*."""

    entries: int
    has: frozenset[str] | None
    back: tuple[Device, ...]


class Discharged:
    """Looks at a session anew only where something was entered in it here."""

    def __init__(self) -> None:
        self._looks: dict[str, _Look] = {}

    def wanted(
        self, store: Store, sessions: Sequence[str], heard: Sequence[Mapping[str, Any]]
    ) -> list[Wanted]:
        """Return what is to be done with devices of a recorder's open *sessions*; *heard* are its devices."""
        found: list[Wanted] = []
        there = {(str(row["session"]), str(row["source"])) for row in heard}
        for session in sessions:
            look = self._look(store, session)
            for device in look.back:
                if (session, device.source) not in there:
                    attach = device.model_dump(mode="json", exclude_defaults=True)
                    found.append(Wanted(session=session, device={"event": "attached", **attach}))
        for session, source in sorted(there & {(one, source) for one, source in there if one in sessions}):
            look = self._look(store, session)
            if look.has is not None and source not in look.has:
                look = self._looks[session] = _looked(store, session)  # it may have been attached since
            if look.has is not None and source not in look.has:
                found.append(Wanted(session=session, device={"source": source, "event": "detached"}))
        return found

    def _look(self, store: Store, session: str) -> _Look:
        look = self._looks.get(session)
        if look is None or look.entries != store.tail(session)[0]:
            look = self._looks[session] = _looked(store, session)
        return look


def _looked(store: Store, session: str) -> _Look:
    entries, records = store.tail(session)[0], store.records(session, streamed=False)
    if not any(one.kind == "discharge" for one in records):
        return _Look(entries, None, ())
    return _Look(entries, frozenset(attached_devices(records)), tuple(_taken_back(records)))


def _taken_back(records: Sequence[Written]) -> Iterable[Device]:
    """Yield the devices that a discharge took away which was withdrawn, if nobody decided on them since."""
    discharges = {one.ref for one in records if one.kind == "discharge"}
    for place, record in enumerate(records):
        if record.kind != "amend":
            continue
        said = json.loads(record.payload)
        if not said.get("withdrawn") or said["target"] not in discharges:
            continue
        decided = {json.loads(one.payload)["source"] for one in records[place:] if one.kind == "device"}
        yield from (one for one in taken_away(records, said["target"]) if one.source not in decided)
