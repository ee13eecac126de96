"""Libraries of other formats that talk on standard error: what they warn of is theirs, not the session's."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any


@contextmanager
def quiet(name: str) -> Iterator[Any]:
    """Import a library without types and use it, deaf to its warnings of what pandas 4 will change.

    Raises:
        ModuleNotFoundError: it is not installed.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield import_module(name)
