"""A simulated Berry BM1000: a hundred 5-byte packets a second, unasked.

Source: Berry "BCI protocol V1.2".
"""

from __future__ import annotations

from devices.simulators.finger import FiveByteDevice


class Simulated(FiveByteDevice):
    """No number while the finger is out."""

    packets = samples = 100
    reason = "no_finger"
