"""Which part of a monitor measures a vital: its module (VMD) and channel in ISO/IEEE 11073-10201's tree.

A part's code stands in ``config/codes.csv``; a vital whose part has none hangs at the monitor itself.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """A part of the monitor, by its rows in the code table; *number* is its place in the tree, 0: none.

    *metrics* are numbered from 1 on in their order.
    """

    module: str
    channel: str
    number: int
    metrics: tuple[str, ...]


CUFF = Place("vmd_nibp", "chan_nibp", 1, ("nibp_sys", "nibp_dia", "nibp_map", "nibp_pulse"))
OXIMETER = Place("vmd_spo2", "", 22, ("spo2_pr", "spo2", "perfusion_index", "pvi"))
ELECTRODES = Place("vmd_ecg", "", 2, ("ecg_hr", "tthor_rr"))
AIRWAY = Place("vmd_co2", "", 3, ("etco2", "fico2", "co2_rr", "awrr"))
MONITOR = Place("mds_monitor", "", 0, ())
PLACES = (CUFF, ELECTRODES, AIRWAY, OXIMETER)


def place_of(vital: str) -> Place:
    """Return the part that measures *vital*; `MONITOR` where the part is not known."""
    return next((place for place in PLACES if vital in place.metrics), MONITOR)
