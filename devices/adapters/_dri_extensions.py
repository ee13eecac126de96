"""What stands in the extension classes of a DRI record: a second oximeter, pressures 7 and 8, 12 leads, BIS.

Source: GE document 8005313 (record specification), its groups in the order of the classes; open readers of it
agree on their sizes. A displayed-values record of a real S/5 has all of them (BIS is checked against it).
Not read: EEG channels, NMT 2, and the whole of class 3, whose scales no source here gives.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import replace

from devices.adapters._dri_records import EXISTS, GROUPS, LAST_CODE, Group, read_group
from devices.contract import Reading

_PRESSURE = next(group for group in GROUPS if group.name == "p1").values
_TEMPERATURE = next(group for group in GROUPS if group.name == "t1").values
_OXIMETER = next(group for group in GROUPS if group.name == "spo2").values
_UNUSED = ("", 1.0, None)

LEADS = ("I", "II", "III", "aVL", "aVR", "aVF", "V1", "V2", "V3", "V4", "V5", "V6")
"""The leads of the 12-lead ST values, in their order."""
SECOND = "2"
"""The variant of the second oximeter's values."""


def _local(code: str, divisor: float, unit: str) -> tuple[str, float, str]:
    return f"local:datex_dri:{code}", divisor, unit


CLASSES: dict[int, tuple[Group, ...]] = {
    1: (
        Group("arrhythmia", 4, (_UNUSED, _local("rr_time", 1.0, "ms"), _local("pvc", 1.0, "/min"))),
        Group("ecg_12", 52, (_local("lead_st", 100.0, "mm"),) * 12),
        Group("p7", 82, _PRESSURE),
        Group("p8", 96, _PRESSURE),
        Group("spo2_2", 110, _OXIMETER),
        Group("t5", 124, _TEMPERATURE),
        Group("t6", 132, _TEMPERATURE),
    ),
    2: (
        Group("bis", 100, tuple(_local(f"bis{of}", 1.0, "1") for of in ("", "_sqi", "_emg", "_sr"))),
        Group("entropy", 116, tuple(_local(f"entropy_{of}", 1.0, "1") for of in ("eeg", "emg", "bsr"))),
        Group("spi", 234, (_local("spi", 1.0, "1"),)),
    ),
}
"""The groups of each extension class, as in `_dri_records.GROUPS`."""
ARRHYTHMIA = 4 + 6 + 6
"""Where the bits of the arrhythmia group stand in class 1."""
VITALS = tuple(
    dict.fromkeys(vital for groups in CLASSES.values() for one in groups for vital, *_ in one.values if vital)
)


def read_extension(part: bytes, number: int) -> Iterator[tuple[Group, int, int, tuple[Reading, ...]]]:
    """Yield of each group of class *number* that is there its status, its label and its readings.

    Groups of modules that the monitor lacks are full of codes here, or of zeros.
    """
    for group in CLASSES.get(number, ()):
        values = struct.unpack_from(f"<{len(group.values)}h", part, group.at + 6)
        status, label, readings = read_group(part, group)
        if not status & EXISTS and all(value == 0 or value <= LAST_CODE for value in values):
            continue
        if group.name == "ecg_12":
            readings = tuple(replace(r, variant=lead) for r, lead in zip(readings, LEADS, strict=True))
        elif group.name == "spo2_2":
            readings = tuple(replace(r, variant=SECOND) for r in readings)
        yield group, status, label, readings


def arrhythmias(part: bytes) -> str:
    """Return the bits of the arrhythmia group of a class 1 record, as text; their meaning is not read."""
    return f"{struct.unpack_from('<I', part, ARRHYTHMIA)[0]:08x}"
