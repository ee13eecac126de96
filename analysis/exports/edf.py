"""EDF+: the numbers as signals of one sample a second, everything else as annotations.

Source: Kemp and Olivan, "European data format plus (EDF+)", Clinical Neurophysiology 114 (2003) 1755-1761,
and https://www.edfplus.info/specs/edfplus.html: 16 bits a sample, a header in ASCII, annotations in UTF-8.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from analysis.exports.copy import NO_DATE, Copy, NotForThisFormat, birth_of
from analysis.exports.marked_readings import ascii_of
from analysis.exports.one_hertz import DEVICE_HAD_NONE, NOTHING_CAME, OneHertz, Signal, one_hertz
from analysis.exports.timed_remarks import SECOND
from analysis.session import Patient, Session

if TYPE_CHECKING:
    import edfio

NAME = "session.edf"

ABOUT = f"""\
{NAME}: EDF+C, a signal for each vital of each source, one sample a second, and annotations.

A sample is the last number that was measured in its second, good and in force; nothing is
interpolated. Two sample values are no numbers: the digital {NOTHING_CAME} (the signal's physical
minimum) says that nothing came in that second, {DEVICE_HAD_NONE} that the device said it had no
value. A signal's "transducer" names its source and unit, its "prefiltering" the two physical values
that are no numbers. The header's time is the clinic's.

Cuff cycles and what people typed are samples, and also annotations with their exact times.
Annotations only are: values that are excluded, replaced, held, invalid or questionable, effects,
doses, notes, all other entries."""

OPENING = f"""\
EDFbrowser opens it. In Python: edfio.read_edf("{NAME}"), or pyedflib.EdfReader("{NAME}"). A number
is the digital sample divided by 1, 10, 100 ... as the physical range says: round what a reader
gives to as many decimals, and leave out what is as low as the two values that are no numbers."""

RECORD = 64
"""Seconds in one data record: the room for annotations is that of the fullest record, in each of them.

A power of two: edfio 0.4 compares the signals' durations as floats, and finds 8100.0 and 8099.99 otherwise.
"""

OWN_CODE = re.compile(r"local:[^:]*:")
"""What stands before a device's own code: 16 characters have no room for it."""

YEARS = range(1985, 2085)
"""Source: EDF+, section 2.1.3.1: two digits, 85 to 84."""

IDENTIFICATION = 80
"""Characters of ASCII for the patient, and for the recording."""


def write(session: Session, folder: Path, *, with_identity: bool = False) -> Copy:
    """Write `NAME`; see `analysis.exports.copy.Format`.

    Raises:
        NotForThisFormat: also where a clock was so wrong that the header has no such year.
    """
    import edfio

    grid = one_hertz(session)
    if grid.start.year not in YEARS:
        raise NotForThisFormat(
            f"session {session.id}: begins in {grid.start.year}, and an EDF+ header knows the years "
            f"{YEARS[0]} to {YEARS[-1]}: export csv or vital"
        )
    whose, not_held = _patient(session.patient, with_identity=with_identity)
    annotations = [
        edfio.EdfAnnotation((one.at - grid.began) / SECOND, one.lasting / SECOND or None, one.text)
        for one in grid.remarks
    ]
    labels = _labels([one.name for one in grid.signals])
    recording = edfio.Recording(
        startdate=grid.start.date(),
        hospital_administration_code=session.id,
        equipment_code="infusionlog",
        additional=(f"{grid.start:%z}",),
    )
    made = edfio.Edf(
        [_signal(one, label, grid) for one, label in zip(grid.signals, labels, strict=True)],
        patient=whose,
        recording=recording,
        starttime=grid.start.time(),
        data_record_duration=RECORD if grid.signals else None,
        annotations=annotations,
    )
    path = folder / NAME
    made.write(path)
    return Copy((path,), (*grid.not_held, *not_held))


def _signal(one: Signal, label: str, grid: OneHertz) -> edfio.EdfSignal:
    import edfio

    whole = 10**one.decimals
    samples = np.full(-(-grid.seconds // RECORD) * RECORD, NOTHING_CAME, dtype=np.int16)
    samples[: len(one.samples)] = one.samples
    nothing, none = (f"{code / whole:.{one.decimals}f}" for code in (NOTHING_CAME, DEVICE_HAD_NONE))
    return edfio.EdfSignal.from_digital(
        samples,
        1,
        label=label,
        transducer_type=ascii_of(f"{one.name} in {one.unit or 'no unit'}, from {one.source}")[:80],
        physical_dimension=ascii_of(one.unit) if len(ascii_of(one.unit)) <= 8 else "",
        physical_range=(NOTHING_CAME / whole, 32767 / whole),
        prefiltering=f"last of each second; no numbers: {nothing} nothing came, {none} no value",
    )


def _labels(names: list[str]) -> list[str]:
    """Return a label of at most 16 characters of ASCII for each name, no two alike."""
    labels: list[str] = []
    for name in map(ascii_of, names):
        name = OWN_CODE.sub("l:", name)  # the transducer names it whole
        label, n = name[:16], 1
        while label in labels:
            n += 1
            label = f"{name[: 15 - len(str(n))]}#{n}"
        labels.append(label)
    return labels


def _patient(patient: Patient, *, with_identity: bool) -> tuple[edfio.Patient, list[str]]:
    """Return the header's patient, and what of the identity that was asked for it can't hold."""
    import edfio

    code, not_held = ascii_of(patient.id).replace(" ", "_")[:40] or "X", []
    if code.replace("_", " ") != patient.id.replace("_", " "):
        not_held.append(f"The patient's id as it is written: the header has ASCII only, and says {code}.")
    name, born = "X", None
    if with_identity:
        name = patient.name.replace(" ", "_") or "X"
        born = birth_of(patient)
        if patient.born and born is None:
            not_held.append(NO_DATE)
        if not name.isascii() or len(f"{code} X 01-JAN-2000 {name}") > IDENTIFICATION:
            name = "X"
            not_held.append("The patient's name: the header has room for 80 characters of ASCII in all.")
    return edfio.Patient(code=code, birthdate=born, name=name), not_held
