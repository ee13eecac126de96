"""The archive: a columnar copy of each closed session, for questions across sessions and for other programs.

A session is one Parquet file (see `columns`), ``month=2026-03/<session>.parquet`` below the archive's folder,
with its facts, units and the heads that it was made of in the metadata (see `facts`). It holds no name and no
birth. `write` makes one of a `Session`, `read` makes that Session again; `questions` asks thousands at once.
"""

from __future__ import annotations

from analysis.archive.facts import Facts
from analysis.archive.folder import files_in, path_of
from analysis.archive.reading import frames, read, read_facts
from analysis.archive.writing import write

__all__ = ["Facts", "files_in", "frames", "path_of", "read", "read_facts", "write"]
