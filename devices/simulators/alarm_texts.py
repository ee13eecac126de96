"""What monitors say of a probe that is off, in the languages they are set to."""

from __future__ import annotations

from devices.simulators.actor import Scene
from devices.simulators.patient import chance_of

_PROBE_OFF = (
    "SpO2-Fühler ab",
    "Capteur SpO2 débranché",
    "Sensor SpO2 desconectado",
    "Датчик SpO2 отсоединён",
    "SpO₂ 探头脱落",
)


def probe_off(scene: Scene, t: float, encoding: str) -> bytes:
    """Return the text at second *t*: English, or under ``foreign_texts`` one that *encoding* has."""
    if not scene.shows("foreign_texts", t):
        return "SpO2 probe off".encode(encoding)
    texts = [text for text in _PROBE_OFF if text.encode(encoding, "ignore").decode(encoding) == text]
    return chance_of(scene.patient.seed, "language").choice(texts).encode(encoding)
