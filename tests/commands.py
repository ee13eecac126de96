"""The program as a user runs it: processes, their output, their status."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PROGRAM = [sys.executable, "-c", "from logger.cli import main; main()"]


def environment(database: Path) -> dict[str, str]:
    """The caller's, with the ledger at *database* and no settings of this machine's user."""
    return os.environ | {
        "INFUSIONLOG_DATABASE": f"sqlite:///{database}",
        "INFUSIONLOG_RESERVE_MB": "0",
        "INFUSIONLOG_ZONE": "UTC",
        "INFUSIONLOG_CHECKPOINTS": str(database.parent / "checkpoints"),
        "XDG_CONFIG_HOME": str(database.parent / "config"),
    }


def run(database: Path, *words: str, feed: bytes | None = None) -> subprocess.CompletedProcess[bytes]:
    """Run one command to its end."""
    return subprocess.run(
        [*PROGRAM, *words], env=environment(database), input=feed, capture_output=True, timeout=60
    )


def answer(database: Path, *words: str) -> Any:
    """Run a command that must succeed and return its JSON."""
    done = run(database, *words, "--json")
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout)


def refusal(database: Path, *words: str) -> tuple[int, str]:
    """Run a command that must not succeed; return its status and its one line on standard error."""
    done = run(database, *words)
    said = done.stderr.decode()
    assert done.returncode != 0, done.stdout.decode()
    assert "Traceback" not in said
    return done.returncode, said.strip().splitlines()[-1]


@contextmanager
def at_work(database: Path, *words: str) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """Give a command that runs on, with its first line; it is ended with the block if it has not ended."""
    process = subprocess.Popen(
        [*PROGRAM, *words], env=environment(database), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert process.stdout is not None
    try:
        yield process, process.stdout.readline().decode().strip()
    finally:
        process.terminate()
        process.wait(timeout=30)
        process.stdout.close()
