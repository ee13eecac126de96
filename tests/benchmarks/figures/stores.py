"""Other people's stores of vital signs, each by its own library, on the numbers of `two_hours`."""

from __future__ import annotations

import importlib.util
import warnings
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from figures.two_hours import SECONDS, TwoHours

Work = Callable[[Path, TwoHours], object]


def parquet_write(folder: Path, made: TwoHours) -> None:
    """Bare Parquet: times and values in columns, no quality, no entries."""
    cuffs = {}
    for name, values in made.cuffs.items():
        column = np.full(SECONDS, np.nan)
        column[made.cuff_at] = values
        cuffs[name] = column
    table = pa.table({"at": made.at.view("datetime64[us]"), **made.values, **cuffs})
    pq.write_table(table, folder / "bare.parquet", compression="zstd")


def parquet_read(folder: Path, _: TwoHours) -> object:
    """Return it as a DataFrame."""
    return pq.read_table(folder / "bare.parquet").to_pandas()


def edf_write(folder: Path, made: TwoHours) -> None:
    """EDF by edfio: 1 Hz, no time of arrival, no quality, no entries."""
    import edfio

    signals = [
        edfio.EdfSignal(np.nan_to_num(values, nan=-1.0), 1, label=name, physical_range=(-1, 399))
        for name, values in made.values.items()
    ]
    edfio.Edf(signals).write(folder / "bare.edf")


def edf_read(folder: Path, _: TwoHours) -> object:
    """Return the numbers."""
    import edfio

    return [signal.data for signal in edfio.read_edf(folder / "bare.edf").signals]


def wfdb_write(folder: Path, made: TwoHours) -> None:
    """WFDB: 1 Hz, no time of arrival, no quality, no entries."""
    import wfdb

    names = list(made.values)
    numbers = np.column_stack(list(made.values.values()))
    units, formats = ["NU"] * len(names), ["16"] * len(names)
    wfdb.wrsamp("bare", 1, units, names, numbers, fmt=formats, write_dir=str(folder))


def wfdb_read(folder: Path, _: TwoHours) -> object:
    """Return the numbers."""
    import wfdb

    return wfdb.rdrecord(str(folder / "bare")).p_signal


def atrium_write(folder: Path, made: TwoHours) -> None:
    """AtriumDB: each numeric with its times of arrival, into a store that is there already."""
    store = atrium(folder)
    number = store.insert_device(device_tag=f"room-{datetime.now(UTC).timestamp()}")
    for name, values in (made.values | {name: np.array(v) for name, v in made.cuffs.items()}).items():
        measure = store.insert_measure(measure_tag=name, freq=1, units="1", freq_units="Hz")
        at = made.at if len(values) == SECONDS else made.at[made.cuff_at]
        there = ~np.isnan(values)
        store.write_data_easy(
            measure, number, at[there] * 1000, values[there], 1, time_units="ns", freq_units="Hz"
        )


@cache
def atrium(folder: Path) -> Any:
    """Return AtriumDB's store in a folder, opened once, as whoever writes many sessions has it."""
    from atriumdb import AtriumSDK

    place = folder / "atrium"
    return AtriumSDK(place) if place.exists() else AtriumSDK.create_dataset(place, database_type="sqlite")


WRITES: Mapping[str, tuple[str, Work]] = {
    "bare Parquet (pyarrow)": ("pyarrow", parquet_write),
    "EDF (edfio)": ("edfio", edf_write),
    "WFDB (wfdb)": ("wfdb", wfdb_write),
    "AtriumDB": ("atriumdb", atrium_write),
}
READS: Mapping[str, tuple[str, Work]] = {
    "bare Parquet (pyarrow)": ("pyarrow", parquet_read),
    "EDF (edfio)": ("edfio", edf_read),
    "WFDB (wfdb)": ("wfdb", wfdb_read),
}


def here(stores: Mapping[str, tuple[str, Work]]) -> dict[str, Work]:
    """Return those whose library is installed; of the others a line says that they are left out."""
    found = {}
    for name, (library, work) in stores.items():
        if importlib.util.find_spec(library):
            found[name] = work
        else:
            print(f"{name}: {library} is not installed here, its line is left out", flush=True)
    return found


def quietly(work: Work, folder: Path, made: TwoHours) -> Callable[[], None]:
    """Return the work, deaf to what its library warns of."""

    def done() -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            work(folder, made)

    return done


def size(path: Path) -> int:
    """Return the bytes of a file, or of all files in a folder."""
    return (
        path.stat().st_size
        if path.is_file()
        else sum(one.stat().st_size for one in path.rglob("*") if one.is_file())
    )
