"""The wire of a simulated device, which does to its records what the faults say."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from devices.simulators.actor import Said
from devices.simulators.faults import RECORD, Fault
from devices.simulators.patient import chance_of


class FaultyLine:
    """The wire between the device and the logger: it passes on what the device says, or nearly."""

    def __init__(self, faults: Iterable[Fault], seed: int) -> None:
        self._faults = [fault for fault in faults if fault.name in RECORD]
        self._struck: set[Fault] = set()
        self._silences = [fault for fault in faults if fault.name == "silence"]
        self._seed = seed

    def carry(self, said: Said) -> list[Said]:
        """Return what arrives of one record: nothing, itself, itself twice, or something broken."""
        if any(silence.covers(said.at) for silence in self._silences):
            return []
        for fault in self._faults:
            if self._strikes(fault, said.at):
                return self._broken(fault, said)
        return [said]

    def _strikes(self, fault: Fault, t: float) -> bool:
        if fault.lasts:
            return fault.covers(t)
        if fault in self._struck or t < fault.at:
            return False
        self._struck.add(fault)
        return True

    def _broken(self, fault: Fault, said: Said) -> list[Said]:
        chance = chance_of(self._seed, fault.name, said.at)
        raw, at = said.raw, chance.randrange(1, max(2, len(said.raw)))
        if fault.name == "duplicate":
            return [said, replace(said, fault="duplicate")]
        if fault.name == "truncated":
            raw = raw[:at]
        elif fault.name == "dropped_byte":
            raw = raw[: at - 1] + raw[at:]
        elif fault.name == "nul":
            raw = raw[:at] + b"\0" + raw[at:]
        elif fault.name == "bit_flip":
            raw = raw[: at - 1] + bytes([raw[at - 1] ^ 1 << chance.randrange(8)]) + raw[at:]
        else:
            return [Said(said.at, chance.randbytes(chance.randrange(1, 64)), fault="garbage"), said]
        return [replace(said, raw=raw, fault=fault.name)]
