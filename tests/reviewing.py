"""What tests of a physician's pages share: a session that ends, and its page once it is drawn."""

from __future__ import annotations

from clinic import NURSE
from web_clinic import Browser, ClinicOnTheWeb

PATIENCE = 60.0
"""Seconds that a page may take to be drawn before a test fails: a deadline, and no sleep."""


def ends(clinic: ClinicOnTheWeb, session: str | None = None) -> None:
    """End a session."""
    clinic.says(NURSE, "session.end", session=session)


def page_of(clinic: ClinicOnTheWeb, browser: Browser, session: str | None = None, query: str = "") -> str:
    """Return a session's page once it is drawn, as *browser* sees it."""
    path = f"/sessions/{session or clinic.session}{query}"
    browser.sees(path)
    assert clinic.app.state.drawings.wait(PATIENCE), "the page is not drawn"
    return browser.sees(path)
