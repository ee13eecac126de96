"""A session's page in a browser: drawn once for its heads, with a name only for who may see names."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from clinic import NURSE
from ledgers import reading
from reviewing import ends, page_of
from web_clinic import ClinicOnTheWeb, clinic_on_the_web


@pytest.fixture
def clinic(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ClinicOnTheWeb]:
    """A clinic whose pages are drawn in this process."""
    drawn_here = partial(ThreadPoolExecutor, 1)
    with clinic_on_the_web(tmp_path, monkeypatch, workers=drawn_here) as made:
        made.desk.store.append([reading(made.session, made.desk.clock.now(), nibp_sys=122.0, nibp_dia=78.0)])
        yield made


def test_a_page_says_that_it_is_being_drawn_and_then_shows_every_value(clinic: ClinicOnTheWeb) -> None:
    browser = clinic.of("physician")
    assert "being drawn" in browser.sees(f"/sessions/{clinic.session}")
    shown = page_of(clinic, browser)
    assert "122/78" in shown
    assert "<title>" in shown.split('class="values"')[1]


def test_it_is_drawn_once_for_its_heads_and_anew_for_others(clinic: ClinicOnTheWeb) -> None:
    ends(clinic)
    page_of(clinic, clinic.of("physician"))
    drawings = clinic.app.state.drawings
    first = drawings.find(drawings.now(clinic.session, named=True))
    clinic.says(NURSE, "note", text="written later")
    assert drawings.find(drawings.now(clinic.session, named=True)) is None
    assert "written later" in page_of(clinic, clinic.of("physician"))
    assert not first.folder.exists()
    assert drawings.folder.stat().st_mode & 0o077 == 0


def test_qa_sees_the_pseudonym_alone_also_in_every_file(clinic: ClinicOnTheWeb) -> None:
    named(clinic, "Invented Example")
    ends(clinic)
    assert "Invented Example" in page_of(clinic, clinic.of("physician"))
    browser = clinic.of("qa")
    page = page_of(clinic, browser)
    files = [browser.gets(f"/sessions/{clinic.session}/{name}").content for name in ("page.svg", "report")]
    assert "Invented" not in page
    assert "I.E." not in page
    assert all(b"Invented" not in file for file in files)


def test_who_looks_and_who_takes_a_file_away_is_in_the_access_log_once(clinic: ClinicOnTheWeb) -> None:
    ends(clinic)
    browser = clinic.of("physician")
    page = page_of(clinic, browser)
    picture = page.split('<img src="')[1].split('"')[0].replace("&amp;", "&")
    before = len(looks(clinic))
    assert browser.gets(picture).headers["content-type"] == "image/svg+xml"
    assert len(looks(clinic)) == before
    assert browser.gets(f"/sessions/{clinic.session}/page.pdf").content.startswith(b"%PDF")
    assert looks(clinic)[-1] == ("charted", "page.pdf")


def named(clinic: ClinicOnTheWeb, name: str) -> None:
    with clinic.desk.store._connection.begin():
        clinic.desk.store._connection.exec_driver_sql("UPDATE patient SET name = ?", (name,))


def looks(clinic: ClinicOnTheWeb) -> list[tuple[str, str]]:
    from logger.keeping.access import accesses

    found: list[Any] = list(accesses(clinic.desk.store.records("system"), session=clinic.session))
    return [(one.event, one.what) for one in found]
