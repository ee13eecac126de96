"""A simulated Berry BM1000: a hundred 5-byte packets a second, unasked.

Source: Berry "BCI protocol V1.2".
"""

from __future__ import annotations

from typing import ClassVar

from devices.simulators.finger import FiveByteDevice


class Simulated(FiveByteDevice):
    """No number while the finger is out."""

    faults: ClassVar = frozenset({"probe_off", "power_cycle"})
    packets = 100
    reason = "no_finger"
