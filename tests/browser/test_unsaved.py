"""A tap on a tablet that has lost its network, and a screen that locks by itself."""

from __future__ import annotations

import json
from typing import Any

import pytest
from clinic import COLLEAGUE, NURSE, password

expect = pytest.importorskip("playwright.sync_api", reason="playwright is not installed").expect


def marks(served: Any) -> list[tuple[str, str | None]]:
    """Return who marked, and when it is said to have been."""
    found = [record for record in served.clinic.records() if record.kind == "mark"]
    return [(record.author, json.loads(record.payload).get("happened_at")) for record in found]


def signs_in(page: Any, name: str) -> None:
    page.goto("/sign-in")
    page.fill("#name", name)
    page.fill("#password", password(name))
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(lambda url: "sign-in" not in url)


def test_a_tap_is_said_to_be_saved_when_it_is(served: Any, tablet: Any) -> None:
    tablet.goto("/sign-in")
    tablet.click("button.mark")
    expect(tablet.locator("#unsaved")).to_contain_text("Saved: MARK, 1, INVENTED-1")
    assert marks(served) == [("unattributed", None)]


def test_taps_without_a_network_are_saved_later_and_dated_from_the_tap(served: Any, tablet: Any) -> None:
    tablet.clock.install()
    tablet.goto("/sign-in")
    tablet.context.set_offline(True)
    for _ in range(2):
        tablet.click("button.mark")
    expect(tablet.locator("#unsaved")).to_contain_text("Not saved yet: 2. MARK, 1, INVENTED-1")
    tablet.clock.fast_forward(60_000)
    tablet.context.set_offline(False)
    tablet.clock.run_for(10_000)
    expect(tablet.locator("#unsaved")).to_contain_text("Saved: MARK")
    times = [when for _, when in marks(served)]
    assert len(times) == 2
    assert all(str(when).startswith("2026-09-21T14:12:") for when in times)


def test_a_tap_that_is_refused_stays_until_somebody_has_read_why(served: Any, tablet: Any) -> None:
    tablet.goto("/sign-in")
    tablet.context.clear_cookies(name="screen")
    tablet.click("button.mark")
    expect(tablet.locator("#unsaved")).to_contain_text("Not saved: MARK")
    expect(tablet.locator("#unsaved")).to_contain_text("belongs to no room")
    tablet.get_by_role("button", name="Seen").click()
    expect(tablet.locator("#unsaved")).to_be_hidden()
    assert marks(served) == []


def test_a_tap_waits_for_its_own_author(served: Any, tablet: Any) -> None:
    signs_in(tablet, COLLEAGUE)
    entry = {"key": "one-tap-of-it", "author": NURSE, "action": "/lock/mark", "fields": []}
    entry |= {"label": "MARK", "tapped": "10:42", "at": 0}
    tablet.evaluate("entry => localStorage.setItem('unsaved-entries', JSON.stringify([entry]))", entry)
    tablet.goto("/about")
    expect(tablet.locator("#unsaved")).to_contain_text(f"It waits until {NURSE} is signed in here")
    assert marks(served) == []


def test_a_screen_that_nobody_touches_locks_and_gives_back_what_was_typed(served: Any, tablet: Any) -> None:
    tablet.clock.install()
    signs_in(tablet, NURSE)
    tablet.goto("/screen")
    tablet.fill("#room", "typed and not saved")
    served.clinic.seconds.now += 301
    tablet.clock.run_for(301_000)
    tablet.wait_for_url("**/lock?next=%2Fscreen")
    expect(tablet.locator("main")).to_contain_text("Recording goes on")
    tablet.fill("#pin-1", password(NURSE))
    tablet.get_by_role("button", name="Go on as").click()
    tablet.wait_for_url("**/screen")
    assert tablet.input_value("#room") == "typed and not saved"


@pytest.mark.parametrize("width", [360, 768, 1440])
@pytest.mark.parametrize("path", ["/sign-in", "/about", "/screen", "/password", "/lock", "/nowhere"])
def test_the_base_pages_are_accessible_and_fit(served: Any, tablet: Any, path: str, width: int) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed").Axe()
    tablet.set_viewport_size({"width": width, "height": 800})
    if path != "/sign-in":
        signs_in(tablet, NURSE)
    if path == "/lock":
        tablet.get_by_role("button", name="Lock", exact=True).click()
    else:
        tablet.goto(path)
    broken = {one["id"]: one["nodes"] for one in axe.run(tablet).response["violations"]}
    assert broken == {}
    assert tablet.evaluate("document.documentElement.scrollWidth <= innerWidth")
