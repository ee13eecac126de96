"""What may be answered, and what the files of the instruments hold."""

import subprocess
import sys
from pathlib import Path

import pytest

from analysis.instruments import (
    UnknownInstrument,
    WrongAnswers,
    check_answers,
    instrument,
    instruments,
)
from analysis.wording import ANSWERS_STATEMENT
from devices.vocabulary import config_folder

EVERY = [(known.id, version) for known in instruments().values() for version in known.versions]
ids = [f"{known}-{version.id}" for known, version in EVERY]
ALL = {str(i): 1 for i in range(1, 10)}


def test_every_answer_that_a_form_can_hold_is_taken():
    check_answers("phq9", "phq9-en", {**ALL, "difficulty": 2}, "patient")
    check_answers("moaas", "moaas-5", {"1": 0}, "clinician")
    check_answers("vas", "vas-100", {"dissociation": 33.5, "pain": None}, "patient")


def test_what_is_missing_is_no_fault():
    check_answers("phq9", "phq9-en", {"1": 2, "2": None}, "patient")


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (("phq8", "phq9-en", ALL, "patient"), "no instrument is called 'phq8'; there are aldrete, cadss"),
        (("aldrete", "", ALL, "clinician"), r"say which version was used; there are: aldrete-mmhg \(circ"),
        (("moaas", "1-6", {"1": 5}, "clinician"), r"moaas has no version '1-6'; there are: moaas-5 \(5 al"),
        (("cadss6", "cadss-6-of-23", {"3": 1}, "clinician"), "no item '3'; its items are 1, 2, 6, 7, 15, 22"),
        (
            ("phq9", "phq9-en", {"3": 4}, "patient"),
            r"phq9 item 3: 4 is no answer; it takes a whole number from 0 to 3 \(0 not at all, 1 several",
        ),
        (("phq9", "phq9-en", {"3": 1.5}, "patient"), "phq9 item 3: 1.5 is no answer; it takes a whole"),
        (("nrs", "nrs-11", {"pain": -1}, "patient"), "nrs item pain: -1 is no answer; it takes a whole numb"),
        (("madrs", "madrs-10", {"1": 1}, "patient"), "madrs is answered by the clinician, not by the patie"),
        (("gad7", "gad7-en", {"1": None}, "patient"), "gad7: no item is answered; its items are 1, 2, 3"),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_answers_that_no_form_can_hold_are_refused_with_what_it_takes(asked, said):
    with pytest.raises((WrongAnswers, UnknownInstrument), match=said):
        check_answers(*asked)


def test_only_two_questionnaires_ship_the_text_of_their_items():
    with_text = {known for known, version in EVERY if version.question or any(i.text for i in version.items)}
    assert with_text == {"phq9", "gad7"}
    assert all(item.text for known in with_text for item in instruments()[known].versions[0].items)


def test_instruments_of_others_ship_numbers_and_no_words():
    owned = ("cadss", "cadss6", "qids_sr16", "madrs", "cssrs")
    items = [item for known in owned for version in instruments()[known].versions for item in version.items]
    assert {word for item in items for word in item.words} <= {"yes", "no"}
    assert all(item.id[0].isdigit() for item in items)


@pytest.mark.parametrize(("known", "version"), EVERY, ids=ids)
def test_a_file_is_whole(known, version):
    held = instruments()[known]
    named = [item.id for item in version.items]
    assert held.licence
    assert set(held.answered_by) <= {"patient", "clinician"}
    assert len(named) == len(set(named))
    assert {item.asked_if for item in version.items} <= {"", *named}
    for item in version.items:
        assert item.lowest < item.highest
        assert len(item.words) in (0, item.highest - item.lowest + 1)
    groups = [*version.highest_of, *version.either, *version.subscales.values()]
    groups += [version.shown, *(level.items for level in version.levels)]
    assert {id for group in groups for id in group} <= set(named)


@pytest.mark.parametrize(("known", "version"), EVERY, ids=ids)
def test_bands_cover_every_total_once(known, version):
    low, high = version.span
    if version.bands:
        named = [sum(band.lowest <= total <= band.highest for band in version.bands) for total in
                 range(int(low), int(high) + 1)]  # fmt: skip
        assert set(named) == {1}


@pytest.mark.parametrize(("known", "version"), EVERY, ids=ids)
def test_codes_are_rows_of_the_code_table_and_of_its_range(known, version):
    table = (config_folder() / "codes.csv").read_text("utf-8")
    rows = {line.split(",")[1]: line for line in table.splitlines() if line.startswith("scale,")}
    assert {version.code, *(item.code for item in version.items)} - {""} <= rows.keys()
    if version.code and version.scoring == "sum":
        low, high = version.span
        assert f",{low:g},{high:g},0," in rows[version.code]


def test_a_file_is_found_by_its_id():
    assert [f"{known}.toml" for known in instruments()] == sorted(
        path.name for path in (config_folder() / "instruments").iterdir()
    )


def test_an_answer_has_the_word_that_the_form_gives_it():
    _, version = instrument("moaas", "moaas-5")
    assert [version.items[0].word(answer) for answer in (5, 0)] == [
        "readily to the name",
        "nothing, even to a painful squeeze",
    ]


def test_what_is_entered_can_be_checked_without_anything_heavy():
    say = "import sys, analysis.instruments as i; i.instruments(); print(*sys.modules)"
    told = subprocess.run(
        [sys.executable, "-c", say],
        cwd=Path(__file__).resolve().parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    assert {"pandas", "numpy", "matplotlib"} & set(told.stdout.split()) == set()


def test_the_documents_name_every_version_and_say_the_statement_of_the_forms():
    told = (config_folder().parent / "docs" / "instruments.md").read_text("utf-8")
    assert [f"`{known}`" for known, _ in EVERY if f"| `{known}` |" not in told] == []
    assert [version.id for _, version in EVERY if f"`{version.id}`" not in told] == []
    assert ANSWERS_STATEMENT in told
