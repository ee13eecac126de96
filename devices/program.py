"""What this program calls itself where a file, a record or a page says what made it."""

from __future__ import annotations

from functools import cache
from importlib.metadata import version


@cache
def program() -> str:
    """Return this program and its version; looking for it takes a millisecond."""
    return f"infusionlog {version('infusionlog')}"
