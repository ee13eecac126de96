"""What is to be said of a reading where a format has numbers only: whether it stands, and if not, why."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

STANDS = ""
"""The mark of a number that is good and in force: it may stand among the numbers of any format."""

NO_VALUE = "no value"

MARKS = ("excluded", "replaced", "held", NO_VALUE, "invalid", "questionable")
"""The other marks, in the order in which they are asked for: a reading has the first that holds."""


def marks_of(readings: pd.DataFrame) -> npt.NDArray[np.object_]:
    """Return each reading's mark: `STANDS` or one of `MARKS`."""
    quality, reason = readings["quality"], readings["reason"]
    asked = {
        "excluded": readings["excluded"],
        "replaced": readings["superseded_by"] != "",
        "held": reason == "held",
        NO_VALUE: readings["value"].isna(),
        "invalid": quality == "invalid",
        "questionable": quality == "questionable",
    }
    chosen = np.select([asked[mark].to_numpy(dtype=np.bool_) for mark in MARKS], MARKS, STANDS)
    return chosen.astype(object)


def single(readings: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Return which readings are no part of a stream: those of cuff cycles, and what people typed."""
    of_cuff = np.array([vital.startswith("nibp_") for vital in readings["vital"]], dtype=np.bool_)
    by_hand: npt.NDArray[np.bool_] = of_cuff | (readings["entered_by"] != "").to_numpy(dtype=np.bool_)
    return by_hand


def said(value: float) -> str:
    """Return a number with all its digits: ``97``, ``36.8``."""
    return f"{value:.12g}"


def said_of(value: float, unit: str, reason: str) -> str:
    """Return a reading's number with its unit, or that it has none and why: ``no value (sensor_off)``."""
    if np.isnan(value):
        return f"{NO_VALUE} ({reason or 'not said why'})"
    return f"{said(value)} {unit}".strip()


def not_held_of(readings: pd.DataFrame) -> list[str]:
    """Return what a format with one time and one number a value holds of no reading, each with its count."""
    late = int((readings["at"] != readings["measured_at"]).sum())
    between = int(readings["measured_from"].notna().sum())
    claimed = int(readings["device_time"].notna().sum())
    uncertain = int(readings["uncertain"].sum())
    lines = {
        f"When {late} values arrived or were typed: their time here is that of their measurement.": late,
        f'That {between} values were "taken between a and b": their time here is b.': between,
        f"What the device's own clock said beside {claimed} values.": claimed,
        f"That the arrival time of {uncertain} values is uncertain.": uncertain,
    }
    return [line for line, count in lines.items() if count]


def ascii_of(text: str) -> str:
    """Return a text in ASCII; what is beyond it stands as its code, never as another letter."""
    return text.encode("ascii", "backslashreplace").decode()


WHOLE = (
    "Which record holds each value and entry (writer:seq), the records' digests, waves where some were "
    "recorded, and how the protocol judged the session: `export --format csv` has records and waves, "
    "`report` the judgement."
)
"""What none of the formats of numbers holds."""
