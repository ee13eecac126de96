"""How long the server is at a page of an archive of ten thousand sessions, for each page that there is."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from statistics import median
from typing import Any

from figures.drawing import supervise
from figures.room import Room
from measuring import Figure, Target

from logger.clock import SECOND
from logger.kinds import canonical
from logger.ledger.models import Entry
from logger.settings import Settings

SESSIONS = 10_000
LIMIT = 200
"""Milliseconds."""
ROUNDS = 5
PASSWORD = "a password of a bench"  # noqa: S105  of an invented user
ROLES = {"b.admin": "admin", "b.nurse": "nurse", "b.physician": "physician", "b.qa": "qa"}
NO_PAGES = ("/events", ".pdf", ".json", "/report", "page.svg", "course.svg", "/static/", "/forwarding")
"""Files and streams are no pages."""


def of_ten_thousand_sessions(folder: Path) -> Iterator[Figure]:
    """Ask every page once for each role that may have it, and name the slowest."""
    room = Room(folder)
    supervise(room)
    fill(room)
    took, left_out = asked(room)
    slowest = max(took, key=lambda path: took[path])
    for path, ms in sorted(took.items(), key=lambda one: -one[1])[:5]:
        print(f"  {ms:6.1f} ms  {path}")
    for path in left_out:
        print(f"  left out: {path}")
    worst, bare = took[slowest], took["GET /about nurse"]
    what = f"slowest of {len(took)} pages of {SESSIONS} sessions ({slowest.split()[1]})"
    yield Figure(what, worst, "ms", "the page About", bare, worst / bare, Target("value", "<=", LIMIT))


def fill(room: Room) -> None:
    """Add sessions that have ended, each of a few records, every tenth of them signed."""
    store = room.desk.store
    row = store.session(room.session)
    names = list(row)
    marks = ", ".join("?" * len(names))
    begun = row["opened_at"] - SESSIONS * 3600 * SECOND

    def rows(connection: Any) -> None:
        for number in range(SESSIONS):
            at = begun + number * 3600 * SECOND
            one = row | {
                "id": f"00000000-0000-7000-8000-{number:012d}",
                "room": f"Room {number % 50}",
                "patient": f"BENCH-{number % 1000}",
                "opened_at": at,
                "ended_at": at + 1800 * SECOND,
                "closed_at": at + 1800 * SECOND,
                "state": "closed",
            }
            connection.exec_driver_sql(
                "INSERT OR IGNORE INTO patient (id, name) VALUES (?, ?)", (one["patient"], "Invented Bench")
            )
            connection.exec_driver_sql(
                f"INSERT INTO session ({', '.join(names)}) VALUES ({marks})",
                tuple(one[name] for name in names),
            )

    store.commit(rows)
    entries = []
    for number in range(SESSIONS):
        session, at = f"00000000-0000-7000-8000-{number:012d}", begun + number * 3600 * SECOND
        entries += [
            Entry(session, at + k * SECOND, "note", "b.nurse", canonical({"v": 1, "text": f"note {k}"}))
            for k in range(8)
        ]
        entries.append(Entry(session, at + 1800 * SECOND, "session.end", "b.nurse", canonical({"v": 1})))
    store.append(entries)


def asked(room: Room) -> tuple[dict[str, float], list[str]]:
    """Return the median milliseconds of every page by ``GET address role``, and those that do not answer."""
    from starlette.testclient import TestClient

    from logger.web.app import application, guards_of, page_modules, routes_of
    from logger.web.clinic import Clinic
    from logger.web.rendering import static_digest

    for name, role in ROLES.items():
        room.desk.people.add("bench", name, f"Bench {role}", role, PASSWORD)  # type: ignore[arg-type]
        room.desk.people.set_secret(name, name, PASSWORD)
    app = application(clinic := Clinic(room.desk, Settings(zone="UTC")))
    first = room.desk.store.records(room.session, limit=1)[0].ref
    known = {"session": room.session, "room": "1", "patient": "BENCH-1", "user": "b.nurse", "ref": first}
    known |= {"digest": static_digest()}
    took: dict[str, float] = {}
    left_out = []
    try:
        while app.state.waiting.refresh():
            pass
        for name, role in ROLES.items():
            browser = TestClient(app, base_url="http://127.0.0.1")
            token = re.search(r'name="csrf" content="(\w+)"', browser.get("/sign-in").text)
            assert token is not None
            browser.post("/sign-in", data={"csrf": token[1], "name": name, "password": PASSWORD})
            for module in page_modules():
                names = known | getattr(module, "EXAMPLES", {})
                for route in routes_of(module):
                    roles = guards_of(route)[0].roles
                    if "GET" not in route.methods or (roles and role not in roles):
                        continue
                    if any(part in route.path for part in NO_PAGES):
                        continue
                    path = address(route.path, names)
                    browser.get(path)
                    app.state.drawings.wait(120)
                    times = []
                    for _ in range(ROUNDS):
                        began = time.perf_counter()
                        answer = browser.get(path, follow_redirects=False)
                        times.append((time.perf_counter() - began) * 1000)
                    if answer.status_code in (200, 303):
                        took[f"GET {path} {role}"] = median(times)
                    else:
                        left_out.append(f"{path} {role}: {answer.status_code}")
    finally:
        app.state.drawings.close()
        clinic.close()
    return took, left_out


def address(path: str, names: Mapping[str, str]) -> str:
    """Return the address of a route with *names* in the place of its parts."""
    return re.sub(r"{(\w+)(?::\w+)?}", lambda part: names.get(part[1], "x"), path)
