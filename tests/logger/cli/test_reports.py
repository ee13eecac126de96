import csv
from xml.etree import ElementTree

import pypdf
import pytest
from ledgers import Hands, desk_at, open_session, reading

from logger.clock import SECOND, wall


@pytest.fixture
def session(database) -> str:
    """A session with a few of an oximeter's numbers."""
    desk = desk_at(database, Hands(wall=wall() - 600 * SECOND))
    found = open_session(desk, name="DEMO, Example", born="1900-01-01")
    start = desk.clock.now()
    desk.store.append([reading(found, start + n * 30 * SECOND, spo2=97.0) for n in range(9)])
    desk.close()
    return found


def test_a_report_in_html_is_one_file_with_the_session_in_it(command, database, session):
    out = database.parent / "report.html"
    answer = command("report", "last", "--out", str(out))
    assert (answer.status, answer.complaint, answer.out.strip()) == (0, "", str(out))
    said = out.read_text(encoding="utf-8").removeprefix("<!DOCTYPE html>\n")
    whole = ElementTree.fromstring(said)  # noqa: S314
    assert session in " ".join(whole.itertext())
    assert [each.name for each in database.parent.glob("report*")] == ["report.html"]


def test_a_report_in_pdf_holds_the_page_and_its_details(command, database, session):
    out = database.parent / "report.pdf"
    assert command("report", "last", "--out", str(out), "--paper", "Letter").status == 0
    pages = pypdf.PdfReader(out).pages
    assert len(pages) > 1
    assert session in " ".join(page.extract_text() for page in pages)


def test_a_report_is_on_the_access_log(command, database, session):
    command("report", "last", "--out", str(database.parent / "report.html"))
    assert "report.html" in command("access").out


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("report", "last", "--out", "x.docx"), 2, ".pdf or .html"),
        (("report", "nobody", "--out", "x.html"), 3, "infusionlog sessions"),
        (("report", "last", "--out", "x.html", "--paper", "A7"), 2, "A4"),
        (("report", "last", "--out", "/no/such/folder/x.html"), 3, "/no/such/folder"),
    ],
)
def test_a_report_that_can_not_be_made_is_refused_with_a_sentence(command, session, words, status, said):
    answer = command(*words)
    assert (answer.status, said in answer.complaint) == (status, True), answer.complaint


def test_what_a_report_says_of_checking_it_holds(command, database, session):
    out = database.parent / "report.html"
    command("report", "last", "--out", str(out))
    said = out.read_text(encoding="utf-8")
    [writer] = command("verify", session, "--json").json["sessions"][0]["writers"]
    assert f'<td>{writer["records"]}</td><td class="digest">{writer["head"]}</td>' in said
    command("note", "entered after the report was made")
    assert command("verify", session, "--json").json["sessions"][0]["writers"][0]["head"] not in said
    copy = database.parent / "copy"
    command("export", session, "--format", "csv", "--out", str(copy))
    [ledger] = copy.rglob("ledger.csv")
    with ledger.open(encoding="utf-8", newline="") as file:
        digests = {row["seq"]: row["digest"] for row in csv.DictReader(file)}
    assert digests[str(writer["records"] - 1)] == writer["head"]
