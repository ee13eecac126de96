"""The "back" button after signing out."""

from __future__ import annotations

from typing import Any

from clinic import NURSE, password


def test_back_after_signing_out_shows_nothing(served: Any, tablet: Any) -> None:
    tablet.goto("/sign-in?next=/screen")
    tablet.fill("#name", NURSE)
    tablet.fill("#password", password(NURSE))
    tablet.get_by_role("button", name="Sign in", exact=True).click()
    tablet.wait_for_url("**/screen")
    tablet.get_by_role("button", name="Sign out").click()
    tablet.wait_for_url("**/sign-in")
    tablet.go_back()
    assert "/sign-in" in tablet.url
    assert f"DEMO {NURSE}" not in tablet.inner_text("body")
