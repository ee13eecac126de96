"""Berry BM1000 and oximeters of the BCI protocol V1.2: the 5-byte stream with Berry's status bits.

Source: Berry "BCI protocol V1.2" and three open readers; see `_pulse_packets`.
Line:   115200 baud, 8N1 (9600 on some models); a hundred packets a second, unasked.
Gaps:   rate 255, saturation 127; 0 of either is no number of a living finger and is none too.
"""

from __future__ import annotations

from devices.adapters._pulse_packets import BERRY, PulseStream
from devices.contract import Adapter, Link
from devices.vocabulary import Vital

ADAPTER = Adapter(
    name="berry_bci",
    protocol="BCI protocol V1.2, 5-byte stream",
    models=("Berry BM1000", "Smiths BCI clones"),
    link=Link(115200, period=1.0, silence=5.0),
    vitals=(Vital.SPO2, Vital.SPO2_PR),
    evidence="document",
    experimental=True,
    decoder=lambda: PulseStream(BERRY),
)
