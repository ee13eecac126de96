"""What a test can't do alone: programs in processes of their own, and places that are small or read-only."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@contextmanager
def another_program(code: str, *arguments: object) -> Iterator[subprocess.Popen[str]]:
    """Run Python *code* in a process of its own; it is killed at the end of the block if it still runs."""
    command = [sys.executable, "-c", code, *map(str, arguments)]
    program = subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    with program:
        try:
            yield program
        finally:
            program.kill()


def said_by(code: str, *arguments: object) -> str:
    """Return what Python *code* prints in a process of its own that runs to its end."""
    with another_program(code, *arguments) as program:
        said, complaint = program.communicate(timeout=60)
        assert program.returncode == 0, complaint
        return said


@contextmanager
def mounted(folder: Path, *options: str) -> Iterator[Path]:
    """Make *folder* a file system in memory until the end of the block, or skip the test."""
    folder.mkdir(exist_ok=True)
    mount = ["mount", "-t", "tmpfs", "-o", ",".join(options), "tmpfs", str(folder)]
    if sys.platform != "linux" or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("no file system can be mounted here: needs Linux and root")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def make_read_only(folder: Path) -> None:
    """Let nobody write any more into a `mounted` folder."""
    subprocess.run(["mount", "-o", "remount,ro", str(folder)], check=True)


def fill(folder: Path, leave: int = 0) -> Path:
    """Fill the disk of *folder* but for *leave* bytes; return the file to delete to make room."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            file.truncate(file.tell() - leave)
    return filler
