"""The forwarder's connection to its server: JSON over HTTP, kept open, with a bearer token."""

from __future__ import annotations

import gzip
import http.client
import json
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import orjson
from pydantic import ValidationError

from devices.errors import UsageError
from logger.errors import ServerRefuses, ServerSilent
from logger.forwarding.messages import Answer

POSTS = "/forwarding"
"""Where a server takes posts; captures stand under it."""

ANSWERS_WITHIN = 10.0
"""Seconds that a server has for an answer."""

PACKED_FROM = 1400
"""Bytes from which a body is packed: what does not fit into one packet of a network."""


class Server:
    """A server as the forwarder speaks to it.

    Args:
        url: ``http://HOST:PORT`` or ``https://...``, with a path where the server has one.
        token: returns the token; asked for each request, so that a file may change.
        authority: a file of certificates that are trusted beside the machine's own.
    """

    def __init__(self, url: str, token: TokenSource, authority: Path | None = None) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.query:
            raise UsageError(f"--to {url}: give the server's address, as https://clinic.example:8443")
        self.url, self._token, self._authority = url.rstrip("/"), token, authority
        self._path = parts.path.rstrip("/")
        self._address = (parts.hostname, parts.port)
        self._context = _trusting(authority) if parts.scheme == "https" else None
        self._connection: http.client.HTTPConnection | None = None

    def again(self) -> Server:
        """Return another connection to the same server."""
        return Server(self.url, self._token, self._authority)

    def post(self, said: Mapping[str, Any]) -> Answer:
        """Post what a recorder has to say and return the server's answer.

        Raises:
            ServerSilent: it can't be heard, or answers nothing that can be read.
            ServerRefuses: it takes nothing of this forwarder.
        """
        body = orjson.dumps(said)
        headers = {"Content-Type": "application/json"}
        if len(body) >= PACKED_FROM:
            body, headers["Content-Encoding"] = gzip.compress(body, 1), "gzip"
        try:
            return Answer.model_validate_json(self._request("POST", "", body, headers))
        except ValidationError as error:
            raise ServerSilent(f"{self.url} answers, and not as a server of infusionlog does") from error

    def ask(self, path: str, said: Mapping[str, Any]) -> dict[str, Any]:
        """Post *said* under `POSTS` and return the answer; raises as `post` does."""
        answer = self._request("POST", path, orjson.dumps(said), {"Content-Type": "application/json"})
        return dict(json.loads(answer))

    def put(self, path: str, body: bytes, headers: Mapping[str, str]) -> None:
        """Put bytes under `POSTS`; raises as `post` does."""
        self._request("PUT", path, body, {"Content-Type": "application/octet-stream", **headers})

    def close(self) -> None:
        """Hang up."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _request(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> bytes:
        fresh = self._connection is None
        try:
            return self._once(method, path, body, headers)
        except (http.client.HTTPException, OSError) as error:
            self.close()
            if fresh or isinstance(error, TimeoutError):
                raise self._silent(error) from error
        try:  # a server that was idle may have hung up: a new connection tells
            return self._once(method, path, body, headers)
        except (http.client.HTTPException, OSError) as error:
            self.close()
            raise self._silent(error) from error

    def _silent(self, error: Exception) -> ServerSilent:
        if isinstance(error, ssl.SSLCertVerificationError):
            return ServerSilent(
                f"{self.url}: its certificate is not trusted ({error.verify_message}); give the server's "
                "own with --ca FILE"
            )
        why = getattr(error, "strerror", None) or str(error) or type(error).__name__
        return ServerSilent(f"{self.url} can't be heard ({why})")

    def _once(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> bytes:
        if self._connection is None:
            self._connection = self._connect()
        sent = {"Authorization": f"Bearer {self._token()}", "Accept": "application/json", **headers}
        self._connection.request(method, self._path + POSTS + path, body, sent)
        response = self._connection.getresponse()
        answer = response.read()
        if response.status == http.client.OK:
            return answer
        self.close()
        if response.status >= http.client.INTERNAL_SERVER_ERROR:
            raise ServerSilent(f"{self.url} can't take it just now (status {response.status})")
        raise ServerRefuses(f"{self.url} refuses: {_sentence(answer, response.status)}")

    def _connect(self) -> http.client.HTTPConnection:
        host, port = self._address
        if self._context is None:
            return http.client.HTTPConnection(host, port, timeout=ANSWERS_WITHIN)
        return http.client.HTTPSConnection(host, port, timeout=ANSWERS_WITHIN, context=self._context)


class TokenSource:
    """Where a token is read from: a file, else what was given."""

    def __init__(self, file: Path | None, given: str = "") -> None:
        self._file, self._given = file, given

    def __call__(self) -> str:
        """Return the token as it stands there now.

        Raises:
            ServerRefuses: there is none.
        """
        try:
            token = self._file.read_text(encoding="ascii").strip() if self._file else self._given
        except (OSError, UnicodeError) as error:
            why = getattr(error, "strerror", None) or "no token"
            raise ServerRefuses(f"--token-file {self._file}: {why}; save the token there") from error
        if not token or not token.isprintable() or " " in token:
            raise ServerRefuses("there is no token: give --token-file FILE or INFUSIONLOG_TOKEN")
        return token


def _trusting(authority: Path | None) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context()
        if authority is not None:
            context.load_verify_locations(authority)
    except OSError as error:
        raise UsageError(f"--ca {authority}: is no file of certificates; give the server's own") from error
    return context


def _sentence(answer: bytes, status: int) -> str:
    try:
        return str(json.loads(answer)["error"])
    except (ValueError, KeyError, TypeError):
        return f"status {status}; is it the address of an infusionlog server?"
