"""Finds the adapters: every module of devices/adapters/ and every profile of config/devices/.

There is no list: a file's stem is the adapter's name. A name that begins with ``_`` is no adapter.
"""

from __future__ import annotations

from difflib import get_close_matches
from functools import cache
from importlib import import_module
from pathlib import Path

from devices.contract import Adapter
from devices.errors import UnknownAdapter
from devices.vocabulary import config_folder


def modules_folder() -> Path:
    """Return the folder of the adapters that need code."""
    return Path(__file__).resolve().parent / "adapters"


def profiles_folder() -> Path:
    """Return the folder of the line devices' profiles."""
    return config_folder() / "devices"


def names() -> list[str]:
    """Return every adapter's name, sorted; imports none of them."""
    files = [*modules_folder().glob("*.py"), *profiles_folder().glob("*.toml")]
    return sorted({file.stem for file in files if not file.stem.startswith("_")})


@cache
def adapter(name: str) -> Adapter:
    """Return one adapter; only its own module or profile is loaded.

    Raises:
        UnknownAdapter: no file has this name; the message names the close ones, or all.
        BadProfile: the profile of this name breaks the form.
    """
    known = names()
    if name not in known:
        close = get_close_matches(name, known, n=3, cutoff=0.5)
        hint = f"did you mean {' or '.join(close)}?" if close else f"known: {', '.join(known)}"
        raise UnknownAdapter(f"no adapter is called {name!r}; {hint}")
    if (modules_folder() / f"{name}.py").exists():
        found: Adapter = import_module(f"devices.adapters.{name}").ADAPTER
        return found
    from devices.lines import load

    return load(profiles_folder() / f"{name}.toml")


def adapters() -> dict[str, Adapter]:
    """Return every adapter by its name, sorted.

    Raises:
        BadProfile: a profile breaks the form; see `devices.profiles.load`.
    """
    return {name: adapter(name) for name in names()}
