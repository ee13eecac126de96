"""One command for every task of working on infusionlog: ``python3 dev.py TASK [ARGUMENT ...]``.

Needs Python 3.11 or later and nothing else. Brings ``.venv`` into step with ``uv.lock`` first, with the uv
on the search path or, where there is none, with one that pip puts into ``.uv`` beside this file; then runs
the task, and hands on its exit status. Arguments after the task's name are passed on to it.
"""

import sys

if sys.version_info < (3, 11):
    sys.exit("infusionlog needs Python 3.11 or later; this is %d.%d." % sys.version_info[:2])  # noqa: UP031

import importlib.util
import os
import shutil
import subprocess
import venv
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
TOOLS = ROOT / ".uv"
UV = "uv==0.13.9"
PIP_INSTALL = ("-m", "pip", "install", "--quiet", "--disable-pip-version-check")
BIN, EXE = ("Scripts", ".exe") if os.name == "nt" else ("bin", "")


def setup(*arguments: str) -> int:
    """Make .venv, or bring it into step with uv.lock."""
    fresh = not VENV.exists()
    if fresh:
        print("Setting up .venv from uv.lock; the first time takes a minute.", flush=True)
    # An existing .venv keeps its interpreter: naming another one would make uv build it anew.
    which_python = ["--python", sys.executable] if fresh else ["--quiet"]
    status = run(
        find_uv(), "sync", "--locked", "--extra", "formats", "--compile-bytecode", *which_python, *arguments
    )
    if status:
        print("dev.py: .venv could not be set up; uv says above what is missing.", file=sys.stderr)
    return status


def demo(*arguments: str) -> int:
    """Record, chart and verify a simulated session into demo/."""
    return run(tool("infusionlog"), "demo", "--out", "demo", *arguments)


def test(*arguments: str) -> int:
    """Run the tests, a file at a time on every core: many of them wait for a line, not for the processor."""
    bring_browser()
    return run(tool("pytest"), "-n", "auto", "--dist", "loadfile", *arguments)


def lint(*arguments: str) -> int:
    """Check style, formatting and the arrows between the rooms; arguments go to ``ruff check``."""
    style = run(tool("ruff"), "check", *arguments)
    return max(style, run(tool("ruff"), "format", "--check"), run(tool("lint-imports")))


def types(*arguments: str) -> int:
    """Check the types."""
    return run(tool("mypy"), *arguments)


def bench(*arguments: str) -> int:
    """Measure every figure against its yardstick, into bench.json."""
    if setup("--group", "peers"):
        print("dev.py: other people's stores can't be installed here; their lines are left out.", flush=True)
    return run(tool("python"), ROOT / "tests" / "benchmarks" / "bench.py", *arguments)


def fuzz(*arguments: str) -> int:
    """Ask the laws of the decoders: ``[SECONDS] [ADAPTER ...]``, 20 seconds for each adapter if not said."""
    return run_with("fuzz", "python", "tests/fuzz/decoders.py", *arguments)


def pictures(*arguments: str) -> int:
    """Draw the demo's page and every kind of picture of what is invented into pictures/."""
    played = run(tool("infusionlog"), "demo", "--out", "pictures/demo", *arguments)
    return played or run(tool("python"), ROOT / "tests" / "pictures.py", "pictures")


def pages(*arguments: str) -> int:
    """Take pictures of every page at three sizes into docs/pictures/."""
    return run(tool("python"), ROOT / "tests" / "page_pictures.py", ROOT / "docs" / "pictures", *arguments)


def docs(*arguments: str) -> int:
    """Build the documentation into site/; nothing in it is loaded from elsewhere."""
    return run_with("docs", "mkdocs", "build", "--strict", *arguments)


TASKS: dict[str, Callable[..., int]] = {
    task.__name__: task for task in (setup, demo, test, lint, types, bench, fuzz, docs, pictures, pages)
}


def bring_browser() -> None:
    """Install Debian's Chromium where that can be done unasked; elsewhere the tests of the pages skip."""
    apt_get = shutil.which("apt-get")
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    if shutil.which("chromium") or not (apt_get and is_root):
        return
    print("Chromium is not installed here; apt-get brings it for the tests of the pages.", flush=True)
    if run(apt_get, "update", "-qq") or run(
        apt_get, *["install", "-qq", "--no-install-recommends", "chromium"], "-y"
    ):
        print("dev.py: Chromium could not be installed; the tests of the pages skip.", file=sys.stderr)


def tool(name: str) -> Path:
    """Return the program *name* of .venv."""
    return VENV / BIN / (name + EXE)


def find_uv() -> Path:
    """Return uv: the one on the search path, else the one in .uv, which is installed there if need be."""
    on_path = shutil.which("uv")
    if on_path:
        return Path(on_path)
    own = TOOLS / BIN / ("uv" + EXE)
    if not own.exists():
        print("uv is not installed here; pip brings it into .uv.", flush=True)
        if run(*pip_install(), UV):
            sys.exit("dev.py: pip could not bring uv; it says above why. uv can also be installed by hand.")
    return own


def pip_install() -> list[str | Path]:
    """Return the command that installs a package into .uv.

    Debian's and Ubuntu's python3 comes without ensurepip, and often without pip: either one is enough.
    """
    if importlib.util.find_spec("ensurepip"):
        venv.create(TOOLS, clear=True, with_pip=True)
        return [TOOLS / BIN / ("python" + EXE), *PIP_INSTALL]
    if importlib.util.find_spec("pip"):
        return [sys.executable, *PIP_INSTALL, "--target", TOOLS]
    sys.exit("dev.py: this Python has neither pip nor ensurepip: `sudo apt install python3-venv`, try again.")


def run(*command: str | Path) -> int:
    """Run *command* in the project's folder and return its exit status.

    Ctrl-C reaches the command too, which ends by itself; its status counts.
    """
    environment = os.environ | {
        "UV_PROJECT_ENVIRONMENT": str(VENV),
        "UV_PYTHON_DOWNLOADS": "never",
        # A clinic's proxy signs with a root that only the operating system knows.
        "UV_SYSTEM_CERTS": os.environ.get("UV_SYSTEM_CERTS", "1"),
    }
    environment.pop("VIRTUAL_ENV", None)
    with subprocess.Popen([str(part) for part in command], cwd=ROOT, env=environment) as running:
        while True:
            try:
                status = running.wait()
            except KeyboardInterrupt:
                continue
            return status if status >= 0 else 128 - status


def run_with(group: str, *command: str) -> int:
    """Run *command* with a group of tools that come for this one run: nobody else needs them."""
    return run(find_uv(), "run", "--locked", "--group", group, *command)


def main() -> int:
    """Run the task that the command line names, after the set-up."""
    name, *arguments = sys.argv[1:] or ["--help"]
    if name not in TASKS:
        print("usage: python3 dev.py TASK [ARGUMENT ...]\n")
        print("\n".join(f"  {name:10}{task.__doc__}" for name, task in TASKS.items()))
        return 0 if name in ("--help", "-h", "help") else 2
    if name == "setup":
        return setup(*arguments)
    return setup() or TASKS[name](*arguments)


if __name__ == "__main__":
    sys.exit(main())
