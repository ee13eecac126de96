"""What stands in the head of every answer, and the cookie of a browser that has none."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Iterable, Mapping
from http.cookies import SimpleCookie

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
"""Nothing from elsewhere, and nothing that stands within a page runs."""

HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=(), serial=()",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}
"""A page that has one of these itself keeps it. ``no-store``: after signing out, "back" shows nothing."""


class Heads:
    """Adds the headers, gives a browser its first cookie, and answers to no foreign name.

    Args:
        app: what is asked.
        cookie: the visit's.
        secure: pages come by TLS alone.
        unexpected: answers an error that nothing within has answered.
        too_large: answers a form that is too large, before it is read; None: it is not.
        hosts: names by which this server may be called; None: any. A page elsewhere could otherwise
            point a name of its own at this machine (DNS rebinding).
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        cookie: str,
        secure: bool,
        unexpected: Callable[[Request, Exception], Awaitable[Response]],
        too_large: Callable[[Request], Response | None],
        hosts: Iterable[str] | None = None,
    ) -> None:
        self._app, self._cookie, self._secure = app, cookie, secure
        self._unexpected, self._too_large = unexpected, too_large
        self._hosts = None if hosts is None else frozenset(hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        asked = Headers(scope=scope)
        if self._hosts is not None and _name(asked.get("host", "")) not in self._hosts:
            refused = PlainTextResponse("this server is not called so; ask it by its own name", 421)
            await refused(scope, receive, send)
            return
        fresh = "" if self._cookie in cookies(asked) else secrets.token_urlsafe(32)
        scope.setdefault("state", {})["fresh_cookie"] = fresh

        started = False

        async def with_heads(message: Message) -> None:
            nonlocal started
            started = True
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                is_page = headers.get("content-type", "").startswith("text/html")
                if fresh and is_page and "set-cookie" not in headers:
                    headers.append("set-cookie", cookie_text(self._cookie, fresh, secure=self._secure))
            await send(message)

        if large := self._too_large(Request(scope)):
            await large(scope, receive, with_heads)
            return
        try:
            await self._app(scope, receive, with_heads)
        except Exception as error:  # the door: whatever it is, it gets a sentence
            answer = await self._unexpected(Request(scope, receive), error)
            if not started:
                await answer(scope, receive, with_heads)


def cookies(headers: Headers) -> Mapping[str, object]:
    """Return the cookies of a request by their names."""
    return SimpleCookie(headers.get("cookie", ""))


def cookie_text(name: str, value: str, *, secure: bool, keeps: int | None = None) -> str:
    """Return the header that has a browser keep a cookie: never for scripts, never for other sites."""
    parts = [f"{name}={value}", "Path=/", "HttpOnly", "SameSite=Strict"]
    parts += ["Secure"] if secure else []
    parts += [] if keeps is None else [f"Max-Age={keeps}"]
    return "; ".join(parts)


def _name(host: str) -> str:
    return host[: host.rindex("]") + 1] if "]" in host else host.partition(":")[0]
