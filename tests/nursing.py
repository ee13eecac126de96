"""What the people of a ward do in a browser, as the tests of whole sessions need it."""

from __future__ import annotations

import json
from typing import Any

from clinic import password
from whole_clinic import Monitor, WholeClinic, wait_for


def signs_in(page: Any, name: str) -> None:
    page.goto("/sign-in")
    page.fill("#name", name)
    page.fill("#password", password(name))
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(lambda url: "sign-in" not in url)


def stands_in(page: Any, room: str) -> None:
    """Register the page's screen to a room."""
    page.goto("/screen")
    page.fill("#room", room)
    page.get_by_role("button", name="Save as").click()
    page.get_by_text(f"This screen stands in {room}").wait_for()


def opens(ward: WholeClinic, monitor: Monitor, room: str) -> str:
    """Open a session with a monitor that speaks, and wait until its numbers arrive at the server."""
    monitor.speaks()
    session = ward.opens(f"{monitor.adapter}={monitor.url}", room, f"DEMO-{room}")
    wait_for(lambda: "reading" in kinds_of(ward, session), "no reading arrived")
    return session


def kinds_of(ward: WholeClinic, session: str) -> list[str]:
    return [record.kind for record in ward.records(session)]


def said(ward: WholeClinic, session: str, kind: str) -> list[tuple[str, dict[str, Any]]]:
    """Return author and payload of each record of a kind, in its order."""
    return [(one.author, json.loads(one.payload)) for one in ward.records(session) if one.kind == kind]


def count(ward: WholeClinic, session: str, kind: str) -> int:
    return kinds_of(ward, session).count(kind)
