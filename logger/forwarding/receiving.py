"""The server's side of forwarding: takes what recorders post into the clinic's ledger, and answers.

Records are verified on arrival and on the disk before the answer says so. What the page ended or discharged
is derived from the ledger at each post, so a recorder that comes back after a day is told too.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from logger import kinds
from logger.clock import moment
from logger.entering.closing import settle
from logger.entering.desk import LedgerDesk, is_aside
from logger.entering.ending import ABOUT_THE_END, ENDS
from logger.errors import ServerRefuses
from logger.forwarding.captures import Captures
from logger.forwarding.discharged import Discharged
from logger.forwarding.door import Door
from logger.forwarding.enrolling import Enrolled
from logger.forwarding.messages import FORWARDING, Answer, Ended, NewSession, Post, Seqs
from logger.forwarding.recorders import Recorders
from logger.ledger.chains import heads
from logger.ledger.copying import caught, know_session, take
from logger.ledger.models import Entry, Written
from logger.ledger.store import Store
from logger.people.accounts import RECORDER

SETTLES = ABOUT_THE_END | {"session.patient"}
"""Kinds after which a session's row may say something else."""


@dataclass(slots=True)
class _Taken:
    """What became of the records of a post; *new* are those that are new here."""

    new: list[Written] = field(default_factory=list)
    seen: Seqs = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)
    holes: list[str] = field(default_factory=list)


class Receiving:
    """Takes posts of recorders, from several threads.

    Args:
        door: to the clinic's ledger.
        monotonic: seconds of a clock that never runs back.

    Attributes:
        recorders: what is known of them.
        captures: takes their raw captures.
    """

    def __init__(self, door: Door, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._door, self._monotonic = door, monotonic
        self._epoch = secrets.token_hex(8)
        self._devices = Discharged()
        self.recorders = Recorders()
        self.captures = Captures(door)
        with door.desk() as desk:
            self._read(desk)
            for row in desk.store.sessions():
                if row["state"] != "closed":
                    settle(desk.store, row["id"])

    def _read(self, desk: LedgerDesk) -> None:
        self.recorders.enrolment.read(desk.store)
        desk.living = self.recorders.enrolment.living()

    def admit(self, token: str) -> Enrolled:
        """Return the recorder whose token this is.

        Raises:
            ServerRefuses: it is nobody's.
        """
        with self._door.desk() as desk:
            self._read(desk)
        if found := self.recorders.enrolment.by_token(token):
            return found
        raise ServerRefuses(
            "this token is no enrolled recorder's; enrol it there: infusionlog recorders enrol NAME"
        )

    def post(self, recorder: Enrolled, post: Post) -> Answer:
        """Take what a recorder posts; what the answer says to be here is on the disk.

        Raises:
            ServerRefuses: the versions don't fit, or the writer is another recorder's.
        """
        if post.version != FORWARDING:
            older = "this server" if post.version > FORWARDING else f"recorder {recorder.name}"
            raise ServerRefuses(
                f"recorder {recorder.name} ({post.program}) forwards in version {post.version}, this server "
                f"takes {FORWARDING}: update {older}; what is recorded meanwhile is kept there"
            )
        with self._door.desk() as desk:
            at = desk.clock.now()
            self._check_writers(recorder.name, post)
            new = self._connected(desk, recorder.name, post)
            taken = self._take(desk, post)
            new += taken.new
            refused = _refused(desk.store, {post.writer, *(row[1] for row in post.records)})
            self.recorders.heard(recorder.name, post, self._monotonic(), at, refused)
            new += self._compared(desk, recorder.name, taken.new)
            answer = Answer(
                epoch=self._epoch,
                now=desk.clock.now(),
                seen=taken.seen,
                unknown=taken.unknown,
                holes=taken.holes,
                refused=refused,
                ended=list(_ended(desk, post.open or ())),
                devices=self._devices.wanted(desk.store, post.open or (), post.devices),
                results=[one.id for one in post.results],
            )
        if new:
            self._door.publish(new)
        self.recorders.answered(post.results)
        return answer.model_copy(update={"asks": self.recorders.asked_of(recorder.name)})

    def _check_writers(self, name: str, post: Post) -> None:
        writers = self.recorders.enrolment.writers
        for writer in {post.writer, *(row[1] for row in post.records)} & writers.keys():
            if writers[writer] != name and writers[writer] in self.recorders.enrolment.recorders:
                raise ServerRefuses(
                    f"writer {writer} is that of recorder {writers[writer]}, and {name} sends its records: "
                    "two recorders have one ledger, or a token is used twice; enrol each by a name of its own"
                )

    # What comes.

    def _take(self, desk: LedgerDesk, post: Post) -> _Taken:
        store, taken = desk.store, _Taken()
        for one in post.sessions:
            _know(store, one, post.protocols)
        purged = self.recorders.enrolment.purged
        records = [Written(*row) for row in post.records]
        named = {*post.heads, *(record.session for record in records)}
        closed = {one for one in named if one == kinds.SYSTEM or one in purged}  # nothing is taken of these
        known = closed | {one for one in named if is_aside(one)}
        known |= {str(row["id"]) for row in store.rows(sorted(named - known))}
        taken.unknown = sorted(named - known)
        received, taken.new = take(store, [one for one in records if one.session in known - closed])
        taken.holes = [*received.holes, *received.forks]
        settled = {record.session for record in taken.new if record.kind in SETTLES}
        for session in sorted(one for one in settled if not is_aside(one)):
            taken.new += desk.close_own(session)
        taken.seen = _seen(store, post, closed, taken.unknown)
        return taken

    # What the clocks say.

    def _connected(self, desk: LedgerDesk, name: str, post: Post) -> list[Written]:
        """Record that a recorder came with a new writer, and once a connection how its clock stands."""
        is_known = self.recorders.enrolment.writers.get(post.writer) == name
        if not post.writer or (is_known and post.clock is None):
            return []
        clock = post.clock.model_dump() if post.clock else {}
        said = kinds.RecorderConnected(recorder=name, writer=post.writer, program=post.program, **clock)
        at = desk.clock.wall()
        entries = [Entry(kinds.SYSTEM, at, "recorder.connected", RECORDER, kinds.text_of(said))]
        rows = desk.store.rows(list(post.open or ())) if clock else []
        entries += [_compared(desk, row["id"], post.writer, clock) for row in rows if row["state"] == "open"]
        written = desk.store.append(entries)
        self._read(desk)
        return written

    def _compared(self, desk: LedgerDesk, name: str, new: Sequence[Written]) -> list[Written]:
        """Record in sessions that were opened just now how the clocks of their writers stand."""
        heard = next((one for one in self.recorders.all() if one.name == name), None)
        if heard is None or heard.clock is None:
            return []
        clock = heard.clock.model_dump()
        opened = [one.session for one in new if one.kind == "session.open" and one.writer == heard.writer]
        rows = desk.store.rows(opened)
        return desk.store.append(
            [_compared(desk, row["id"], heard.writer, clock) for row in rows if row["state"] == "open"]
        )

    # What follows for the recorder.


def _know(store: Store, said: NewSession, protocols: Mapping[str, str]) -> None:
    """Have a row of a session that is new here; what became of it its records say, which follow."""
    if store.rows([said.row["id"]]):
        return
    digest = said.row["protocol_digest"]
    row = {**said.row, "state": "open", "ended_at": None, "closed_at": None}
    know_session(store, row, said.patient, protocols[digest])


def _seen(store: Store, post: Post, closed: set[str], unknown: Sequence[str]) -> Seqs:
    """Return of each stream that was named what is here, or is not wanted again: it is in quarantine."""
    seen: Seqs = {stream: {} for stream in {*post.heads, *(row[0] for row in post.records)} - set(unknown)}
    refused = caught(store)
    for stream, of_writer in heads(store, seen).items():
        said = post.heads.get(stream, {})
        for writer, (count, digest) in of_writer.items():
            if (stream, writer) not in refused and _differs(store, (stream, writer), count, digest, said):
                continue  # from its beginning, so that the fork is found
            seen[stream][writer] = count - 1
    for (stream, writer), (_, last) in refused.items():
        if stream in seen:
            seen[stream][writer] = max(last, seen[stream].get(writer, -1))
    for stream, said in post.heads.items():
        if stream in closed:
            seen[stream] = {writer: count - 1 for writer, (count, _) in said.items()}
    return seen


def _differs(
    store: Store, chain: tuple[str, str], count: int, digest: str, said: Mapping[str, tuple[int, str]]
) -> bool:
    """Return whether the sender has another record than this ledger where its chain ends."""
    theirs, head = said.get(chain[1], (0, ""))
    if not 0 < theirs <= count:
        return False
    if theirs < count:
        mine = store.record(*chain, theirs - 1)
        return mine is None or mine.digest != head
    return digest != head


def _refused(store: Store, writers: set[str]) -> dict[str, str]:
    found = {}
    for (session, writer), (why, _) in caught(store).items():
        if writer in writers and why & {"fork", "altered"}:
            what = "another record of the same number is here" if "fork" in why else "a record was altered"
            found[writer] = f"{what}, in session {session}; what came is in quarantine"
    return found


def _ended(desk: LedgerDesk, open_there: Sequence[str]) -> list[Ended]:
    """Return those of the sessions which a recorder holds open that have ended here."""
    found = []
    for row in desk.store.rows(list(open_there)):
        if row["state"] != "open":
            records = desk.store.records(row["id"], streamed=False)
            ref = next((one.ref for kind in ENDS for one in records if one.kind == kind), None)
            if ref is not None and row["ended_at"] is not None:
                ended_at = moment(row["ended_at"]).isoformat()
                found.append(Ended(session=row["id"], ended_at=ended_at, ref=ref))
    return found


def _compared(desk: LedgerDesk, session: str, writer: str, clock: Mapping[str, float]) -> Entry:
    said = kinds.Clock(event="compared", writer=writer, **clock)
    return Entry(session, desk.clock.now(), "clock", RECORDER, kinds.text_of(said))
