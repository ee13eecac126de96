"""A simulated older Contec CMS50D+: sixty 5-byte packets a second, unasked.

Source: Contec communication protocol V5.0A.
"""

from __future__ import annotations

from devices.simulators.finger import FiveByteDevice


class Simulated(FiveByteDevice):
    """No number while the finger is out."""
