"""WFDB (PhysioNet): the numbers as signals of one sample a second, everything else as annotations.

Source: https://physionet.org/physiotools/wag/header-5.htm and annot-5.htm: format 16, one .dat file; an
annotation's text is ASCII of at most 255 characters, its time a whole number that is not negative.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from analysis.exports.copy import Copy, NotForThisFormat
from analysis.exports.marked_readings import ascii_of
from analysis.exports.one_hertz import DEVICE_HAD_NONE, NOTHING_CAME, OneHertz, one_hertz
from analysis.exports.quiet_library import quiet
from analysis.exports.timed_remarks import SECOND, Remark, moment_of
from analysis.session import Session

RECORD = "session"

ABOUT = f"""\
{RECORD}.hea: the record's header, a signal for each vital of each source, one sample a second;
whose session it is and what its pages say loudly stand in it as comments.

{RECORD}.dat: the samples, format 16. A sample is the last number that was measured in its second,
good and in force; nothing is interpolated. -32768, which readers show as NaN, stands for a second
in which nothing came, and for one in which the device said that it had no value: an annotation says
where that was.

{RECORD}.rem: annotations (remarks) of the type "note", with a time in milliseconds and a text: cuff
cycles and what people typed; values that are excluded, replaced, held, invalid or questionable;
stretches without a value; effects, doses, notes and all other entries."""

OPENING = f"""\
In this folder, in Python: wfdb.rdrecord("{RECORD}") and wfdb.rdann("{RECORD}", "rem"). With
PhysioNet's own programs: rdsamp -r {RECORD}, rdann -r {RECORD} -a rem. The header's time is the
clinic's; a unit is written as WFDB can (mmHg for mm[Hg])."""

MILLISECOND = SECOND // 1000
TEXT = 255
"""Characters in one annotation; a longer text goes on in the next one of the same time."""

LATEST = 2**31 - 1
"""Milliseconds (24 days) that readers in C hold."""


def write(session: Session, folder: Path, *, with_identity: bool = False) -> Copy:
    """Write the record `RECORD`; see `analysis.exports.copy.Format`.

    Raises:
        NotForThisFormat: also where no value is a good number: a record without a signal can't be read.
    """
    grid = one_hertz(session)
    if not grid.signals:
        raise NotForThisFormat(
            f"session {session.id}: holds no good number, and WFDB knows no record without a signal: "
            "export csv or edf"
        )
    samples = np.column_stack([one.samples for one in grid.signals]).astype(np.int64)
    samples[samples == DEVICE_HAD_NONE] = NOTHING_CAME
    count = len(grid.signals)
    remarks = list(_annotations(grid))
    with quiet("wfdb") as wfdb:
        wfdb.wrsamp(
            RECORD,
            fs=1,
            units=[re.sub(r"[^\w^?%/-]", "", one.unit) or "NU" for one in grid.signals],
            sig_name=[ascii_of(one.name).replace(" ", "_") for one in grid.signals],
            d_signal=samples,
            fmt=["16"] * count,
            adc_gain=[10**one.decimals for one in grid.signals],
            baseline=[0] * count,
            comments=[ascii_of(line) for line in _comments(session, grid)],
            base_datetime=grid.start.replace(tzinfo=None),
            write_dir=str(folder),
        )
        wfdb.wrann(
            RECORD,
            "rem",
            np.array([at for at, _ in remarks]),
            symbol=['"'] * len(remarks),
            aux_note=[text for _, text in remarks],
            fs=SECOND // MILLISECOND,
            write_dir=str(folder),
        )
    paths = tuple(folder / f"{RECORD}.{kind}" for kind in ("hea", "dat", "rem"))
    return Copy(paths, (*grid.not_held, *_not_held(grid, session, with_identity=with_identity)))


def _comments(session: Session, grid: OneHertz) -> list[str]:
    patient = f"patient {session.patient.id}" if session.patient.id else "patient not said"
    return [
        f"session {session.id}",
        patient,
        f"clinic's zone {session.zone} ({grid.start:%z})",
        *session.banners,
    ]


def _annotations(grid: OneHertz) -> Iterator[tuple[int, str]]:
    """Yield time and text; a note at 0 would be read as a definition, so the first possible time is 1.

    What lies outside of the record's times says its own.
    """
    placed = []
    for one in grid.remarks:
        at = (one.at - grid.began) // MILLISECOND
        inside = min(max(at, 1), LATEST)
        placed.append((inside, _text(one, outside=inside != at)))
    for at, text in sorted(placed, key=lambda one: one[0]):
        pieces = [text[start : start + TEXT] for start in range(0, len(text), TEXT)]
        yield from ((at, piece) for piece in pieces)


def _text(one: Remark, *, outside: bool) -> str:
    when = f"[at {moment_of(one.at).isoformat()}] " if outside else ""
    lasting = f" [for {one.lasting / SECOND:g} s]" if one.lasting else ""
    return ascii_of(f"{when}{one.text}{lasting}")


def _not_held(grid: OneHertz, session: Session, *, with_identity: bool) -> Iterator[str]:
    yield "What of a second is below a millisecond in the times of annotations."
    beyond = sum(not one.text.isascii() for one in grid.remarks)
    if beyond:
        yield f"Letters beyond ASCII in {beyond} annotations: each stands as its code (\\xe9)."
    if with_identity and (session.patient.name or session.patient.born):
        yield "The patient's name and birth, which were asked for: WFDB has no place for them."
