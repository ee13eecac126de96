"""What `dev.py fuzz` does where it can't fuzz."""

from __future__ import annotations

import importlib.util
import runpy
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

main: Callable[[], int] = runpy.run_path(str(Path(__file__).with_name("decoders.py")))["main"]


def test_where_there_is_no_fuzzer_it_says_so_in_one_line_and_the_tests_run_for_long(monkeypatch, capsys):
    ran: list[list[str]] = []

    def run(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        ran.append(command)
        return subprocess.CompletedProcess(command, 3)

    monkeypatch.setattr(subprocess, "run", run)
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    assert main() == 3
    assert ["--hypothesis-profile=fuzz" in command for command in ran] == [True]
    assert capsys.readouterr().out.count("\n") == 1


def test_an_adapter_that_is_not_there_is_named_and_nothing_runs(monkeypatch, capsys):
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: object())
    monkeypatch.setattr(sys, "argv", ["decoders.py", "5", "no_such_monitor"])
    assert main() == 2
    assert "no_such_monitor" in capsys.readouterr().out
