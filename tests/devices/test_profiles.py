from __future__ import annotations

import pytest

from devices import registry
from devices.errors import BadProfile
from devices.lines import load
from devices.profiles import read

GOOD = """
protocol = "Invented"
models = ["Example 1"]
evidence = "document"
source = "none"
[link]
baud = 9600
[time]
form = "%H:%M:%S %d.%m.%Y"
[[record]]
match = '{time} (?P<sat>\\d+)'
[[record.field]]
name = "sat"
vital = "spo2"
range = [0, 100]
"""


@pytest.fixture
def refused(tmp_path):
    def why(old: str, new: str) -> str:
        path = tmp_path / "invented.toml"
        path.write_text(GOOD.replace(old, new))
        with pytest.raises(BadProfile) as told:
            read(path)
        return str(told.value)

    return why


def test_a_good_profile_is_an_adapter_called_as_its_file(tmp_path):
    (tmp_path / "invented.toml").write_text(GOOD)
    adapter = load(tmp_path / "invented.toml")
    assert (adapter.name, adapter.vitals, str(adapter.link)) == ("invented", ("spo2",), "9600 8N1")
    (frame,) = adapter.decoder().feed(b"09:30:00 02.03.2026 97\r\n")
    assert (frame.readings[0].value, frame.device_time.isoformat()) == (97.0, "2026-03-02T09:30:00")


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ('"spo2"', '"spo3"', "'spo3' is not in the vocabulary and not local:"),
        ("range = [0, 100]", "", "a number needs a vital and a range"),
        ('"spo2"', '"local:invented:x"', "a unit stands beside local codes, and only there"),
        ('"spo2"', '"spo2"\nunit = "%"', "a unit stands beside local codes, and only there"),
        ("baud = 9600", 'baud = "fast"', "link.baud: "),
        ("baud = 9600", "baud = 9600\nspeed = 1", "link.speed: Extra inputs are not permitted"),
        ("(?P<sat>\\d+)", "(?P<sat>\\d+", "missing ), unterminated subpattern"),
        ("(?P<sat>\\d+)", "(\\d+)", "record.match: has no group 'sat'"),
        ('vital = "spo2"\nrange = [0, 100]', 'type = "flags"', "flags.sat: missing"),
        ('form = "%H:%M:%S %d.%m.%Y"', "", "time.form: Field required"),
        ('[time]\nform = "%H:%M:%S %d.%m.%Y"', "", "time: missing, but a match names {time}"),
        ("[link]", "[frame.checksum]\nalgorithm = 'sum9'\n[link]", "'sum9' is none of sum8, xor8, twos8"),
        ("[link]", "[[flags.sat]]\nreason = 'x'\n[link]", "a flag has either a bit or a code"),
        ("protocol", "=", "file: "),
    ],
)
def test_a_wrong_profile_is_refused_in_one_line_with_file_key_and_reason(refused, old, new, why):
    told = refused(old, new)
    assert told.startswith("invented.toml: ")
    assert why in told
    assert "\n" not in told


def test_every_profile_of_the_program_says_where_its_facts_come_from():
    profiles = [read(file) for file in registry.profiles_folder().glob("*.toml")]
    assert profiles
    assert all(len(profile.source) > 20 for profile in profiles)
