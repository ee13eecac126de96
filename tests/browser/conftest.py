"""Real pages in a real browser: Debian's Chromium on a server of this process."""

from __future__ import annotations

import shutil
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from web_clinic import ClinicOnTheWeb, clinic_on_the_web

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


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """The browser; skips where it is not installed."""
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
    yield context.new_page()
    context.close()
