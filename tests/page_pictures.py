"""Takes pictures of the pages at three sizes, of invented people: ``python3 dev.py pages``.

The demo is played, its ledger is served with users of every role, and a session runs in a second room.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from clinic import ADMIN, NURSE, PHYSICIAN, QA
from commands import PROGRAM
from nursing import signs_in, stands_in
from PIL import Image
from playwright.sync_api import sync_playwright
from whole_clinic import WholeClinic, wait_for

SIZES = {"360": (360, 740), "768": (768, 1024), "1440": (1440, 900)}
TALLEST = 2200
"""CSS pixels of a page that a picture shows; what is longer is cut off below."""

COLOURS = 48
ROOM = "Room 2"
MONITOR = "datex_dri=simulate:datex_dri?seed=7&cuff_every=30&infusion_at=30"

FORMS = (
    *("due", "effects", "readings", "enter", "enter/check.identity", "enter/infusion.start", "enter/note"),
    *("scores", "handover", "discharge", "end", "entries", "devices"),
)
"""Pages of an open session."""


def main(folder: Path) -> None:
    """Draw every page into *folder*."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place:
        here = Path(place)
        words = [*PROGRAM, "demo", "--out", str(here / "demo"), "--speed", "400"]
        subprocess.run(words, check=True, stdout=subprocess.DEVNULL)
        shutil.copytree(here / "demo", here / "clinic")
        for file in (here / "clinic").glob("infusionlog.*"):
            file.rename(file.with_name(file.name.replace("infusionlog", "clinic")))
        clinic = WholeClinic(here / "clinic")
        clinic.has_users()
        try:
            clinic.serves()
            takes(clinic, folder)
        finally:
            clinic.ends()


def takes(clinic: WholeClinic, folder: Path) -> None:
    """Walk the pages of every role."""
    closed = str(clinic.sessions()[0]["id"])
    session = clinic.opens(MONITOR, ROOM, "DEMO-002")
    with sync_playwright() as started:
        browser = started.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        for size, (width, height) in SIZES.items():
            context = browser.new_context(
                viewport={"width": width, "height": height}, base_url=clinic.url, locale="en-GB"
            )
            page = context.new_page()
            for name, path in pages_of(page, session, closed):
                page.set_viewport_size({"width": width, "height": height})
                answer = page.goto(path)
                if answer is None or answer.status != 200:
                    sys.stderr.write(f"no page: {path}\n")
                    continue
                page.wait_for_function("!document.querySelector('[data-drawing]')", timeout=60_000)
                if "/rooms" in path:
                    page.wait_for_timeout(1000)  # the live panel's first event
                shoots(page, folder / f"{name}-{size}.png", width, height)
            context.close()
        browser.close()


def pages_of(page: Any, session: str, closed: str) -> Iterator[tuple[str, str]]:
    """Yield name and path of each page, of the person who is signed in by then."""
    yield "sign-in", "/sign-in"
    signs_in(page, NURSE)
    stands_in(page, ROOM)
    wait_for(lambda: '"value"' in page.request.get(f"/rooms/{ROOM}/live.json").text(), "no value came")
    yield "rooms", "/rooms"
    yield "live", f"/rooms/{ROOM}"
    yield "live-elsewhere", "/rooms/Room 1"
    yield "start", "/rooms/Room 1/start"
    for form in FORMS:
        yield f"session-{re.sub(r'[^a-z]+', '-', form)}", f"/sessions/{session}/{form}"
    yield "sign", f"/sessions/{closed}/sign"
    yield "screen", "/screen"
    page.goto("/about")
    page.get_by_role("button", name="Lock", exact=True).click()
    yield "lock", "/lock"
    for name, first in ((PHYSICIAN, "/review"), (QA, "/audit"), (ADMIN, "/admin")):
        page.context.clear_cookies(name="visit")
        signs_in(page, name)
        page.goto(first)
        for path in linked(page):
            yield f"{name[2:]}-{path.strip('/').replace('/', '-')}", path
        if name != ADMIN:
            page.goto(f"/sessions/{closed}")
            page.locator(".report").wait_for(timeout=60_000)
            yield f"{name[2:]}-session", f"/sessions/{closed}"
        if name == PHYSICIAN:
            yield "physician-course", "/patients/DEMO-001/course"


def linked(page: Any) -> list[str]:
    """Return the pages that the navigation leads to."""
    found = page.locator("nav a").evaluate_all("all => all.map(one => new URL(one.href).pathname)")
    known = ("/about", "/screen", "/rooms")
    return [path for path in dict.fromkeys(found) if path not in known and "." not in path]


def shoots(page: Any, path: Path, width: int, height: int) -> None:
    """Take a picture of a whole page, with few colours."""
    tall = int(page.evaluate("document.documentElement.scrollHeight"))
    page.set_viewport_size({"width": width, "height": min(max(tall, height), TALLEST)})
    page.screenshot(path=path)
    with Image.open(path) as image:
        image.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)
    sys.stdout.write(f"{path}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
