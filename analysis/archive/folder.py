"""Where the files of many sessions lie: a folder a month, so that some months can be asked alone."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

ENDING = ".parquet"


def path_of(archive: Path, session: str, opened_at: datetime) -> Path:
    """Return where a session's file stands: ``month=2026-03/<session>.parquet``, by its opening in UTC."""
    return archive / f"month={opened_at.astimezone(UTC):%Y-%m}" / (session + ENDING)


def files_in(archive: Path) -> list[Path]:
    """Return the files of all sessions, sorted; none where there is no such folder."""
    return sorted(archive.glob(f"month=*/*{ENDING}"))
