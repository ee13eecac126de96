"""Settings: the command line over the environment over the settings file; protocols; database URLs."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from logger.errors import BadSettings
from logger.settings import Settings, database_path, find_protocol, load_settings


@pytest.fixture(autouse=True)
def settings_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Point the program at a settings file that is not there yet; nothing is set in the environment."""
    for name in Settings.model_fields:
        monkeypatch.delenv(f"INFUSIONLOG_{name.upper()}", raising=False)
    monkeypatch.setattr(Settings, "file", tmp_path / "settings.toml")
    return tmp_path / "settings.toml"


def test_without_any_setting_the_defaults_hold():
    settings = load_settings()
    assert settings.database.startswith("sqlite:///")
    assert (settings.reserve_mb, settings.protocol, settings.late_hours) == (64, "iv_ketamine_40min", 12)


def test_the_file_is_under_the_environment_is_under_what_is_given(settings_file, monkeypatch):
    settings_file.write_text('reserve_mb = 1\nlate_hours = 1\nprotocol = "a"\n')
    monkeypatch.setenv("INFUSIONLOG_LATE_HOURS", "2")
    monkeypatch.setenv("INFUSIONLOG_PROTOCOL", "b")
    settings = load_settings(protocol="c")
    assert (settings.reserve_mb, settings.late_hours, settings.protocol) == (1, 2, "c")


def test_what_is_not_given_leaves_the_setting_as_it_is(settings_file):
    settings_file.write_text('zone = "Europe/Berlin"\n')
    assert load_settings(zone=None).clinic_zone().key == "Europe/Berlin"


def test_without_a_zone_the_machine_has_one():
    assert load_settings().clinic_zone().key


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('zone = "Europe/Atlantis"\n', "zone: .*no IANA time zone"),
        ('colour = "blue"\n', "colour: "),
        ("reserve_mb = -1\n", "reserve_mb: "),
        ("late_hours = 24\n", "late_hours: "),
        ("reserve_mb == 3\n", "line 1"),
        (b"zone = '\xff'\n", "utf-8"),
    ],
)
def test_a_wrong_settings_file_is_named_with_what_is_wrong(settings_file, text, said):
    settings_file.write_bytes(text if isinstance(text, bytes) else text.encode())
    assert_refused(said, settings_file)


def test_a_wrong_variable_of_the_environment_is_refused(monkeypatch, settings_file):
    monkeypatch.setenv("INFUSIONLOG_ZONE", "Europe/Atlantis")
    assert_refused("zone: ", settings_file)


def test_a_wrong_argument_is_refused(settings_file):
    with pytest.raises(BadSettings, match="late_hours: "):
        load_settings(late_hours=0)


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("sqlite:////var/lib/clinic.db", "/var/lib/clinic.db"),
        ("sqlite:///clinic.db", "{here}/clinic.db"),
        ("sqlite:///room 1/Köln.db", "{here}/room 1/Köln.db"),
        ("sqlite:///~/clinic.db", "{home}/clinic.db"),
    ],
)
def test_a_database_url_names_a_file(url, path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert database_path(url) == Path(path.format(here=Path.cwd(), home=Path.home())).absolute()


@pytest.mark.parametrize(
    "url", ["", "clinic.db", "sqlite:///", "sqlite://clinic.db", "postgresql://h/clinic"]
)
def test_another_form_of_url_is_refused_with_the_one_to_give(url):
    with pytest.raises(BadSettings, match="give sqlite:///PATH"):
        database_path(url)


def test_a_protocol_is_found_by_a_profile_in_it(tmp_path):
    (tmp_path / "a.toml").write_text(profiles("other"))
    (tmp_path / "b.toml").write_text(profiles("iv", "nasal"))
    assert find_protocol("nasal", tmp_path).text == profiles("iv", "nasal")


def test_a_pinned_protocol_has_the_digest_of_its_text():
    pinned = find_protocol("iv_ketamine_40min")
    assert pinned.digest == hashlib.sha256(pinned.text.encode("utf-8")).hexdigest()


def test_an_unknown_profile_is_refused_with_those_that_are_known(tmp_path):
    (tmp_path / "a.toml").write_text(profiles("iv", "nasal"))
    with pytest.raises(BadSettings, match="no protocol has the profile oral; known are iv, nasal"):
        find_protocol("oral", tmp_path)


@pytest.mark.parametrize(
    ("text", "said"), [(b"no toml", "line 1"), (b"[[profile]]\n", "has no id"), (b"x = '\xff'", "utf-8")]
)
def test_a_protocol_file_that_breaks_its_form_is_named(tmp_path, text, said):
    (tmp_path / "broken.toml").write_bytes(text)
    with pytest.raises(BadSettings, match=f"broken.toml: .*{said}"):
        find_protocol("iv", tmp_path)


def profiles(*names: str) -> str:
    return "".join(f'[[profile]]\nid = "{name}"\n' for name in names)


def assert_refused(said: str, file: Path) -> None:
    with pytest.raises(BadSettings, match=said) as refused:
        load_settings()
    assert str(file) in str(refused.value)
    assert len(str(refused.value).splitlines()) == 1
