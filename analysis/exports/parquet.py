"""Parquet: the archive's file of one session, whole; see `analysis.archive`."""

from __future__ import annotations

from pathlib import Path

from analysis.exports.copy import Copy
from analysis.session import Session

FILE = "session.parquet"

ABOUT = f"""\
{FILE}: one table, zstd. A row a record, frames of devices first, then entries, the protocol last; a
column a vital in its unit, its quality beside it and, where it has something to say, its reason, its time of
measurement, whether it was excluded and by what it was replaced. A null beside a quality: the device said it
had no value; both null: nothing arrived. Times are UTC to the microsecond. The metadata (key infusionlog,
JSON) hold the session, the units and the heads of its chains."""

OPENING = f"""\
Python: pandas.read_parquet("{FILE}"). In DuckDB: FROM '{FILE}' WHERE kind = 'reading'. The
metadata: pyarrow.parquet.read_metadata("{FILE}").metadata[b"infusionlog"]."""


def write(session: Session, folder: Path, *, with_identity: bool = False) -> Copy:
    """Write `FILE`; see `analysis.exports.copy.Format`."""
    from analysis import archive

    not_held = ["Waves and the raw bytes of the devices: they are in no session's table; csv has the waves."]
    if with_identity:
        not_held.append("Name and birth of the patient: the table has no place for them.")
    return Copy((archive.write(session, folder / FILE),), tuple(not_held))
