"""One fold a session, shared by all who watch it, and fed with records right after their commit.

The listener only puts records aside; who next asks folds them. A text that was made serves every client, so
fifty browsers on one session cost one fold and one JSON text.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

from logger.ledger.models import Written
from logger.web.clinic import Clinic
from logger.web.live.fold import Fold
from logger.web.live.state import Live, LivePlace
from logger.web.live.telling import live, place

T = TypeVar("T")

MOST_WAITING = 20_000
"""Records of a session that nobody asks about are put aside up to here, then read anew."""

KEEPS = 200
"""Sessions whose folds are kept: those that are open."""


class Watched:
    """A session and what came since somebody last asked about it."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.waiting: deque[Written] = deque()
        self.version = 0
        self.fold: Fold | None = None
        self.made: tuple[int, int, str] = (-1, 0, "")


class Watching:
    """The open sessions of a clinic as live pages and the board see them; used from any thread."""

    def __init__(self, clinic: Clinic) -> None:
        self._clinic = clinic
        self._lock = threading.Lock()
        self._watched: dict[str, Watched] = {}
        self._wakes: dict[object, tuple[str | None, Callable[[], None]]] = {}
        self.threads = ThreadPoolExecutor(2, thread_name_prefix="live")
        clinic.listen(self._take)

    def _take(self, records: Sequence[Written]) -> None:
        named = {record.session for record in records}
        for record in records:
            if (watched := self._watched.get(record.session)) is not None:
                watched.waiting.append(record)
                watched.version += 1
        for session, wake in list(self._wakes.values()):
            if session in named or (session is None and any(_is_for_the_board(one) for one in records)):
                wake()

    def live(self, session: str) -> Live:
        """Return a session with its last values; raises `NoSuchSession`."""
        return self._ask(session, live)

    def place(self, session: str) -> LivePlace:
        """Return a session without any of its values; raises `NoSuchSession`."""
        return self._ask(session, place)

    def text(self, session: str) -> str:
        """Return the JSON of `live`, made once for all who ask within a second while nothing comes."""
        watched = self._of(session)
        second = int(self._clinic.now().timestamp())
        version, made_at, text = watched.made
        if (version, made_at) != (watched.version, second):
            version = watched.version
            text = self.live(session).model_dump_json()
            watched.made = (version, second, text)
        return text

    @contextmanager
    def folded(self, session: str) -> Iterator[Fold]:
        """Give a session's fold, to which nothing is added meanwhile."""
        watched = self._of(session)
        with watched.lock:
            yield self._caught_up(session, watched)

    def _ask(self, session: str, tell: Callable[..., T]) -> T:
        with self.folded(session) as fold:
            recorders = self._clinic.recorders
            silence = None if recorders is None or not fold.devices else recorders.silence(fold.row["room"])
            return tell(fold, self._clinic.now(), silence)

    def _of(self, session: str) -> Watched:
        with self._lock:
            if session not in self._watched:
                self._clinic.row(session)
                while len(self._watched) >= KEEPS:
                    self._watched.pop(next(iter(self._watched)))
                self._watched[session] = Watched()
            return self._watched[session]

    def _caught_up(self, session: str, watched: Watched) -> Fold:
        waiting = [watched.waiting.popleft() for _ in range(len(watched.waiting))]  # others add meanwhile
        if watched.fold is not None and len(waiting) < MOST_WAITING:
            watched.fold.take(waiting)
        if watched.fold is None or watched.fold.is_stale or len(waiting) >= MOST_WAITING:
            watched.fold = Fold(self._clinic.file(session))
        return watched.fold

    # Who waits for news.

    @contextmanager
    def bell(self, session: str | None) -> Iterator[asyncio.Event]:
        """Give an event that is set when a session changes; None: any, in what the board shows."""
        loop, event = asyncio.get_running_loop(), asyncio.Event()
        mine = object()

        def wake() -> None:
            loop.call_soon_threadsafe(event.set)

        self._wakes[mine] = (session, wake)
        try:
            yield event
        finally:
            self._wakes.pop(mine, None)


def _is_for_the_board(record: Written) -> bool:
    return record.kind not in ("reading", "wave", "unread")
