"""The clinic's own protocol files: found first, refused where they are wrong, approved in a copy."""

import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from analysis.protocol.checks import ProtocolRefused
from devices.vocabulary import config_folder
from logger.entering.protocols import approved, chosen, listed, place_of_copy, put
from logger.errors import BadSettings, CantWrite
from logger.settings import PinnedProtocol, Settings

SHIPPED = config_folder() / "protocols" / "draft.toml"
DRAFT = SHIPPED.read_text(encoding="utf-8")
AT = datetime(2026, 11, 22, 14, 30, tzinfo=UTC)
BY = "A. Example, medical director"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of a clinic whose folder of own copies is empty."""
    (tmp_path / "own").mkdir()
    return Settings(protocols=str(tmp_path / "own"))


def test_without_a_copy_of_its_own_a_clinic_has_the_shipped_draft(settings):
    assert chosen(settings) == PinnedProtocol("iv_ketamine_40min", DRAFT)


def test_the_clinics_own_copy_comes_before_the_shipped_one(settings):
    own = own_file(settings, "clinic.toml", DRAFT.replace("Supervised ketamine", "Clinic's"))
    assert chosen(settings, "im_ketamine").text == own.read_text(encoding="utf-8")


def test_a_copy_that_contradicts_itself_is_refused_before_a_session_runs_under_it(settings):
    own = own_file(settings, "clinic.toml", DRAFT.replace("max_gap_min = 20", "max_gap_min = 9"))
    with pytest.raises(ProtocolRefused, match=r"line \d+: .*9 is less than interval_min 15") as said:
        chosen(settings)
    assert str(own) in str(said.value)


def test_a_folder_that_is_set_and_not_there_is_no_reason_to_take_another_protocol(tmp_path):
    with pytest.raises(BadSettings, match="there is no such folder"):
        chosen(Settings(protocols=str(tmp_path / "unmounted")))


def test_a_byte_order_mark_of_an_editor_is_no_fault(settings):
    own_file(settings, "clinic.toml", "\ufeff" + DRAFT)
    assert chosen(settings).text == DRAFT


def test_two_copies_of_one_profile_are_refused_never_guessed_between(settings):
    own_file(settings, "a.toml", DRAFT)
    own_file(settings, "b.toml", DRAFT)
    with pytest.raises(BadSettings, match=r"iv_ketamine_40min stands in .*a\.toml and .*b\.toml"):
        chosen(settings)


def test_an_approval_is_written_in_and_every_other_line_stays(settings):
    made = approved(DRAFT, "draft.toml", BY, AT).splitlines()
    changed = [
        (old, new)
        for old, new in zip(DRAFT.splitlines(), made, strict=True)
        if old.split("#")[0] != new.split("#")[0]
    ]
    assert [new.split("#")[0].split() for _, new in changed[:2]] == [
        ["approved_by", "=", *f'"{BY}"'.split()],
        ["approved_at", "=", '"2026-11-22T14:30:00+00:00"'],
    ]
    assert [new.split()[0] for _, new in changed[2:]] == ["approved_content"]
    assert all(old.partition("#")[2] == new.partition("#")[2] for old, new in changed)


def test_an_approved_copy_is_of_the_form(settings):
    put(approved(DRAFT, "draft.toml", BY, AT, "Example Clinic"), place_of_copy(settings, SHIPPED))
    meta = tomllib.loads(chosen(settings).text)["meta"]
    assert (meta["approved_by"], meta["clinic"]) == (BY, "Example Clinic")
    assert [one.approved_by for one in listed(settings) if one.own] == [BY] * 5


def test_a_copy_that_was_changed_since_its_approval_is_not_approved(settings):
    made = approved(DRAFT, "draft.toml", BY, AT)
    own = own_file(settings, "draft.toml", made + "# a word in a comment changes nothing\n")
    assert {one.approved_by for one in listed(settings) if one.own} == {BY}
    own.write_text(made.replace("max_gap_min = 13", "max_gap_min = 14"), encoding="utf-8")
    said = {one.approval for one in listed(settings) if one.own}
    assert said == {f"not approved by this clinic: changed since {BY} approved it"}


def test_a_wrong_file_can_not_be_approved():
    with pytest.raises(ProtocolRefused):
        approved(DRAFT.replace("schema = 1", "schema = 2"), "draft.toml", BY, AT)


def test_an_approval_never_overwrites_another_file(settings):
    own_file(settings, "draft.toml", DRAFT)
    with pytest.raises(BadSettings, match="is there already: approve that one"):
        place_of_copy(settings, SHIPPED)


def test_the_copy_itself_can_be_approved_again(settings):
    own = own_file(settings, "draft.toml", DRAFT)
    assert place_of_copy(settings, own) == own


def test_a_second_file_for_a_profile_is_not_approved(settings):
    own_file(settings, "clinic.toml", DRAFT)
    with pytest.raises(BadSettings, match=r"clinic\.toml holds the profile"):
        place_of_copy(settings, SHIPPED)


def test_where_nothing_can_be_written_the_setting_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(CantWrite, match="setting protocols"):
        put(DRAFT, tmp_path / "file" / "draft.toml")


def test_a_file_that_is_wrong_is_listed_with_what_is_wrong(settings):
    own_file(settings, "clinic.toml", "schema = 2\n")
    assert [one.wrong.split(":")[0] for one in listed(settings) if one.wrong] == ["line 1"]


def own_file(settings: Settings, name: str, text: str) -> Path:
    file = Path(settings.protocols) / name
    file.write_text(text, encoding="utf-8", newline="\n")
    return file
