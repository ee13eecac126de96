"""The wire of a simulated device, which does to its records what the faults say."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from random import Random

from devices.simulators.actor import Said
from devices.simulators.faults import RECORD, Fault
from devices.simulators.patient import chance_of

_DIGITS = frozenset(b"0123456789")
_NO_DIGIT = 0x40  # this bit makes a letter of a digit


class FaultyLine:
    """The wire between the device and the logger: it passes on what the device says, or nearly.

    Args:
        resealed: makes the check of a record of text right again; None for a device of another form.
    """

    def __init__(
        self, faults: Iterable[Fault], seed: int, resealed: Callable[[bytes], bytes] | None = None
    ) -> None:
        self._faults = [fault for fault in faults if fault.name in RECORD]
        self._struck: set[Fault] = set()
        self._silences = [fault for fault in faults if fault.name == "silence"]
        self._speeds = [fault for fault in faults if fault.name == "wrong_baud"]
        self._seed, self._resealed = seed, resealed

    def carry(self, said: Said) -> list[Said]:
        """Return what arrives of one record: nothing, itself, itself twice, or something broken."""
        if any(silence.covers(said.at) for silence in self._silences):
            return []
        if self.deaf(said.at):
            return [Said(said.at, framing_garbage(said.raw), fault="wrong_baud")]
        for fault in self._faults:
            if self._strikes(fault, said.at):
                return self._broken(fault, said)
        return [said]

    def deaf(self, t: float) -> bool:
        """Return whether the device understands nothing at second *t*: it is set to another speed."""
        return any(fault.covers(t) for fault in self._speeds)

    def _strikes(self, fault: Fault, t: float) -> bool:
        if fault.lasts:
            return fault.covers(t)
        if fault in self._struck or t < fault.at:
            return False
        self._struck.add(fault)
        return True

    def _broken(self, fault: Fault, said: Said) -> list[Said]:
        chance = chance_of(self._seed, fault.name, said.at)
        if fault.name == "duplicate":
            return [said, replace(said, fault="duplicate")]
        if fault.name == "garbage":
            return [Said(said.at, chance.randbytes(chance.randrange(1, 64)), fault="garbage"), said]
        if fault.name == "digit_flip":
            raw = self._without_a_digit(said.raw, chance)
        else:
            raw = _changed(fault.name, said.raw, chance)
        return [said if raw == said.raw else replace(said, raw=raw, fault=fault.name)]

    def _without_a_digit(self, raw: bytes, chance: Random) -> bytes:
        """Return *raw* with a letter in a digit's place, and its check made right."""
        places = [place for place, byte in enumerate(raw) if byte in _DIGITS]
        if self._resealed is None or not places:
            return raw
        at = chance.choice(places)
        return self._resealed(raw[:at] + bytes([raw[at] | _NO_DIGIT]) + raw[at + 1 :])


def framing_garbage(raw: bytes) -> bytes:
    """Return what a line set to another speed makes of *raw*: no byte is right, and often one is NUL."""
    chance = chance_of(raw.hex())
    return bytes(chance.choice((0, byte ^ chance.randrange(1, 256))) for byte in raw)


def _changed(name: str, raw: bytes, chance: Random) -> bytes:
    at = chance.randrange(1, max(2, len(raw)))
    if name == "truncated":
        return raw[:at]
    if name == "joined":
        return raw[at:]
    if name == "dropped_byte":
        return raw[: at - 1] + raw[at:]
    if name == "nul":
        return raw[:at] + b"\0" + raw[at:]
    if name == "doubled_crlf":
        return raw + raw[len(raw.rstrip(b"\r\n")) :]
    return raw[: at - 1] + bytes([raw[at - 1] ^ 1 << chance.randrange(8)]) + raw[at:]
