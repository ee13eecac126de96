"""Audits asked for on a page: judged in the process that draws, recorded, kept as files by their record."""

from __future__ import annotations

import json
import secrets
import shutil
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fastapi import Request

from devices.errors import InfusionlogError
from logger import kinds
from logger.ledger.models import Written
from logger.reviewing.audit_files import RECORD, SHOWN, Work, audit_into, progress
from logger.reviewing.auditing_words import Asked
from logger.settings import SQLITE, drawn_beside
from logger.web.clinic import Author, Clinic
from logger.web.drawing import Drawings

_MAKING = threading.Lock()

COPY = "ledger.db"
"""What is judged: the ledger as it stood when the audit began; removed once it is judged."""


class Audits:
    """The audits of a clinic, one at work at a time.

    Attributes:
        wrong: why the last one that was asked for came to nothing; empty: it did not.
    """

    def __init__(self, clinic: Clinic, drawings: Drawings) -> None:
        self._clinic, self._drawings, self._turn = clinic, drawings, threading.Lock()
        with clinic.desk() as desk:
            path = desk.store.path
        self.folder = drawn_beside(path) / "audits"
        self._at_work: Path | None = None
        self.wrong = ""

    @property
    def at_work(self) -> str:
        """How far the audit at work is, in words; empty: none is."""
        folder = self._at_work
        return "" if folder is None else progress(folder) or "an audit begins"

    def begin(self, author: Author, asked: Asked) -> bool:
        """Have an audit made; return False where one is at work already."""
        folder = self._new()
        work = Work(f"{SQLITE}{folder / COPY}", folder, author.name, asked, secrets.randbelow(10**9))
        return self._start(work, lambda: self._record(author, work.folder))

    def again(self, author: Author, ref: str) -> bool:
        """Have the files of an earlier run made again, as everything stood then."""
        folder = self._new()
        work = Work(f"{SQLITE}{folder / COPY}", folder, author.name, ref=ref)
        return self._start(work, lambda: self._keep(work.folder, ref))

    def shown(self, ref: str) -> dict[str, Any] | None:
        """Return what the page of a run shows, None where its files are not there."""
        try:
            found: dict[str, Any] = json.loads((self.of(ref) / SHOWN).read_text(encoding="utf-8"))
        except OSError:
            return None
        return found

    def of(self, ref: str) -> Path:
        """Return the folder of a run's files."""
        return self.folder / ref.replace(":", "-")

    def pictures(self, ref: str) -> list[str]:
        """Return the names of a run's pictures."""
        return sorted(path.name for path in self.of(ref).glob("*.png"))

    def _new(self) -> Path:
        return self.folder / f".{secrets.token_hex(8)}"

    def _start(self, work: Work, then: Callable[[], object]) -> bool:
        with self._turn:
            if self._at_work is not None:
                return False
            self._at_work, self.wrong = work.folder, ""
        threading.Thread(target=self._run, args=(work, then), name="audit", daemon=True).start()
        return True

    def _run(self, work: Work, then: Callable[[], object]) -> None:
        try:
            work.folder.mkdir(mode=0o700, parents=True)
            self._copy(work)
            self._drawings.run(audit_into, work)
            (work.folder / COPY).unlink()
            then()
        except (InfusionlogError, OSError) as error:
            self.wrong = str(error)
        except Exception as error:  # a fault of this program: the page says so
            sys.stderr.write(f"audit: {type(error).__name__}\n")
            self.wrong = f"the audit broke off ({type(error).__name__}); nothing was recorded"
        finally:
            shutil.rmtree(work.folder, ignore_errors=True)
            self._at_work = None

    def _copy(self, work: Work) -> None:
        with self._clinic.desk() as desk:
            desk.store.backup(work.folder / COPY)
        (work.folder / COPY).chmod(0o600)

    def _record(self, author: Author, folder: Path) -> Written:
        said = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        self._clinic.saw(author, "audited", what=f"{len(said['sessions'])} sessions")
        written = self._clinic.enter(author, kinds.SYSTEM, "audit.run", said)
        self._keep(folder, written.ref)
        return written

    def _keep(self, folder: Path, ref: str) -> None:
        shutil.rmtree(self.of(ref), ignore_errors=True)
        folder.rename(self.of(ref))


def audits_of(request: Request) -> Audits:
    """Return the audits of the application that is asked."""
    state = request.app.state
    with _MAKING:
        if not hasattr(state, "audits"):
            state.audits = Audits(state.clinic, state.drawings)
    found: Audits = state.audits
    return found
