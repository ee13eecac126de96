"""dev.py on machines that lack something, and what it hands on."""

from __future__ import annotations

import ast
import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

import dev

SCRIPT = Path(dev.__file__)


def test_it_imports_the_standard_library_alone() -> None:
    imports = [
        node for node in ast.walk(ast.parse(SCRIPT.read_text("utf-8"))) if isinstance(node, ast.Import)
    ]
    names = {alias.name.partition(".")[0] for node in imports for alias in node.names}
    assert names - sys.stdlib_module_names == set()


def test_an_old_python_is_told_what_is_needed() -> None:
    pretend = f"import sys, runpy; sys.version_info = (3, 10, 1); runpy.run_path({str(SCRIPT)!r})"
    told = subprocess.run([sys.executable, "-c", pretend], capture_output=True, text=True, check=False)
    assert (told.returncode, told.stderr) == (1, "infusionlog needs Python 3.11 or later; this is 3.10.\n")


def test_no_task_lists_the_tasks() -> None:
    told = subprocess.run([sys.executable, SCRIPT], capture_output=True, text=True, check=True).stdout
    assert [line.split()[0] for line in told.splitlines()[2:]] == list(dev.TASKS)


def test_an_unknown_task_is_refused() -> None:
    told = subprocess.run([sys.executable, SCRIPT, "tset"], capture_output=True, text=True, check=False)
    assert told.returncode == 2


def test_a_uv_on_the_search_path_is_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    uv = tmp_path / ("uv" + dev.EXE)
    uv.write_bytes(b"")
    uv.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert dev.find_uv() == uv


def test_a_uv_that_was_brought_is_not_brought_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(dev, "TOOLS", tmp_path)
    brought = tmp_path / dev.BIN / ("uv" + dev.EXE)
    brought.parent.mkdir()
    brought.write_bytes(b"")
    assert dev.find_uv() == brought


def test_pip_alone_is_enough_to_bring_uv(monkeypatch: pytest.MonkeyPatch) -> None:
    without(monkeypatch, "ensurepip")
    assert dev.pip_install()[-2:] == ["--target", dev.TOOLS]


def test_a_python_without_pip_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    without(monkeypatch, "ensurepip", "pip")
    with pytest.raises(SystemExit, match="sudo apt install python3-venv"):
        dev.pip_install()


@pytest.mark.parametrize("programs", [["chromium", "apt-get"], []])
def test_a_browser_is_brought_only_where_none_is_and_one_can_be(
    programs: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in programs:
        (tmp_path / name).touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(dev, "run", lambda *_: pytest.fail("nothing is to be installed here"))
    dev.bring_browser()


def test_the_status_of_a_task_is_handed_on() -> None:
    assert dev.run(sys.executable, "-c", "raise SystemExit(7)") == 7


@pytest.mark.skipif(os.name == "nt", reason="Windows has no signals")
def test_a_task_that_a_signal_ends_has_the_shells_status() -> None:
    assert dev.run(sys.executable, "-c", "import os; os.kill(os.getpid(), 9)") == 137


def without(monkeypatch: pytest.MonkeyPatch, *absent: str) -> None:
    """Make modules look as if this Python did not have them, and all others as if it had."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name in absent else object())
