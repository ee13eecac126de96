from __future__ import annotations

import subprocess
import sys

import pytest

from devices import registry
from devices.errors import UnknownAdapter


def test_every_module_and_profile_is_an_adapter_by_its_name():
    modules = {file.stem for file in registry.modules_folder().glob("[!_]*.py")}
    profiles = {file.stem for file in registry.profiles_folder().glob("*.toml")}
    assert registry.adapters().keys() == modules | profiles
    assert {"datex_dri", "masimo_ascii1"} <= registry.adapters().keys()


def test_an_adapter_is_called_what_its_file_is_called():
    assert {name: found.name for name, found in registry.adapters().items()} == {
        n: n for n in registry.names()
    }


def test_a_module_with_an_underscore_is_no_adapter():
    assert list(registry.modules_folder().glob("_dri_*.py"))
    assert not [name for name in registry.names() if name.startswith("_")]


def test_a_misspelt_name_is_answered_with_the_close_ones():
    with pytest.raises(
        UnknownAdapter, match=r"^no adapter is called 'massimo_ascii'; did you mean masimo_ascii1"
    ) as told:
        registry.adapter("massimo_ascii")
    assert "\n" not in str(told.value)


def test_a_name_like_no_other_is_answered_with_all():
    with pytest.raises(UnknownAdapter, match=r"known: .*datex_dri, .*nonin"):
        registry.adapter("zzz")


def test_looking_up_one_adapter_imports_no_other():
    code = (
        "import sys; from devices import registry; registry.adapter('nonin');"
        "heavy = {'devices.adapters.datex_dri', 'devices.lines', 'pydantic', 'serial'};"
        "print(heavy & set(sys.modules) or 'none')"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout == "none\n"
