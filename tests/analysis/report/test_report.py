from collections import Counter
from dataclasses import replace
from functools import cache
from itertools import pairwise
from xml.etree import ElementTree

import invented_care
import invented_extremes
import invented_sessions as invented
import pytest

from analysis.metrics import figures
from analysis.page.content import content_of
from analysis.page.foot import figures_of
from analysis.page.more import parts_of
from analysis.report import render_body, render_html, report_of
from analysis.wording import CHART_STATEMENT

SAMPLES = pytest.mark.parametrize("make", invented_extremes.EVERY, ids=lambda make: make.__name__)


@SAMPLES
def test_a_report_is_well_formed_with_headings_in_order_and_no_name_twice(make):
    whole = tree(make)
    levels = [int(each.tag[1]) for each in whole.iter() if each.tag in ("h1", "h2", "h3", "h4")]
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    names = Counter(each.get("id") for each in whole.iter() if each.get("id"))
    assert [name for name, count in names.items() if count > 1] == []
    assert {link.get("href", "")[1:] for link in whole.iter("a")} <= set(names)


@SAMPLES
def test_every_table_has_a_caption_and_every_row_as_many_cells_as_columns(make):
    for table in tree(make).iter("table"):
        columns = table.findall("./thead/tr/th[@scope='col']")
        assert "".join(table.find("caption").itertext()).strip()
        for row in table.findall("./tbody/tr"):
            assert row[0].get("scope") == "row"
            assert len(row) == len(columns)


@SAMPLES
def test_a_report_loads_nothing(make):
    for each in tree(make).iter():
        assert each.tag not in ("script", "link", "img", "iframe", "object")
        assert all(not value.startswith(("http:", "//")) for value in each.attrib.values())
        address = each.get("{http://www.w3.org/1999/xlink}href") or each.get("href") or "#"
        assert address.startswith("#")
    assert "@import" not in page(make)


@SAMPLES
def test_every_list_of_the_page_and_every_figure_stands_in_the_report(make):
    said, session = words(make), make()
    content = content_of(session)
    for part in parts_of(content):
        if part.title not in ("Banners", "Record"):
            assert part.title in said
    table, later = figures_of(content)
    shown = {(row.vital, row.source) for row in [*table, *later]}
    for figure in figures(session):
        if (figure.vital, figure.source) in shown:
            assert figure.definition in said


def test_what_stands_on_the_page_stands_in_the_report():
    said = words(invented_care.troubled)
    for line in (
        "DEMO, Example", "born 1 Jan 1980", "AMENDED AFTER SIGNATURE", "Protocol not approved by this clinic",
        "139 highest systolic", "serious: yes, other important medical event", CHART_STATEMENT, "3f" * 32,
        "infusionlog verify 01930000-0000-7000-8000-00000000e001", "turned on the left side, suction at hand",
        "P. Example, physician", "Steady gait / walks at usual level", "aspiration feared, X-ray",
    ):  # fmt: skip
        assert line in said


def test_what_was_put_out_of_force_is_struck_and_legible():
    struck = [" ".join(s.itertext()) for s in tree(invented.stormy).iter("s")]
    assert {"232", "118"} <= set(struck)
    assert any("118/70 replaced" in line for line in struck)


def test_a_stretch_without_values_is_a_row_and_no_number():
    def cells(make):
        return [cell.text for cell in tree(make).iter("td")]

    assert cells(invented.probe_off).count("no valid reading") == 4
    assert "no valid reading" not in cells(invented.quiet)


def test_what_is_not_recorded_is_said():
    said = words(invented.nearly_empty)
    for line in ("No blood pressure recorded", "No valid heart rate recorded", "No reading, so no figure"):
        assert line in said


def test_the_words_of_people_are_no_markup():
    note = invented.event(20, "note", 3, text="<script>alert(1)</script> & <b>bold</b>")
    made = replace(invented.session([], [*invented.infusion(), note]), identifiers=("O'Example <i>", "id 1"))
    html = render_html(report_of(made))
    assert "<script>" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; &lt;b&gt;" in html


def test_the_same_session_gives_the_same_report():
    assert render_html(report_of(invented.one_reading())) == page(invented.one_reading)


def test_the_body_can_stand_in_another_page():
    body = render_body(report_of(invented.one_reading()))
    assert body in page(invented.one_reading)
    assert "<h1" not in body
    assert "<main" not in body


@cache
def page(make):
    return render_html(report_of(make()))


@cache
def tree(make):
    return ElementTree.fromstring(page(make).removeprefix("<!DOCTYPE html>\n"))  # noqa: S314


def words(make):
    return " ".join(" ".join(tree(make).itertext()).split())
