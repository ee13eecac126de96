import inspect

import pytest
from exported import motley
from invented_sessions import EVERY, nearly_empty

from analysis.exports import UnknownFormat, format_named, names
from analysis.exports.copy import NotForThisFormat

NUMBERS = ("edf", "vital", "wfdb")


def test_a_format_is_found_by_the_name_of_its_module():
    assert set(NUMBERS) <= set(names())
    assert not {"copy", "one_hertz", "marked_readings"} & set(names())


@pytest.mark.parametrize("name", names())
def test_every_format_says_what_it_is_and_how_to_open_it(name):
    module = format_named(name)
    assert all(text.strip() for text in (module.ABOUT, module.OPENING))
    assert list(inspect.signature(module.write).parameters) == ["session", "folder", "with_identity"]


def test_a_format_that_nobody_wrote_is_named_with_those_there_are():
    with pytest.raises(UnknownFormat, match=r"no format is called 'xlsx'; known: .*edf.*vital, wfdb"):
        format_named("xlsx")


def test_a_slip_of_the_finger_is_told_what_was_meant():
    with pytest.raises(UnknownFormat, match="did you mean vital"):
        format_named("vitl")


@pytest.mark.parametrize("name", NUMBERS)
def test_the_same_session_gives_the_same_bytes(name, tmp_path):
    written = []
    for turn in ("first", "second"):
        folder = tmp_path / turn
        folder.mkdir()
        written.append([path.read_bytes() for path in format_named(name).write(motley(), folder).paths])
    assert written[0] == written[1]


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("invented", EVERY, ids=lambda one: one.__name__)
def test_every_kind_of_session_is_written(name, invented, tmp_path):
    if (name, invented) == ("wfdb", nearly_empty):
        with pytest.raises(NotForThisFormat, match="holds no good number"):
            format_named(name).write(invented(), tmp_path)
    else:
        assert set(format_named(name).write(invented(), tmp_path).paths) == set(tmp_path.iterdir())


@pytest.mark.parametrize("name", NUMBERS)
def test_identity_stays_here_unless_it_is_asked_for(name, tmp_path):
    copy = format_named(name).write(motley(), tmp_path)
    held = b"".join(path.read_bytes() for path in copy.paths)
    assert b"Nobody" not in held
    assert not any("name" in line for line in copy.not_held)


@pytest.mark.parametrize("name", NUMBERS)
def test_what_a_format_cant_hold_is_said_with_its_count(name, tmp_path):
    said = " ".join(format_named(name).write(motley(), tmp_path).not_held)
    assert "4 entries" in said
    assert "writer:seq" in said
