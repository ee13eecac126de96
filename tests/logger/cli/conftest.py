"""The command line in this process: words in; status, output and complaint out."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from ledgers import url_of

from logger import cli


@dataclass(frozen=True)
class Said:
    """What a command answered."""

    status: int
    out: str
    complaint: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Command = Callable[..., Said]


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "ledger.db"


@pytest.fixture
def command(database, monkeypatch, capsys) -> Command:
    """Run a command on the test's ledger."""
    monkeypatch.setenv("INFUSIONLOG_DATABASE", url_of(database))
    monkeypatch.setenv("INFUSIONLOG_RESERVE_MB", "0")
    monkeypatch.setenv("INFUSIONLOG_ZONE", "UTC")
    monkeypatch.setenv("INFUSIONLOG_CHECKPOINTS", str(database.parent / "checkpoints"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(database.parent / "config"))
    monkeypatch.delenv("INFUSIONLOG_DEBUG", raising=False)

    def say(*words: str) -> Said:
        monkeypatch.setattr("sys.argv", ["infusionlog", *words])
        capsys.readouterr()
        try:
            cli.main()
        except SystemExit as ended:
            status = ended.code if isinstance(ended.code, int) else 0
        else:
            status = 0
        out, complaint = capsys.readouterr()
        return Said(status, out, complaint.strip())

    return say
