"""Real pages in a real browser: Debian's Chromium on a server of this process."""

from __future__ import annotations

import os
import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from watched_pages import Watched
from web_clinic import ClinicOnTheWeb, clinic_on_the_web
from whole_clinic import WholeClinic, whole_clinic

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


class Served:
    """A clinic's pages at an address of this machine.

    Attributes:
        clinic: the clinic; its clock and that of its visits stand where they are put.
        url: where its pages are.
    """

    def __init__(self, clinic: ClinicOnTheWeb, url: str) -> None:
        self.clinic, self.url = clinic, url


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    """A clinic with one user of each role and a session that is open in room 1, served."""
    with clinic_on_the_web(tmp_path, monkeypatch) as clinic, socket.create_server(("127.0.0.1", 0)) as door:
        server = uvicorn.Server(uvicorn.Config(clinic.app, log_level="warning", ws="none"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [door]})
        thread.start()
        try:
            yield Served(clinic, f"http://127.0.0.1:{door.getsockname()[1]}")
        finally:
            server.should_exit = True
            thread.join()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """The browser; skips where it is not installed.

    Each file starts its own: while one runs, its thread has an event loop, and no other file's tests could
    start one.
    """
    if CHROMIUM is None:
        pytest.skip("no chromium on this machine: apt-get install chromium")
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        yield browser
        browser.close()


@pytest.fixture
def tablet(chromium: Any, served: Served) -> Iterator[Any]:
    """A page of a tablet that stands in room 1."""
    context = chromium.new_context(viewport={"width": 768, "height": 1024}, base_url=served.url)
    cookie = served.clinic.app.state.screens.cookie("1")
    context.add_cookies([{"name": "screen", "value": cookie, "url": served.url}])
    context.set_default_timeout(10_000)
    watched = Watched(context, served.url)
    yield context.new_page()
    context.close()
    assert watched.faults == []


SIZES = {"phone": (360, 740), "tablet": (768, 1024), "desktop": (1440, 900)}
"""Width and height of what the pages are shown on, in CSS pixels."""


@pytest.fixture(scope="session")
def ward(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WholeClinic]:
    """A clinic of real processes; one for all tests, which take a room each."""
    if not hasattr(os, "openpty"):
        pytest.skip("needs signals that end a recorder")
    with whole_clinic(tmp_path_factory.mktemp("ward")) as made:
        yield made


@pytest.fixture
def opened(chromium: Any) -> Iterator[Callable[..., Any]]:
    """Open the pages of a clinic as on another device: ``opened(ward, "phone")`` is a page."""
    made: list[tuple[Any, Watched]] = []

    def opens(clinic: WholeClinic, size: str = "tablet", **more: Any) -> Any:
        width, height = SIZES[size]
        context = chromium.new_context(
            viewport={"width": width, "height": height},
            base_url=clinic.url,
            has_touch=size != "desktop",
            **more,
        )
        context.set_default_timeout(15_000)
        made.append((context, Watched(context, clinic.url)))
        return context.new_page()

    yield opens
    for context, _ in made:
        context.close()
    assert [fault for _, watched in made for fault in watched.faults] == []
