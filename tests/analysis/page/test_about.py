"""What a page's file says of itself, as other people's readers see it."""

import invented_care
import invented_sessions as invented
import pypdf
import pytest
from PIL import Image

from analysis.page import draw_page, save
from analysis.page.about import about_page

MADE = invented_care.cared_for()


@pytest.fixture(scope="module")
def pdf(tmp_path_factory):
    path = tmp_path_factory.mktemp("about") / "page.pdf"
    save(draw_page(MADE, "Letter"), path, about_page(MADE))
    return pypdf.PdfReader(path)


def test_a_pdf_says_which_session_it_is_in_what_state_and_over_which_chains(pdf):
    assert pdf.metadata.title == f"Session page {MADE.id}, 02 Mar 2026"
    assert pdf.metadata.author == "infusionlog"
    assert pdf.metadata.subject.startswith("SIGNED; protocol iv_ketamine_40min, room 1.")
    assert "a1: 7301 records, SHA-256 " + "3f" * 32 in pdf.metadata["/Keywords"]
    assert pdf.metadata.creation_date is None


def test_no_file_names_the_patient_in_its_properties(pdf, tmp_path):
    said = " ".join(str(value) for value in pdf.metadata.values())
    (png, *_), (svg, *_) = (
        save(draw_page(MADE)[:1], tmp_path / f"page.{ending}", about_page(MADE)) for ending in ("png", "svg")
    )
    with Image.open(png) as picture:
        said += " ".join(str(value) for value in picture.info.values())
    text = svg.read_text("utf-8")
    said += text[text.index("<metadata>") : text.index("</metadata>")]
    assert said.count(MADE.id) >= 3
    assert "DEMO, Example" not in said


def test_the_text_of_a_pdf_can_be_selected_and_its_fonts_are_in_it(pdf):
    first = pdf.pages[0].extract_text()
    for said in ("DEMO, Example", "highest systolic", "139", "SIGNED", "3f" * 32):
        assert said in first
    fonts = [font.get_object() for page in pdf.pages for font in page["/Resources"]["/Font"].values()]
    assert fonts
    for font in fonts:
        described = font.get("/DescendantFonts", [font])[0].get_object()["/FontDescriptor"]
        assert "/FontFile2" in described.get_object()


def test_a_pdf_has_the_size_of_its_paper(pdf):
    assert {(float(page.mediabox.width), float(page.mediabox.height)) for page in pdf.pages} == {(612, 792)}


def test_the_last_page_says_how_to_check_it(pdf):
    last = " ".join(pdf.pages[-1].extract_text().split())
    assert f"infusionlog verify {MADE.id}" in last
    assert "python3 -I verify.py" in last
    assert f"b2: 14 records, digest {'9c' * 32}" in last


def test_properties_are_the_same_for_the_same_session(tmp_path):
    made = invented.one_reading()
    one, two = (
        save(draw_page(made)[:1], tmp_path / f"{n}.svg", about_page(made))[0].read_bytes() for n in "ab"
    )
    assert one == two
