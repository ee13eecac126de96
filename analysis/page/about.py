"""What the properties of a page's file say of it: title, subject, keywords; never the patient's name.

matplotlib writes no structure into a PDF (no tags, no language): who can't see the page reads the report in
HTML, and the PDF's subject says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from analysis.session import Session
from analysis.signatures import signatures_of

PROGRAM = "infusionlog"


@dataclass(frozen=True, slots=True)
class About:
    """The properties of a file."""

    title: str
    subject: str
    keywords: tuple[str, ...] = ()

    def pdf(self) -> Mapping[str, str]:
        """Return them as a PDF's information dictionary names them."""
        return {
            "Title": self.title,
            "Author": PROGRAM,
            "Subject": self.subject,
            "Keywords": "; ".join(self.keywords),
        }

    def svg(self) -> Mapping[str, str | list[str]]:
        """Return them as Dublin Core names them."""
        return {
            "Title": self.title,
            "Description": self.subject,
            "Keywords": list(self.keywords),
            "Language": "en",
        }

    def png(self) -> Mapping[str, str]:
        """Return them as the text chunks of a PNG."""
        return {
            "Title": self.title,
            "Description": self.subject,
            "Comment": "; ".join(self.keywords),
        }


def about_page(session: Session) -> About:
    """Return the properties of a session's page: which session, in what state, over which chains."""
    day = session.opened_at.astimezone(ZoneInfo(session.zone))
    heads = (f"{head.writer}: {head.count} records, SHA-256 {head.digest}" for head in session.heads)
    return About(
        f"Session page {session.id}, {day:%d %b %Y}",
        f"{signatures_of(session).state}; protocol {session.protocol_id}, room {session.room}. The same as "
        f"text and tables: infusionlog report {session.id} --out report.html",
        (f"session {session.id}", *heads),
    )
