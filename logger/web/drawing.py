"""Session pages drawn by a process of their own, and kept by the heads of the records they were made from.

A page is drawn when somebody wants it, and ahead when its session has ended: a reviewer finds it made. Until
then a page says that it is being drawn; nothing waits for it. What is kept lies beside the ledger for its
owner's eyes alone, and a newer page of a session replaces the older one.
"""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
import shutil
import sys
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

from devices.errors import InfusionlogError
from logger.entering.desk import SessionFile
from logger.errors import CantDraw, NoSuchSession
from logger.ledger.audit import Row
from logger.ledger.chains import heads as heads_of
from logger.ledger.models import Written
from logger.reviewing.course_files import draw_course_files, visit
from logger.reviewing.page_files import BODY, FACTS, draw_files
from logger.settings import drawn_beside
from logger.web.clinic import Clinic

AT_ONCE = 5000
"""Records read at once: between two readings others have the ledger."""

AFTER_THE_END = frozenset({"session.end", "session.ended_elsewhere", "close", "session.close_without"})
"""What shows that a session's page will be asked for."""

SETTLES = 2.0
"""Seconds after the last of them: a session closes by several records."""

NICE = 10
"""How far drawing stands behind recording for the processor's time."""

Heads = Mapping[str, tuple[int, str]]
"""Of each writer of a session: how many records, and the last one's digest."""


@dataclass(frozen=True, slots=True)
class Made:
    """What a page is made from.

    Attributes:
        named: with the patient's name; else with the pseudonym alone.
        key: says all of it: another key, another page.
    """

    session: str
    named: bool
    heads: Heads
    key: str


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be drawn: the page of a session, or the course of a patient."""

    what: Literal["page", "course"]
    of: str
    named: bool = True


@dataclass(frozen=True, slots=True)
class Drawn:
    """A page that was drawn: its files lie in *folder*."""

    made: Made
    folder: Path

    def text(self, name: str) -> str:
        """Return the text of one of its files; raises `FileNotFoundError` where a newer page replaced it."""
        return (self.folder / name).read_text(encoding="utf-8")

    def facts(self) -> dict[str, Any]:
        """Return what lists say of it."""
        said: dict[str, Any] = json.loads(self.text(FACTS))
        return said


class Drawings:
    """The pages of a clinic's sessions.

    Args:
        clinic: whose; it is read in pieces.
        workers: makes what draws; None: a process that is spawned.
    """

    def __init__(self, clinic: Clinic, workers: Callable[[], Executor] | None = None) -> None:
        self._clinic, self._workers = clinic, workers or _spawned
        with clinic.desk() as desk:
            self.folder = drawn_beside(desk.store.path)
        self._pool: Executor | None = None
        self._thread: threading.Thread | None = None
        self._wanted: deque[Wish] = deque()
        self._ahead: dict[str, None] = {}
        self._failed: dict[str, str] = {}
        self._turn = threading.Condition()
        self._ended = False
        self._leave = clinic.listen(self._heard)

    # What pages ask.

    def now(self, session: str, *, named: bool) -> Made:
        """Return what a page of *session* would be made from now; raises `NoSuchSession`."""
        with self._clinic.desk() as desk:
            heads = heads_of(desk.store, [session]).get(session, {})
            bare = desk.file(session, {writer: count for writer, (count, _) in heads.items()}, 0)
        return _made(bare if named else _without_name(bare), heads, named=named)

    def find(self, made: Made) -> Drawn | None:
        """Return the page that was made from just this, or None."""
        folder = self._folder(made)
        return Drawn(made, folder) if (folder / BODY).exists() else None

    def latest(self, made: Made) -> Drawn | None:
        """Return the page of *made*, or the last one of its session before it; None where there is none."""
        found = [one for one in self._folders(made.session, made.named) if (one / BODY).exists()]
        last = max(found, key=lambda folder: folder.stat().st_mtime, default=None)
        current = self.find(made)
        if current is not None or last is None:
            return current
        return Drawn(replace(made, key=last.name.partition("-")[2]), last)

    def want(self, made: Made) -> str:
        """Have a page drawn next; return why it can't be, empty where nothing speaks against it."""
        if made.key in self._failed:
            return self._failed[made.key]
        self._add(Wish("page", made.session, made.named))
        return ""

    def course_now(self, patient: str) -> Made:
        """Return what the course of *patient* would be made from now.

        Raises:
            NoSuchSession: no session is theirs.
        """
        ids = self._sessions_of(patient)
        pages = [self.now(one, named=True) for one in ids]
        return _course_made(patient, pages)

    def find_course(self, made: Made) -> Path | None:
        """Return the folder of a course, None where it is not drawn."""
        folder = self._course_folder(made)
        return folder if (folder / FACTS).exists() else None

    def want_course(self, made: Made, patient: str) -> str:
        """Have a patient's course drawn next; return why it can't be, empty where nothing is against it."""
        if made.key in self._failed:
            return self._failed[made.key]
        self._add(Wish("course", patient))
        return ""

    def _add(self, wish: Wish) -> None:
        with self._turn:
            if wish not in self._wanted:
                self._wanted.appendleft(wish)
            self._start()
            self._turn.notify_all()

    def wait(self, seconds: float) -> bool:
        """Wait until nothing is left to draw; return whether that is so."""
        with self._turn:
            return self._turn.wait_for(lambda: not self._wanted and not self._ahead, seconds)

    def run(self, work: Callable[..., Any], *said: Any) -> Any:
        """Return what *work* says in the process that draws, which is replaced where it died of it.

        Raises:
            CantDraw: it died of it twice.
            InfusionlogError, OSError: as *work* does.
        """
        for _ in range(2):
            with self._turn:
                self._pool = self._pool or self._workers()
                pool = self._pool
            try:
                future: Future[Any] = pool.submit(work, *said)
                return future.result()
            except BrokenProcessPool:
                with self._turn:
                    if self._pool is pool:
                        self._pool = None
                pool.shutdown(wait=False)
        raise CantDraw("what draws the pages broke off twice; is there enough memory? Nothing is lost")

    def close(self) -> None:
        """End: what is being drawn is let go."""
        self._leave()
        with self._turn:
            self._ended = True
            self._wanted.clear()
            self._turn.notify_all()
            pool, self._pool = self._pool, None
        if pool is not None:
            _end(pool)
        if self._thread is not None:
            self._thread.join(timeout=5)

    # What draws.

    def _heard(self, records: Sequence[Written]) -> None:
        ended = {record.session for record in records if record.kind in AFTER_THE_END}
        if ended:
            with self._turn:
                self._ahead |= dict.fromkeys(ended)
                self._start()
                self._turn.notify_all()

    def _start(self) -> None:
        if self._thread is None and not self._ended:
            self._thread = threading.Thread(target=self._draw_all, name="drawing", daemon=True)
            self._thread.start()

    def _draw_all(self) -> None:
        while (wanted := self._next()) is not None:
            if wanted.what == "page":
                self._draw(wanted.of, named=wanted.named)
            else:
                self._draw_course(wanted.of)
            with self._turn, suppress(ValueError):
                self._wanted.remove(wanted)
                self._turn.notify_all()

    def _next(self) -> Wish | None:
        """Wait for what is to be drawn next: what somebody waits for, before what is drawn ahead."""
        with self._turn:
            while not self._ended:
                if self._wanted:
                    return self._wanted[0]
                if self._ahead and not self._turn.wait(SETTLES):
                    session, _ = self._ahead.popitem()
                    self._wanted.append(Wish("page", session))
                elif not self._ahead:
                    self._turn.wait()
            return None

    def _draw(self, session: str, *, named: bool) -> None:
        made: Made | None = None
        try:
            bare, rows, heads = self._read(session)
            bare = bare if named else _without_name(bare)
            made = _made(bare, heads, named=named)
            if self.find(made) is None:
                before = self._folders(session, named)
                self._into(self._folder(made), before, draw_files, bare, rows, picture_of(made))
        except Exception as error:  # the page says so, and the next one is drawn
            self._fail(made, error)

    def _draw_course(self, patient: str) -> None:
        made: Made | None = None
        try:
            pages, visits = [], []
            for session in self._sessions_of(patient):
                bare, rows, heads = self._read(session)
                pages.append(_made(bare, heads, named=True))
                visits.append(self.run(visit, bare, rows))
            made = _course_made(patient, pages)
            if self.find_course(made) is None:
                folder = self._course_folder(made)
                self._into(folder, list(folder.parent.glob("course-*")), draw_course_files, visits)
        except Exception as error:  # as above
            self._fail(made, error)

    def _sessions_of(self, patient: str) -> list[str]:
        rows, count = self._clinic.session_rows(patient=patient, limit=1000)
        if not count:
            raise NoSuchSession(f"no session of patient {patient} is here")
        return sorted(row["id"] for row in rows)

    def _into(self, folder: Path, before: Sequence[Path], work: Callable[..., None], *said: Any) -> None:
        """Have *work* fill a folder, which then stands in the place of those before it.

        *work* takes what is *said*, then the folder.
        """
        self.folder.mkdir(mode=0o700, exist_ok=True)
        folder.parent.mkdir(mode=0o700, exist_ok=True)
        being_made = folder.with_name(f".{folder.name}")
        shutil.rmtree(being_made, ignore_errors=True)
        being_made.mkdir(mode=0o700)
        try:
            self.run(work, *said, being_made)
            being_made.rename(folder)
        finally:
            shutil.rmtree(being_made, ignore_errors=True)
        for old in before:
            shutil.rmtree(old, ignore_errors=True)

    def _read(self, session: str) -> tuple[SessionFile, list[Row], Heads]:
        """Return a session's file without records, its records and their heads, all of one moment."""
        rows: list[Row] = []
        heads: dict[str, tuple[int, str]] = {}
        while True:
            after = {writer: count - 1 for writer, (count, _) in heads.items()}
            with self._clinic.desk() as desk:
                some = desk.rows_after({session: after}, AT_ONCE)
                if not some:
                    return desk.file(session, after, 0), rows, heads
            rows += some
            heads |= {row[1]: (row[2] + 1, row[7]) for row in some}

    def _fail(self, made: Made | None, error: Exception) -> None:
        if self._ended:
            return
        told = isinstance(error, InfusionlogError)
        if not told:  # a fault of this program: where, and not what
            sys.stderr.write(f"drawing: {type(error).__name__}\n")
        if made is not None:
            self._failed[made.key] = str(error) if told else f"drawing broke off ({type(error).__name__})"

    def _course_folder(self, made: Made) -> Path:
        return self.folder / made.session / f"course-{made.key}"

    def _folder(self, made: Made) -> Path:
        return self.folder / made.session / f"{_kind(made.named)}-{made.key}"

    def _folders(self, session: str, named: bool) -> list[Path]:
        return list((self.folder / session).glob(f"{_kind(named)}-*"))


def picture_of(made: Made) -> str:
    """Return the address of the picture on a page."""
    return f"/sessions/{made.session}/page.svg?of={made.key}"


def _kind(named: bool) -> str:
    return "named" if named else "ids"


def _course_made(patient: str, pages: Sequence[Made]) -> Made:
    said = json.dumps([patient, *(page.key for page in pages)])
    return Made(pages[-1].session, True, {}, hashlib.sha256(said.encode()).hexdigest()[:32])


def _made(bare: SessionFile, heads: Heads, *, named: bool) -> Made:
    said = [version("infusionlog"), named, bare.row, bare.patient, bare.checks, sorted(heads.items())]
    digest = hashlib.sha256(json.dumps(said, default=str, sort_keys=True).encode()).hexdigest()
    return Made(str(bare.row["id"]), named, heads, digest[:32])


def _without_name(bare: SessionFile) -> SessionFile:
    return replace(bare, patient={**bare.patient, "name": None, "born": None})


def _spawned() -> Executor:
    spawn = multiprocessing.get_context("spawn")  # a fork would have the threads' locks and the ledger's file
    return ProcessPoolExecutor(1, mp_context=spawn, initializer=_stand_back)


def _stand_back() -> None:
    if hasattr(os, "nice"):
        os.nice(NICE)


def _end(pool: Executor) -> None:
    """End a pool and what it is at."""
    at_work = list((getattr(pool, "_processes", None) or {}).values())
    pool.shutdown(wait=False, cancel_futures=True)
    for process in at_work:
        process.terminate()
