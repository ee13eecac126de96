"""Every page that each role comes to by links: accessible, fitting, and without a fault, narrow and wide."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from clinic import ADMIN, NURSE, PHYSICIAN, QA, ROLES
from nursing import opens, signs_in, stands_in
from whole_clinic import Monitor, WholeClinic

from logger.web.rendering import HOMES

FILES = (".pdf", ".svg", ".csv", ".json", "/report", "/reloading")
"""Ends of addresses that are files, or a page that loads itself again."""


@pytest.fixture(scope="module")
def session(ward: WholeClinic) -> Iterator[str]:
    monitor = Monitor(ward.folder)
    yield opens(ward, monitor, "C")
    monitor.cut()


@pytest.mark.parametrize("name", [NURSE, PHYSICIAN, QA, ADMIN])
def test_every_page_is_accessible_and_fits(
    ward: WholeClinic, session: str, opened: Callable[..., Any], name: str
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed").Axe()
    page = opened(ward, "phone")
    signs_in(page, name)
    if name == NURSE:
        stands_in(page, "C")
    home = HOMES[ROLES[name]]
    if page.goto(home).status == 404:
        pytest.skip(f"there are no pages of this role yet: {home}")
    wrong: dict[str, Any] = {}
    first = ["/", *(f"/sessions/{session}/{one}" for one in ("enter", "entries", "sign") if name == NURSE)]
    for path in walks(page, first):
        for width, height in ((360, 740), (1440, 900)):
            page.set_viewport_size({"width": width, "height": height})
            found = {one["id"]: shown(one) for one in axe.run(page).response["violations"]}
            if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                found["too wide"] = page.evaluate("document.documentElement.scrollWidth")
            if found:
                wrong[f"{path} at {width}"] = found
    assert wrong == {}


def walks(page: Any, first: list[str]) -> Iterator[str]:
    """Open each page that links lead to, one of each form; the caller looks at it."""
    waiting, forms = list(first), set[str]()
    while waiting:
        path = waiting.pop(0)
        if (form := form_of(path)) in forms:
            continue
        forms.add(form)
        answer = page.goto(path)
        assert answer.status < 400, path
        yield path
        links = page.locator("a[href]").evaluate_all("all => all.map(one => one.href)")
        parts = [urlsplit(link) for link in links]
        waiting += [one.path for one in parts if one.path and not one.path.endswith(FILES)]


def form_of(path: str) -> str:
    """Return an address without its ids: one page of each form is enough."""
    return "/".join("*" if any(letter.isdigit() for letter in part) else part for part in path.split("/"))


def shown(violation: Any) -> list[str]:
    return [str(node["html"])[:160] for node in violation["nodes"][:3]]
