"""What every format's module offers, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Protocol

from analysis.session import Patient, Session
from devices.errors import InfusionlogError

NO_DATE = "The patient's birth: what is on record is no date as the format has it (1980-02-29)."
"""Said in `Copy.not_held` where `birth_of` gives nothing of a birth that is on record."""


class NotForThisFormat(InfusionlogError):
    """A session is of a kind that the format can't hold at all."""


@dataclass(frozen=True, slots=True)
class Copy:
    """What a format's module wrote.

    Attributes:
        paths: the files, all below the folder that was given.
        not_held: sentences about what the session has and this format, or this copy, can't hold, each with
            its count where it can be counted. They go into the folder's README.txt; no loss is silent.
    """

    paths: tuple[Path, ...]
    not_held: tuple[str, ...]


class Format(Protocol):
    """A module of this package.

    Attributes:
        ABOUT: what the files are, for README.txt: a few lines, each file by its name.
        OPENING: how to open them with a reader that is not ours, for README.txt: words or lines of code.
    """

    ABOUT: str
    OPENING: str

    def write(self, session: Session, folder: Path, *, with_identity: bool = False) -> Copy:
        """Write *session* into *folder*, which is there and empty, and say what was left out.

        No value is altered: what must be scaled comes back equal, or `Copy.not_held` says that it does not.
        Excluded, replaced, held, failed and questionable values are carried and marked as such, or counted
        in `Copy.not_held`. The same session gives the same bytes.

        Args:
            session: as `analysis.session` states it; readings may be none.
            folder: the caller made it, and closes it and the files to others.
            with_identity: also the patient's name and birth (`Session.patient`), where the format has a
                place for them; else the patient's id only.

        Raises:
            ModuleNotFoundError: the format's library is not installed.
            NotForThisFormat: with a sentence.
        """
        ...


def birth_of(patient: Patient) -> date | None:
    """Return the birth as a date; None where none is on record, or what a person typed is no ISO date."""
    try:
        return date.fromisoformat(patient.born)
    except ValueError:
        return None
