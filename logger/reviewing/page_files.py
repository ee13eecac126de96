"""A session's page as files: what a browser shows of it, and what is taken away, made in one go.

It runs in a process of its own: it takes the records as the ledger's rows and leaves a folder of files.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from logger.entering.desk import SessionFile
from logger.entering.required import missing
from logger.ledger.audit import Row
from logger.ledger.models import Written

if TYPE_CHECKING:
    from analysis.page.content import Content
    from analysis.session import Session

PICTURE, PDF, REPORT, BODY, FACTS = "page.svg", "page.pdf", "report.html", "body.html", "facts.json"
"""The first sheet, all sheets, the report for itself, what stands on our page, and what lists say of it."""


def file_of(bare: SessionFile, rows: Sequence[Row]) -> SessionFile:
    """Return a session's file with the records of *rows*, which stand chain after chain."""
    records = sorted((Written(*row) for row in rows), key=lambda one: (one.at, one.writer, one.seq))
    return replace(bare, records=tuple(records))


def draw_files(bare: SessionFile, rows: Sequence[Row], picture: str, folder: Path) -> None:
    """Write the files of a session's page into *folder*, which is there.

    Args:
        bare: the session without its records; without a name the page has none.
        rows: the records, chain after chain.
        picture: the address at which a browser finds `PICTURE`.
        folder: takes the files.

    Raises:
        InfusionlogError: the session can't be drawn.
        OSError: the files can't be written.
    """
    from analysis.page import draw_page, save
    from analysis.page.about import about_page
    from analysis.page.content import content_of
    from analysis.report import render_body, render_html, report_of
    from analysis.report.picture import element_of
    from logger.reviewing.frames import build

    file = file_of(bare, rows)
    session = build(file)
    content, sheets, about = content_of(session), draw_page(session), about_page(session)
    report = report_of(session, picture=element_of(sheets[0]))
    (folder / REPORT).write_text(render_html(report), encoding="utf-8")
    shown = replace(report, picture=_with_values(content, picture))
    (folder / BODY).write_text(render_body(shown), encoding="utf-8")
    (folder / FACTS).write_text(
        json.dumps(_facts(session, content, missing(file.protocol, file.records))), encoding="utf-8"
    )
    save(sheets[:1], folder / PICTURE, about)
    save(sheets, folder / PDF, about)


def _facts(session: Session, content: Content, lacking: Sequence[str]) -> Mapping[str, Any]:
    """Return what is asked of a page that was drawn, without reading it."""
    from analysis.page.header import status

    review = content.signatures.latest("review")
    return {
        "state": status(content),
        "banners": list(session.banners),
        "unresolved": [e.label for e in content.effects.episodes if e.resolved is None],
        "missing": list(lacking),
        "reviewed": review is not None and not review.changes,
    }


def _with_values(content: Content, picture: str) -> str:
    """Return the picture with what stands where on it, as rectangles that a pointer or arrow keys reach."""
    from analysis.page.sheet import PAPERS
    from analysis.page.values import values_of
    from analysis.report.picture import ALTERNATIVE

    paper = PAPERS["A4"]
    rects = "\n".join(
        f'<rect x="{v.x:.2f}" y="{v.y:.2f}" width="{v.width:.2f}" height="{v.height:.2f}">'
        f"<title>{escape(v.said)}</title></rect>"
        for v in values_of(content)
    )
    return (
        '<div class="sheet" tabindex="0" role="group" aria-label="The page; arrow keys go from value to '
        'value" aria-describedby="value" data-values>\n'
        f'<div class="over"><img src="{escape(picture)}" alt="{escape(ALTERNATIVE)}" '
        f'width="{paper.width * 4:.0f}" height="{paper.height * 4:.0f}">\n'
        f'<svg class="values" viewBox="0 0 {paper.width:g} {paper.height:g}" aria-hidden="true">\n'
        f"{rects}\n</svg></div></div>\n"
        '<p id="value" class="value" role="status">Point at the picture, or go to it and use the arrow keys: '
        "what stands there is said here.</p>"
    )
