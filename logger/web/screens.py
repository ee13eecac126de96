"""Which room a screen stands in: a cookie that the server signs, so that it holds across restarts.

Live numbers are shown on a room's own screen alone. The key stands beside the ledger; whoever removes that
file takes all screens their rooms.
"""

from __future__ import annotations

import base64
import hmac
import os
import secrets
from pathlib import Path

KEEPS = 400 * 24 * 3600
"""Seconds for which a browser keeps it: the longest that browsers take. Source: RFC 6265bis, 5.5."""


class Screens:
    """Signs and reads the cookies of rooms' screens.

    Args:
        path: of the key, made where it is not there, for its owner's eyes.
    """

    def __init__(self, path: Path) -> None:
        self._key = _key(path)

    def cookie(self, room: str) -> str:
        """Return what a screen of *room* keeps."""
        name = base64.urlsafe_b64encode(room.encode()).decode()
        return f"{name}.{self._seal(name)}"

    def room(self, cookie: str | None) -> str | None:
        """Return the room of a screen, None where it has none or the cookie is not ours."""
        name, _, seal = (cookie or "").partition(".")
        if not name or not hmac.compare_digest(seal.encode(), self._seal(name).encode()):
            return None
        return base64.urlsafe_b64decode(name).decode()

    def _seal(self, name: str) -> str:
        return hmac.new(self._key, f"screen {name}".encode(), "sha256").hexdigest()


def _key(path: Path) -> bytes:
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(secrets.token_bytes(32))
    except FileExistsError:
        pass
    return path.read_bytes()
