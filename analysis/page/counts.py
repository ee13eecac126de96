"""How often something is on record: counted once, and said by the same number wherever it stands."""

from __future__ import annotations

from analysis.page.content import CORRECTIONS, Content


def excluded_count(content: Content) -> int:
    """Return how many records hold a value that was excluded."""
    return _records(content, "excluded")


def uncertain_count(content: Content) -> int:
    """Return how many records came at an uncertain time."""
    return _records(content, "uncertain")


def unknown_count(content: Content) -> int:
    """Return how many cuff cycles may be from before the dose or from after it: no figure has them."""
    return sum(c.state == "valid" and content.astride(c) for c in content.cuffs)


def _records(content: Content, flag: str) -> int:
    rows = content.session.readings
    return len(rows[rows[flag]].drop_duplicates(["writer", "seq"]))


def failed_count(content: Content) -> int:
    """Return how many cuff cycles failed from minute 0 to the end, as the table counts them."""
    return sum(c.state == "failed" and content.in_session(c.minute) for c in content.cuffs)


def late_count(content: Content) -> int:
    """Return how many records were entered late."""
    late = [table[table["late_by_s"].notna()] for table in (content.session.readings, content.session.events)]
    return len(
        {(writer, seq) for rows in late for writer, seq in zip(rows["writer"], rows["seq"], strict=True)}
    )


def corrected_count(content: Content) -> int:
    """Return how many corrections are on record: amendments, exclusions, claims, moves."""
    return int(content.session.events["kind"].isin(CORRECTIONS).sum())
