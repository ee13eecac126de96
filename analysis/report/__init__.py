"""The session report in HTML: the session page as a picture, and all that it says as text and tables.

One file, nothing loaded from elsewhere, readable by a screen reader and on paper. `report_of` says what it
holds, `render_html` writes it; ``config/report/body.html`` is the part that other pages can stand round.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from analysis.page.answers import answers_of
from analysis.page.boxes import Answer
from analysis.page.care import MEANING
from analysis.page.content import Content, content_of
from analysis.page.header import banners, facts_of, status
from analysis.report.picture import drawn_page
from analysis.report.sections import Section, sections_of
from analysis.session import Head, Session
from analysis.wording import CHART_STATEMENT, how_to_check
from devices.vocabulary import config_folder

if TYPE_CHECKING:
    from jinja2 import Environment

LANGUAGE = "en"
"""The language of everything but the words of people and the names of patients."""


@dataclass(frozen=True, slots=True)
class Report:
    """All that a session's report says.

    Attributes:
        identifiers: first the name, in its own script, then the birth or the id.
        state: DRAFT, SIGNED or AMENDED AFTER SIGNATURE.
        answers: the physician's eight, as the page has them; the big number or word may be empty.
        picture: the session page's first sheet as an SVG element, with a text alternative.
        heads: the ends of the chains that it was made over, and *check*: how anybody compares them.
    """

    session: str
    identifiers: tuple[str, str]
    state: str
    demo: bool
    facts: tuple[tuple[str, str], ...]
    banners: tuple[str, ...]
    answers: tuple[Answer, ...]
    picture: str
    sections: tuple[Section, ...]
    heads: tuple[Head, ...]
    check: tuple[str, ...]
    statement: str = CHART_STATEMENT
    language: str = LANGUAGE


def report_of(session: Session, paper: str = "A4", picture: str | None = None) -> Report:
    """Return what the report of *session* says, in any state: what has no records says so.

    Args:
        session: the same as for the session page.
        paper: of the picture, ``A4`` or ``Letter``.
        picture: an element that stands in its place, where the page was drawn already.

    Raises:
        UnknownPaper: neither of the two.
        UnknownProfile: the session's protocol has no profile of its name.
    """
    content = content_of(session)
    return Report(
        session=session.id,
        identifiers=session.identifiers,
        state=status(content),
        demo=session.demo,
        facts=(*facts_of(content), *_people(content)),
        banners=tuple(banners(content)),
        answers=tuple(answers_of(content)),
        picture=drawn_page(session, paper) if picture is None else picture,
        sections=sections_of(content),
        heads=session.heads,
        check=how_to_check(session.id),
    )


def render_html(report: Report) -> str:
    """Return *report* as one HTML document that needs no other file; the same report gives the same text."""
    return _templates().get_template("report.html").render(report=report)


def render_body(report: Report) -> str:
    """Return what stands between the heading and the statement: for a page that has both of its own."""
    return _templates().get_template("body.html").render(report=report)


@cache
def _templates() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(config_folder() / "report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _people(content: Content) -> tuple[tuple[str, str], ...]:
    """Return each signature that stands, or that there is none."""
    given: Mapping[str, str] = {
        MEANING[each.meaning]: f"{each.name}, {each.role}, {content.signed_at(each)}"
        + (f"; amended after: {len(each.changes)} records" if each.changes else "")
        for each in content.signatures.standing
    }
    return tuple((f"Signed: {meaning}", said) for meaning, said in given.items()) or (
        ("Signed", "not signed"),
    )
