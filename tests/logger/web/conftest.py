"""What tests of pages share: a clinic's pages over a real ledger."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from web_clinic import ClinicOnTheWeb, clinic_on_the_web


@pytest.fixture
def clinic_web(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ClinicOnTheWeb]:
    """A clinic with one user of each role, a session that is open in room 1, and its pages."""
    with clinic_on_the_web(tmp_path, monkeypatch) as made:
        yield made
