"""A simulated Alaris Asena GH: answers the fields it knows, without asking who asks, and nothing else.

Its alarm answer lacks the CR, as in OpenICE's dialogues (mdpnp). The name of its occlusion alarm is assumed:
no dialogue shows one.
"""

from __future__ import annotations

import binascii
from typing import ClassVar

from devices.contract import Reading
from devices.simulators.actor import Said
from devices.simulators.answering import Answering
from devices.simulators.syringe import TO_GIVE, Delivery, delivery
from devices.vocabulary import PumpValue


class Simulated(Answering):
    """One answer to one question; control is refused as long as nobody enables it, and nobody does."""

    faults: ClassVar = frozenset({"occlusion"})

    @staticmethod
    def resealed(raw: bytes) -> bytes:
        """Return a line with its CRC made right."""
        text, _, end = raw[1:].rpartition(b"|")
        return b"!" + text + b"|" + _crc(text) + end[4:]

    def question(self, heard: bytes) -> int:
        """Return the length of the line that has ended, up to its CR."""
        return heard.find(b"\r") + 1

    def answer(self, asked: bytes, now: float) -> list[Said]:
        """Return the field's line; nothing to a field it does not know, or to a wrong CRC."""
        field, _, crc = asked.strip(b"\r").removeprefix(b"!").partition(b"|")
        if crc != _crc(field):
            return []
        pump = delivery(self.scene, now)
        known = {
            b"COMMS_PROTOCOL": "Asena Rev 2.1.5",
            b"INST_SERIALNO": self._serial,
            b"SYRINGE_STATUS": "BD PLASTIPAK^ 50^CONF",
            b"INF": f"{self._serial}^-^SET^{pump.rate:.2f}^ml/h^^{pump.given:.3f}^ml^"
            f"{self._pressure(pump):.2f}^mmHg^24+^EVENT^{int(now)}",
            b"INF_VTBI": f"{TO_GIVE:.1f}^ml",
            b"ALARM": "AL_OCCLUSION^ ^ " if pump.occluded else "AL_NOALM^ ^ ",
        }
        if field not in known:
            return []
        text = field + b"^" + known[field].encode("ascii")
        line = b"!" + text + b"|" + _crc(text) + (b"" if field == b"ALARM" else b"\r")
        states = (("alarm" if pump.occluded else "no_alarm"),) if field == b"ALARM" else ()
        return [Said(now, line, self._told(field, pump), states)]

    @property
    def _serial(self) -> str:
        return f"8002-{self.scene.patient.seed % 100_000:05d}"

    def _pressure(self, pump: Delivery) -> float:
        return 455.0 if pump.occluded else 17.91

    def _told(self, field: bytes, pump: Delivery) -> tuple[Reading, ...]:
        if field == b"INF_VTBI":
            return (Reading(PumpValue.VTBI, TO_GIVE),)
        if field != b"INF":
            return ()
        return (
            Reading(PumpValue.FLOW_RATE, pump.rate),
            Reading(PumpValue.VOL_DELIVERED, pump.given),
            Reading("local:alaris_asena:pressure", self._pressure(pump), unit="mm[Hg]"),
        )


def _crc(text: bytes) -> bytes:
    return b"%04X" % binascii.crc_hqx(text, 0xFFFF)
