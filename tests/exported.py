"""An invented session with all that a format of numbers finds hard, for the tests of the exports."""

from __future__ import annotations

from typing import Any

import numpy as np
from invented_sessions import cuff, event, failed_cuff, reading, session

from analysis.session import Patient, Session

PATIENT = Patient("P-0007", "Nobody Example", "1980-02-29")
SECOND = 1 / 60
"""In minutes, as the invented sessions count."""


def motley(**more: Any) -> Session:
    """Three minutes of a jittery monitor, a probe off, a cuff, marked values, a note in another script."""
    noise = np.random.default_rng(3)
    rows: list[dict[str, Any]] = []
    for second in range(180):
        minute = (second + 0.4 + noise.uniform(-0.02, 0.02)) * SECOND
        off = 60 <= second < 80
        rows.append(
            reading(minute, "spo2", None if off else 97.0 - second % 3, second, reason="sensor_off" * off)
        )
        rows.append(reading(minute, "temp", 36.8 + 0.1 * (second % 2), second, unit="Cel"))
    rows += cuff(0.517, 142, 88, 500)
    rows += cuff(1.25, 188, 112, 501, reason="held", quality="invalid")
    rows += [failed_cuff(1.5, 502)]
    rows += cuff(2.125, 141, 87, 503, excluded=True)
    rows.append(reading(2.2, "nibp_sys", 150.0, 504, source="manual", entered_by="nurse.example"))
    rows.append(reading(2.3, "spo2", 60.0, 505, quality="questionable"))
    rows.append(reading(2.4, "spo2", 61.0, 506, superseded_by="b2:9"))
    told = [
        event(0, "infusion.start", 1, summary="Ketamine 40 mg"),
        event(1, "note", 2, summary="Sagt: 悪い夢, then\nlaughs – ½ asleep"),
        event(-90, "medication", 3, summary="Took a pill before"),
        event(9 * 24 * 60, "followup", 4, summary="Called, is well"),
    ]
    return session(rows, told, patient=PATIENT, **more)


def standing(made: Session, vital: str, source: str = "monitor") -> list[tuple[int, float]]:
    """Return times (microseconds) and values of one series that are good and in force."""
    rows = made.readings
    kept = rows[
        (rows["vital"] == vital)
        & (rows["source"] == source)
        & rows["value"].notna()
        & ~rows["excluded"]
        & (rows["superseded_by"] == "")
        & (rows["quality"] == "good")
    ].sort_values("measured_at")
    times = kept["measured_at"].to_numpy(dtype="datetime64[us]").astype(np.int64)
    return list(zip(times.tolist(), kept["value"].tolist(), strict=True))
