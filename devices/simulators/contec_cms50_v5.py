"""A simulated older Contec CMS50D+: sixty 5-byte packets a second, unasked.

Source: Contec communication protocol V5.0A.
"""

from __future__ import annotations

from typing import ClassVar

from devices.simulators.finger import FiveByteDevice


class Simulated(FiveByteDevice):
    """No number while the finger is out."""

    faults: ClassVar = frozenset({"probe_off", "power_cycle"})
