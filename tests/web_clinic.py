"""The pages of a clinic with users and an open session, and browsers of each role that have signed in."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Mapping
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from clinic import ADMIN, COLLEAGUE, NURSE, PHYSICIAN, QA, ROLES, Clinic, password

from logger.settings import Settings
from logger.web import app
from logger.web.clinic import Clinic as WebClinic

with warnings.catch_warnings():
    # Starlette 1 warns that it goes over to httpx2; the client it makes of httpx is the same.
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

ONE_OF_EACH = {"nurse": NURSE, "physician": PHYSICIAN, "qa": QA, "admin": ADMIN}
CSRF = re.compile(r'<meta name="csrf" content="(\w+)">')


class Seconds:
    """The clock of visits: stands where it is put."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Browser:
    """A browser on the pages: `posts` fills in what every form carries."""

    def __init__(self, client: TestClient) -> None:
        self.client = client
        self._tokens: dict[str | None, str] = {}

    def gets(self, path: str, **more: Any) -> Any:
        """Return the answer; redirects are not followed."""
        return self.client.get(path, follow_redirects=False, **more)

    def sees(self, path: str) -> str:
        """Return the text of a page that is there, redirects followed."""
        answer = self.client.get(path)
        assert answer.status_code == 200, f"{path}: {answer.status_code}"
        return str(answer.text)

    def token(self, path: str = "/about") -> str:
        """Return the token that this browser's forms carry."""
        cookie = self.client.cookies.get("visit")
        if cookie is None or cookie not in self._tokens:
            found = CSRF.search(self.client.get(path).text)
            assert found is not None
            cookie = self.client.cookies.get("visit")
            self._tokens[cookie] = found[1]
        return self._tokens[cookie]

    def posts(self, path: str, fields: Mapping[str, Any] | None = None, **more: Any) -> Any:
        """Send a form with its token; return the answer, redirects not followed."""
        body = {"csrf": self.token(), **(fields or {})}
        return self.client.post(path, data=body, follow_redirects=False, **more)

    def signs_in(self, name: str, secret: str | None = None) -> Any:
        return self.posts("/sign-in", {"name": name, "password": secret or password(name)})


class Idle(Executor):
    """Draws nothing, ever: for tests in which nobody looks at a session's page."""

    def __init__(self) -> None:
        self._waiting: list[Future[Any]] = []

    def submit(self, *_: Any, **__: Any) -> Future[Any]:
        self._waiting.append(Future())
        return self._waiting[-1]

    def shutdown(self, *_: Any, **__: Any) -> None:
        for one in self._waiting:
            one.cancel()


class ClinicOnTheWeb(Clinic):
    """A clinic's ledger (see `Clinic`) with its pages.

    Attributes:
        web: the pages' own door to the ledger.
        seconds: the clock of visits.
        app: the pages.
    """

    def __init__(self, path: Path, monkeypatch: Any, **more: Any) -> None:
        super().__init__(path, monkeypatch)
        self.seconds = Seconds()
        self.web = WebClinic(self.desk, Settings(zone="UTC"))
        self.app = app.application(self.web, clock=self.seconds, **{"workers": Idle} | more)
        self._browsers: dict[str, Browser] = {}

    def browser(self) -> Browser:
        """Return a browser in which nobody has signed in."""
        return Browser(TestClient(self.app, base_url="http://127.0.0.1", raise_server_exceptions=False))

    def of(self, name: str) -> Browser:
        """Return the browser of a user or of one of a role, who has signed in."""
        name = ONE_OF_EACH.get(name, name)
        if name not in self._browsers:
            self._browsers[name] = self.browser()
            assert self._browsers[name].signs_in(name).status_code == 303
        return self._browsers[name]

    def forget(self, name: str) -> None:
        """Have the next browser of a user or role sign in anew."""
        self._browsers.pop(ONE_OF_EACH.get(name, name), None)

    def on_a_rooms_screen(self, browser: Browser, room: str = "1") -> Browser:
        """Have a browser stand in a room."""
        browser.client.cookies.set("screen", self.app.state.screens.cookie(room))
        return browser


@contextmanager
def clinic_on_the_web(folder: Path, monkeypatch: Any, **more: Any) -> Iterator[ClinicOnTheWeb]:
    """Give a clinic's pages on a new ledger in *folder*."""
    made = ClinicOnTheWeb(folder / "clinic.db", monkeypatch, **more)
    try:
        yield made
    finally:
        made.app.state.drawings.close()
        made.web.close()


__all__ = ["ADMIN", "COLLEAGUE", "NURSE", "PHYSICIAN", "QA", "ROLES", "Browser", "ClinicOnTheWeb"]
