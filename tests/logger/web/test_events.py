"""The event stream of a room: whole at first, again after each commit, over when the screen locks."""

from __future__ import annotations

import asyncio
import json

from ledgers import frame
from starlette.requests import Request
from web_clinic import ClinicOnTheWeb

from logger.web.pages.live_page import _events


def request_of(clinic: ClinicOnTheWeb) -> Request:
    cookie = clinic.of("nurse").client.cookies["visit"]
    return Request({"type": "http", "app": clinic.app, "headers": [(b"cookie", f"visit={cookie}".encode())]})


def test_each_commit_is_an_event_and_a_lock_ends_the_stream(clinic_web: ClinicOnTheWeb):
    async def watch() -> tuple[str, str, str]:
        stream = _events(request_of(clinic_web), clinic_web.session)
        first = await anext(stream)
        with clinic_web.web.desk() as desk:
            said = frame(clinic_web.session, desk.clock.now(), {"vital": "spo2", "value": 93})
            written = desk.store.append([said])
        clinic_web.web.publish(written)
        second = await anext(stream)
        clinic_web.app.state.visits.lock(clinic_web.of("nurse").client.cookies["visit"])
        return first, second, await anext(stream)

    first, second, last = asyncio.run(watch())
    assert json.loads(first.removeprefix("data: "))["vitals"] == []
    assert [one["value"] for one in json.loads(second.removeprefix("data: "))["vitals"]] == ["93"]
    assert last.startswith("event: ended")
