"""Drawing in a process of its own: it may die, it ends with the server, and it works ahead of readers."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest
from ledgers import reading
from reviewing import PATIENCE, ends
from web_clinic import ClinicOnTheWeb, clinic_on_the_web

from logger.errors import CantDraw
from logger.keeping.purging import remove
from logger.web import drawing
from logger.web.drawing import Drawings

DIES = os.abort


@pytest.fixture
def clinic(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ClinicOnTheWeb]:
    """A clinic whose pages are drawn at once where its session has ended."""
    monkeypatch.setattr(drawing, "SETTLES", 0.0)
    with clinic_on_the_web(tmp_path, monkeypatch, workers=partial(ThreadPoolExecutor, 1)) as made:
        made.desk.store.append([reading(made.session, made.desk.clock.now(), nibp_sys=122.0)])
        yield made


def test_what_draws_is_replaced_where_it_died_and_ends_with_the_server(clinic: ClinicOnTheWeb) -> None:
    drawings = Drawings(clinic.web)
    try:
        first = drawings.run(os.getpid)
        with pytest.raises(CantDraw, match="twice"):
            drawings.run(DIES)
        assert drawings.run(os.getpid) not in (first, os.getpid())
    finally:
        drawings.close()


def test_a_page_is_drawn_ahead_when_its_session_has_ended(clinic: ClinicOnTheWeb) -> None:
    drawings: Drawings = clinic.app.state.drawings
    ends(clinic)
    clinic.web.publish(clinic.records()[-2:])
    assert drawings.wait(PATIENCE)
    assert drawings.find(drawings.now(clinic.session, named=True)) is not None


def test_a_page_that_can_not_be_drawn_says_so_and_the_next_one_is(
    clinic: ClinicOnTheWeb, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*_: object) -> None:
        raise ValueError

    with monkeypatch.context() as patch:
        patch.setattr(drawing, "draw_files", breaks)
        clinic.of("physician").sees(f"/sessions/{clinic.session}")
        assert clinic.app.state.drawings.wait(PATIENCE)
        assert "drawing broke off (ValueError)" in clinic.of("physician").sees(f"/sessions/{clinic.session}")
    other = clinic.opens("2", "INVENTED-2")
    clinic.of("physician").sees(f"/sessions/{other}")
    assert clinic.app.state.drawings.wait(PATIENCE)
    assert "The session page" in clinic.of("physician").sees(f"/sessions/{other}")


def test_a_purge_removes_the_pages_and_the_courses_that_were_drawn(clinic: ClinicOnTheWeb) -> None:
    browser = clinic.of("physician")
    other = clinic.opens("2", "INVENTED-2")
    for path in (f"/sessions/{clinic.session}", "/patients/INVENTED-1/course", "/patients/INVENTED-2/course"):
        browser.sees(path)
        assert clinic.app.state.drawings.wait(PATIENCE)
    assert "Sessions" in browser.sees("/patients/INVENTED-1/course")
    remove(clinic.desk.store, clinic.session)
    left = [path.name for path in clinic.app.state.drawings.folder.rglob("*") if path.is_file()]
    assert left == []
    assert clinic.desk.store.session(other)["id"] == other


def test_a_course_names_every_session_and_links_to_it(clinic: ClinicOnTheWeb) -> None:
    browser = clinic.of("nurse")
    browser.sees("/patients/INVENTED-1/course")
    assert clinic.app.state.drawings.wait(PATIENCE)
    assert f'href="/sessions/{clinic.session}"' in browser.sees("/patients/INVENTED-1/course")
    assert browser.gets("/patients/INVENTED-1/course.pdf").content.startswith(b"%PDF")
    assert browser.gets("/patients/NOBODY/course").status_code == 404
