"""What a browser makes of a report: axe's rules for screen readers, and a narrow screen."""

import shutil

import invented_care
import invented_sessions as invented
import pytest

from analysis.report import render_html, report_of

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")

SAMPLES = [invented_care.troubled, invented.stormy, invented.nearly_empty]


@pytest.fixture(scope="module")
def browser():
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with playwright.sync_playwright() as started:
        running = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield running
        running.close()


@pytest.mark.parametrize("make", SAMPLES, ids=lambda make: make.__name__)
def test_axe_finds_nothing_to_mend(make, browser, tmp_path):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")
    shown = opened(browser, make, tmp_path)
    found = axe.Axe().run(shown)
    assert found.response["violations"] == [], found.generate_report()
    shown.close()


def test_a_report_loads_nothing_and_complains_of_nothing(browser, tmp_path):
    asked, complaints = [], []
    shown = browser.new_page()
    shown.on("request", lambda request: asked.append(request.url))
    shown.on("console", lambda said: complaints.append(said.text))
    file = written(invented_care.troubled, tmp_path)
    shown.goto(file.as_uri())
    assert (asked, complaints) == ([file.as_uri()], [])
    shown.close()


def test_the_picture_and_the_headings_fit_a_narrow_screen(browser, tmp_path):
    shown = opened(browser, invented.long_name, tmp_path, width=360)
    widest = shown.evaluate(
        "Math.max(...[...document.querySelectorAll('h1,h2,h3,svg,li,dd,p')]"
        ".map(each => each.getBoundingClientRect().right))"
    )
    assert widest <= 360
    shown.close()


def opened(browser, make, folder, width=1000):
    shown = browser.new_page(viewport={"width": width, "height": 900})
    shown.goto(written(make, folder).as_uri())
    return shown


def written(make, folder):
    file = folder / f"{make.__name__}.html"
    file.write_text(render_html(report_of(make())), encoding="utf-8")
    return file
