"""The house around the code: what may be imported where, what the wheel holds, what the files may say."""

from __future__ import annotations

import ast
import csv
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from devices.vocabulary import PumpValue, Vital, config_folder, unit_of

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("analysis", "config", "devices", "logger")
LIGHT = ("logger.cli", "logger.recording.recorder", "logger.recording.one_session", "devices.registry")
HEAVY = {"pandas", "matplotlib", "numpy", "analysis", "fastapi"}
LINES = {"announcements.py", "ports.py", "replay.py", "simulators"}  # what moves bytes in real time
READS_THE_CLOCK = {"now", "utcnow", "today", "time", "monotonic", "perf_counter", "time_ns", "monotonic_ns"}
# Written so that this file does not name what it looks for.
REGISTRIES = re.compile(
    r"p[y]pi\.org|pythonh[o]sted\.org|n[p]mjs\.(org|com)|cr[a]tes\.io|ghcr\.i[o]|d[o]cker\.io"
)
MACHINE_PATHS = re.compile(r"(?<![\w.])/(h[o]me|U[s]ers|w[o]rk|r[o]ot|m[n]t)/\w|[A-Z]:\\+U[s]ers\\")


def test_the_rooms_import_only_the_way_the_arrows_point() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    found = subprocess.run([linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout


def test_no_decoder_reads_a_clock() -> None:
    decoders = [path for path in (ROOT / "devices").rglob("*.py") if LINES.isdisjoint(path.parts)]
    readers = {str(path.relative_to(ROOT)): clock_calls(path.read_text("utf-8")) for path in decoders}
    assert {path: calls for path, calls in readers.items() if calls} == {}


def test_a_clock_reader_would_be_seen() -> None:
    assert clock_calls("from datetime import datetime\nat = datetime.now()") == ["line 2: now"]


@pytest.mark.parametrize("module", LIGHT)
def test_recording_loads_nothing_heavy(module: str) -> None:
    say = f"import sys, {module}; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", say], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert loaded.returncode == 0, loaded.stderr
    assert HEAVY & set(loaded.stdout.split()) == set()


def test_config_is_data_only() -> None:
    assert [path.name for path in (ROOT / "config").rglob("*.py")] == []


def test_no_folder_of_tests_is_a_package() -> None:
    assert list((ROOT / "tests").rglob("__init__.py")) == []


def test_every_vital_of_the_code_table_has_a_name_in_code() -> None:
    rows = {row["parameter"] for row in code_table() if row["kind"] == "vital"}
    assert {vital.value for vital in Vital} == rows - {"nibp"}  # the panel, not a number of its own


def test_every_number_of_a_pump_in_the_code_table_has_a_name_in_code() -> None:
    rows = {row["parameter"] for row in code_table() if row["kind"] == "pump" and row["ucum"]}
    assert {value.value for value in PumpValue} == rows


def test_a_pumps_number_has_the_tables_unit_and_is_no_vital() -> None:
    assert (unit_of("flow_rate"), unit_of("time_remaining"), unit_of("drug_name")) == ("mL/h", "min", None)
    assert set(PumpValue).isdisjoint(Vital)


def test_the_wheel_holds_every_file_of_the_rooms(wheel: Path) -> None:
    ours = {name for name in repository_files() if name.startswith(tuple(f"{room}/" for room in ROOMS))}
    assert ours - set(zipfile.ZipFile(wheel).namelist()) == set()


def test_the_wheel_brings_its_licence_and_its_command(wheel: Path) -> None:
    texts = {Path(name).name: name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" in name}
    assert "LICENSE" in texts
    command = zipfile.ZipFile(wheel).read(texts["entry_points.txt"]).decode()
    assert "infusionlog = logger.cli:main" in command


def test_an_unpacked_wheel_finds_its_code_table(wheel: Path, tmp_path: Path) -> None:
    zipfile.ZipFile(wheel).extractall(tmp_path)
    say = "import devices.vocabulary as v; print(v.__file__); print(v.unit_of('spo2'), len(v.facts()) > 30)"
    told = subprocess.run(
        [sys.executable, "-c", say],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert told == [str(tmp_path / "devices" / "vocabulary.py"), "%", "True"]


def test_no_file_names_a_package_registry() -> None:
    assert mentions(REGISTRIES, besides={"uv.lock"}) == []


def test_no_file_names_a_place_on_one_machine() -> None:
    assert mentions(MACHINE_PATHS) == []


def code_table() -> list[dict[str, str]]:
    """Return the rows of the table of names, units and codes."""
    with (config_folder() / "codes.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def clock_calls(source: str) -> list[str]:
    """Return the calls by which a module asks what time it is."""
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    named = [(call.lineno, call.func.attr) for call in calls if isinstance(call.func, ast.Attribute)]
    return [f"line {line}: {name}" for line, name in named if name in READS_THE_CLOCK]


def repository_files() -> list[str]:
    """Return the paths of what git keeps, or is about to keep."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout: what belongs to the repository can't be told")
    return [name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]


def mentions(pattern: re.Pattern[str], besides: set[str] = frozenset()) -> list[str]:
    """Return ``file: match`` for each text file of the repository in which *pattern* is found."""
    texts = {name: (ROOT / name).read_bytes() for name in repository_files() if name not in besides}
    found = {
        name: pattern.search(text.decode("utf-8", "ignore"))
        for name, text in texts.items()
        if b"\0" not in text
    }
    return [f"{name}: {match[0]}" for name, match in found.items() if match]


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder]
    subprocess.run(build, cwd=ROOT, capture_output=True, check=True)
    (built,) = folder.glob("*.whl")
    return built
