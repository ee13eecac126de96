"""Browsers on event streams, as many as there are rooms, in a process of their own.

``python watching.py PORT OUT ROOM ...`` prints a line when all of them are connected. When its standard input
ends it writes to OUT when each record came, in microseconds of the monotonic clock.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path


async def watch(port: int, room: str, came: dict[str, int], begun: asyncio.Event) -> None:
    """Read a room's stream for ever."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET /rooms/{room}/frames HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    while line := await reader.readline():
        if line.startswith(b":"):
            begun.set()
        elif line.startswith(b"data: "):
            now = time.monotonic_ns() // 1000
            came.update(dict.fromkeys(json.loads(line[6:]), now))


async def watch_all(port: int, out: Path, rooms: list[str]) -> None:
    """Watch every room until the standard input ends."""
    came: dict[str, int] = {}
    begun = [asyncio.Event() for _ in rooms]
    tasks = [
        asyncio.create_task(watch(port, *one, came, told)) for *one, told in zip(rooms, begun, strict=True)
    ]
    for told in begun:
        await told.wait()
    print("watching", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    for task in tasks:
        task.cancel()
    out.write_text(json.dumps(came))


def main() -> None:
    """Watch."""
    port, out, *rooms = sys.argv[1:]
    asyncio.run(watch_all(int(port), Path(out), rooms))


if __name__ == "__main__":
    main()
