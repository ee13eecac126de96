import tomllib

import invented_sessions as invented
import pytest

from analysis.paper_sheet import draw_paper_sheet, lines_of
from analysis.protocol import profile_ids, read_protocol

DRAFT = invented.DRAFT.read_text(encoding="utf-8")
LOADED = tomllib.loads(DRAFT)


def test_the_sheet_has_the_due_times_of_each_phase():
    assert labels("iv_ketamine_40min") == [
        "Before (in the 15 min before infusion start)", "reading 1", "reading 2",
        "Infusion (minutes from infusion start)", "+ 10 min", "+ 20 min", "+ 30 min", "+ 40 min",
        "After the infusion (minutes from infusion end)",
        *(f"+ {minute} min" for minute in range(0, 121, 15)), "before leaving",
    ]  # fmt: skip


def test_a_line_says_what_is_due_then_and_what_is_not():
    lines = {line.label: line.parameters for line in lines_of(read_protocol(LOADED, "esketamine_nasal"))}
    assert lines["+ 15 min"] == {"spo2", "hr", "rr"}
    assert lines["+ 40 min"] == {"nibp", "moaas", "dissociation", "side_effects"}


def test_a_continuous_value_is_written_at_every_line_of_its_phase():
    lines = {line.label: line.parameters for line in lines_of(read_protocol(LOADED, "iv_ketamine_40min"))}
    assert {"hr", "spo2"} <= (lines["+ 10 min"] or frozenset())


@pytest.mark.parametrize("profile", profile_ids(LOADED))
def test_every_profile_has_a_sheet_with_all_its_times_once_and_its_protocol_named(profile):
    pages = [words(figure) for figure in draw_paper_sheet(read_protocol(LOADED, profile), "ab" * 32)]
    drawn = [word for page in pages for word in page]
    assert [word for word in drawn if word.startswith("+ ")] == [
        label for label in labels(profile) if label.startswith("+ ")
    ]
    assert drawn.count("Doses") == drawn.count("Side effects") == 1
    assert all(any(word.startswith(f"Protocol {profile} of ") for word in page) for page in pages)
    assert all("not approved by this clinic" in " ".join(page) for page in pages)


def test_an_approved_copy_says_by_whom():
    approved = {
        **LOADED,
        "meta": {**LOADED["meta"], "approved_by": "A. Example", "approved_at": "2026-11-22"},
    }
    (page,) = draw_paper_sheet(read_protocol(approved, "im_ketamine"), "ab" * 32)
    assert any("approved by A. Example, 2026-11-22" in word for word in words(page))


def labels(profile):
    return [line.label for line in lines_of(read_protocol(LOADED, profile))]


def words(figure):
    return [artist.get_text() for artist in figure.artists if hasattr(artist, "get_text")] or [
        text.get_text() for text in figure.texts
    ]
