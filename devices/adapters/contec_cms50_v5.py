"""Older Contec CMS50D+, E, F and CMS-P: the 5-byte stream, V5.0A.

Source: Contec communication protocol V5.0A; see `_pulse_packets`.
Line:   19200 baud, 8N1 in the field (the document says 4800 8O1); sixty packets a second, unasked.
Gaps:   rate 0 or 255, saturation 0 or 127.
Waves:  the pleth, 60 steps of 0 to 127 a second, without a unit.
"""

from __future__ import annotations

from devices.adapters._pulse_packets import CONTEC, PulseStream
from devices.contract import Adapter, Link, ReadsWaves
from devices.vocabulary import Vital

ADAPTER = Adapter(
    name="contec_cms50_v5",
    protocol="Contec V5.0A, 5-byte stream",
    models=("Contec CMS50D+ (firmware before 4.6)", "Contec CMS50E", "Contec CMS50F", "Contec CMS-P"),
    link=Link(19200, period=1.0, silence=5.0),
    vitals=(Vital.SPO2, Vital.SPO2_PR),
    evidence="document",
    experimental=True,
    decoder=lambda: PulseStream(CONTEC),
    waves=ReadsWaves(lambda: PulseStream(CONTEC, waves=True)),
)
