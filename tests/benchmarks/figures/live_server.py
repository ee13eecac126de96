"""A clinic's server in a process of its own, with one event stream a room: what the live page stands on.

``python live_server.py DATABASE PORT TOKEN_DIGEST`` serves until its standard input ends.
``/rooms/ROOM/frames`` sends the references of each batch of the room's records once it was published.
"""

from __future__ import annotations

import asyncio
import json
import sys
import threading
from collections.abc import AsyncIterator, Sequence

import uvicorn
from fastapi.responses import StreamingResponse

from logger.entering.sessions import open_ledger
from logger.forwarding.receiving import Receiving
from logger.ledger.models import Written
from logger.settings import Settings
from logger.web.app import application
from logger.web.clinic import Clinic


class Streams:
    """Hands published records on to the streams of their sessions' rooms."""

    def __init__(self, clinic: Clinic) -> None:
        self._clinic, self._rooms = clinic, dict[str, str]()
        self._queues: list[tuple[str, asyncio.Queue[list[str]], asyncio.AbstractEventLoop]] = []
        clinic.listen(self.take)

    def take(self, records: Sequence[Written]) -> None:
        of_room: dict[str, list[str]] = {}
        for record in records:
            if record.kind in ("reading", "unread", "session.open"):
                if record.kind == "session.open":
                    self._rooms[record.session] = json.loads(record.payload)["room"]
                if record.session in self._rooms:
                    of_room.setdefault(self._rooms[record.session], []).append(
                        f"{record.session} {record.ref}"
                    )
        for room, queue, loop in self._queues:
            if room in of_room:
                loop.call_soon_threadsafe(queue.put_nowait, of_room[room])

    async def of(self, room: str) -> AsyncIterator[str]:
        queue: asyncio.Queue[list[str]] = asyncio.Queue()
        self._queues.append((room, queue, asyncio.get_running_loop()))
        yield ": begun\n\n"
        while True:
            yield f"data: {json.dumps(await queue.get())}\n\n"


def main() -> None:
    """Serve until the bench hangs up."""
    database, port, token = sys.argv[1:]
    desk = open_ledger(f"sqlite:///{database}", create=True)
    desk.append("system", "recorder.enrolled", "bench", {"recorder": "bench", "token": token})
    clinic = Clinic(desk, Settings(zone="UTC"))
    app = application(clinic)
    app.state.receiving = Receiving(clinic)
    clinic.recorders = app.state.receiving.recorders
    streams = Streams(clinic)

    @app.get("/rooms/{room}/frames")
    async def frames(room: str) -> StreamingResponse:
        return StreamingResponse(streams.of(room), media_type="text/event-stream")

    server = uvicorn.Server(
        uvicorn.Config(app, port=int(port), log_level="error", timeout_graceful_shutdown=1)
    )

    def until_told() -> None:
        sys.stdin.read()
        server.should_exit = True

    threading.Thread(target=until_told, daemon=True).start()
    threading.Thread(target=clinic.look, daemon=True).start()
    server.run()
    clinic.close()


if __name__ == "__main__":
    main()
