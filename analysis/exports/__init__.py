"""Copies of a session for other programs: one module or package a format, named as the format.

There is no list. A format is every name in this folder without an underscore in it, but `copy`; what several
formats share has an underscore in its name. The library that a format needs is imported inside its
functions, so that the formats can be listed, and the others written, where it is not installed.
"""

from __future__ import annotations

from difflib import get_close_matches
from importlib import import_module
from pkgutil import iter_modules
from typing import cast

from analysis.exports.copy import Format
from devices.errors import UsageError


class UnknownFormat(UsageError):
    """Nothing in this folder has that name."""


def names() -> list[str]:
    """Return every format's name, sorted; imports none of them."""
    found = (module.name for module in iter_modules(__path__))
    return sorted(name for name in found if "_" not in name and name != "copy")


def format_named(name: str) -> Format:
    """Return one format's module; only it is loaded.

    Raises:
        UnknownFormat: no module has this name; the message names the close ones, or all.
    """
    known = names()
    if name not in known:
        close = get_close_matches(name, known, n=3, cutoff=0.6)
        hint = f"did you mean {' or '.join(close)}?" if close else f"known: {', '.join(known)}"
        raise UnknownFormat(f"no format is called {name!r}; {hint}")
    return cast(Format, import_module(f"analysis.exports.{name}"))
