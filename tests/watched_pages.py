"""What no page may do in any test: fail in the console, break its policy, ask elsewhere, or get a 5xx."""

from __future__ import annotations

from typing import Any

WITHOUT_WORD = ("Failed to load resource",)
"""What the browser says of an answer 4xx or a lost network: tests look at those themselves."""


class Watched:
    """The pages of a browser's window; `faults` is what they did wrong."""

    def __init__(self, context: Any, url: str) -> None:
        self.faults: list[str] = []
        self._url = url
        context.on("console", self._console)
        context.on("weberror", lambda error: self.faults.append(f"script: {error.error}"))
        context.on("request", self._request)
        context.on("response", self._response)

    def _console(self, message: Any) -> None:
        if message.type in ("error", "warning") and not message.text.startswith(WITHOUT_WORD):
            self.faults.append(f"console: {message.text}")

    def _request(self, request: Any) -> None:
        if not request.url.startswith((self._url, "data:", "blob:", "about:")):
            self.faults.append(f"asked elsewhere: {request.url}")

    def _response(self, response: Any) -> None:
        if response.status >= 500:
            self.faults.append(f"{response.status}: {response.request.method} {response.url}")


class Taps:
    """Hands on a page, with every tap counted; digits and words on a keyboard are none."""

    def __init__(self, page: Any) -> None:
        self.page, self.count = page, 0

    def on(self, what: Any) -> None:
        """Tap on a locator, which must be the only one of its kind."""
        what.click()
        self.count += 1

    def button(self, name: str) -> None:
        self.on(self.page.get_by_role("button", name=name).first)

    def link(self, name: str) -> None:
        self.on(self.page.get_by_role("link", name=name).first)

    def words(self, *names: str) -> None:
        """Tap on labels, one after the other."""
        for name in names:
            self.on(self.page.locator("label").filter(has_text=name).first)

    def done(self) -> int:
        """Return the taps since the last time this was asked."""
        counted, self.count = self.count, 0
        return counted
