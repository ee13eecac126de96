"""An audit made into files: what a page shows of it, its tables, its pictures, the payload of its record."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from analysis.rules import Verdict
from logger.clock import moment
from logger.entering.desk import Desk
from logger.entering.sessions import open_ledger
from logger.reviewing.auditing import Run, recorded_run, run
from logger.reviewing.auditing_words import Asked, Chosen, Report, choose_sessions

SHOWN, RECORD, MATRIX, RATES, PROGRESS = "shown.json", "record.json", "audit.csv", "rates.csv", "progress"
TOLD = (Verdict.FAIL, Verdict.CANNOT_TELL)
"""The verdicts that a reader has to look at."""


@dataclass(frozen=True, slots=True)
class Work:
    """What an audit is to be made of: what *asked* means, or an earlier run *ref* as it stood then."""

    url: str
    folder: Path
    author: str
    asked: Asked | None = None
    seed: int = 0
    ref: str | None = None


def audit_into(work: Work) -> None:
    """Judge, and write the files of `SHOWN` and its like into the folder; nothing is written to the ledger.

    Raises:
        NoSuchSession, BadEntry, NoSuchRecord: nothing is meant, or not so.
    """
    desk = open_ledger(work.url, read_only=True)
    try:
        chosen, made = _judged(desk, work)
        report = Report(made, chosen, desk, ref=work.ref)
        record = made.record(chosen.sample, chosen.seed, work.author)
        _write(work.folder, SHOWN, json.dumps(_shown(report)))
        _write(work.folder, RECORD, json.dumps(record))
        _write(work.folder, MATRIX, report.csv)
        _write(work.folder, RATES, report.rates_csv)
        if made.judged:
            _draw(report, work.folder)
    finally:
        desk.close()


def progress(folder: Path) -> str:
    """Return how far an audit is, in words; empty where it has not begun."""
    try:
        return (folder / PROGRESS).read_text(encoding="utf-8")
    except OSError:
        return ""


def _judged(desk: Desk, work: Work) -> tuple[Chosen, Run]:
    if work.ref is not None:
        said = recorded_run(desk, work.ref)
        assert said.judged_at is not None  # noqa: S101  recorded_run has looked
        chosen = Chosen(list(said.sessions), said.sample, said.seed, len(said.sessions))
        return chosen, run(desk, _counted(chosen.sessions, work.folder), said.judged_at, said.sessions)
    chosen = choose_sessions(desk, work.asked or Asked(), work.seed)
    return chosen, run(desk, _counted(chosen.sessions, work.folder), _now(desk))


def _now(desk: Desk) -> datetime:
    return moment(desk.status().now)


def _counted(sessions: Sequence[str], folder: Path) -> Iterator[str]:
    for number, session in enumerate(sessions):
        _write(folder, PROGRESS, f"{number} of {len(sessions)} sessions are judged")
        yield session
    _write(
        folder, PROGRESS, f"{len(sessions)} of {len(sessions)} sessions are judged; the pictures are drawn"
    )


def _shown(report: Report) -> Mapping[str, Any]:
    """Return what the page of an audit shows: of the verdicts those of `TOLD`."""
    told = report.as_json()
    kept = [str(verdict) for verdict in TOLD]
    told["sessions"] = [
        one | {"rules": [rule for rule in one["rules"] if rule["verdict"] in kept]}
        for one in told["sessions"]
    ]
    return told


def _draw(report: Report, folder: Path) -> None:
    from analysis.qa_pictures import draw_pictures, save_pictures

    drawn = draw_pictures(report.run.judged, report.made_by, len(report.run.left_out))
    save_pictures(drawn, folder, report.made_by)


def _write(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(text, encoding="utf-8")
