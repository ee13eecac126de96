"""The bundle as a whole, in the eyes of two readers that are not ours: only both find every fault."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import bundles
import invented_extremes
import orjson
import pytest
from invented_care import cared_for
from invented_sessions import cuff, event, nearly_empty, quiet, session, stormy
from payloads import EXAMPLES

from analysis.exports import fhir
from analysis.exports.fhir.provenances import CORRECTIONS
from analysis.exports.fhir.told import RECORDERS
from analysis.session import Patient, Session
from logger import kinds
from logger.entering.summaries import summary

ROOT = Path(__file__).resolve().parents[4]
CHECKER, PACKAGES = ROOT / "tests" / "fhir_checker.js", ROOT / ".node" / "node_modules"
NAME = "Παπαδοπούλου-Георгиевская, Μαρία-Ὀδύσσεια Քրիստափոր Example"


@pytest.mark.parametrize("made", invented_extremes.EVERY, ids=lambda made: made.__name__)
def test_every_session_is_read_by_fhir_resources(made: Any) -> None:
    few = bundles.thinned(made())
    assert len(bundles.measured(bundles.read(few))) == number_of_observations(few)


def test_every_record_of_a_person_is_in_the_bundle() -> None:
    contents = fhir.contents_of(of_every_kind())
    by_people = [entry for entry in contents.entries if not entry.kind.startswith(RECORDERS)]
    elsewhere = [entry for entry in by_people if not contents.made.get(entry.reference)]
    made = [one["resourceType"] for one in contents.resources]
    assert made.count("Provenance") == sum(entry.kind in (*CORRECTIONS, "sign") for entry in elsewhere)
    without = {entry.kind for entry in elsewhere} - {*CORRECTIONS, "sign"}
    assert without == {"infusion.start", "infusion.pause", "infusion.rate", "infusion.end"}
    given = [one for one in contents.resources if one["resourceType"] == "MedicationAdministration"]
    notes = [note["text"] for one in given for note in one["note"]]
    assert {entry.summary for entry in contents.entries if entry.kind in without} <= set(notes)


def test_npms_checker_finds_no_error_either(tmp_path: Path) -> None:
    made = [one() for one in invented_extremes.EVERY] + [of_every_kind()]
    for number, one in enumerate(made):
        told = bundles.raw(bundles.thinned(one, 300), with_identity=True)
        (tmp_path / f"{number}.json").write_bytes(orjson.dumps(told))
    found = checked(sorted(tmp_path.iterdir()))
    assert found == {file: [] for file in found}
    assert len(found) == len(made)


def test_npms_checker_would_find_what_fhir_resources_lets_pass(tmp_path: Path) -> None:
    told = json.dumps(bundles.raw(session(cuff(1, 120, 80, 1), [])))
    (tmp_path / "status.json").write_text(told.replace('"final"', '"finall"'), encoding="utf-8")
    (tmp_path / "number.json").write_text(told.replace('"value": 120', '"value": "120"'), encoding="utf-8")
    assert all(checked(sorted(tmp_path.iterdir())).values())


def test_a_resource_that_breaks_the_standard_is_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fhir, "contents_of", with_an_unknown_field)
    with pytest.raises(ValueError, match="colour"):
        fhir.write(quiet(), tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("made", [stormy, cared_for, nearly_empty], ids=lambda made: made.__name__)
def test_every_reference_leads_to_a_resource_of_the_bundle(made: Any) -> None:
    told = bundles.raw(bundles.thinned(made()))
    names = [entry["fullUrl"] for entry in told["entry"]]
    assert len(set(names)) == len(names)
    assert set(bundles.references(told)) <= set(names)


def test_nothing_in_the_bundle_is_empty() -> None:
    assert list(empties(bundles.raw(of_every_kind()))) == []


def test_the_same_session_gives_the_same_bytes(tmp_path: Path) -> None:
    few = bundles.thinned(stormy())
    folders = [tmp_path / name for name in ("first", "second")]
    for folder in folders:
        folder.mkdir()
    first, second = (fhir.write(few, folder).paths[0].read_bytes() for folder in folders)
    assert first == second


def test_another_session_has_no_name_in_common() -> None:
    one, other = session(cuff(1, 120, 80, 1), []), session(cuff(1, 120, 80, 1), [], id="another")
    names = [{entry["fullUrl"] for entry in bundles.raw(made)["entry"]} for made in (one, other)]
    assert not names[0] & names[1]


def test_the_patients_name_leaves_only_where_it_was_asked_for() -> None:
    made = replace(session([], []), patient=Patient("INVENTED-1", NAME, "1944-02-29"))
    assert "1944" not in json.dumps(bundles.raw(made), ensure_ascii=False)
    assert NAME not in json.dumps(bundles.raw(made), ensure_ascii=False)
    known = bundles.of(bundles.read(made, with_identity=True), "Patient")[0]
    assert (known.identifier[0].value, known.name[0].text) == ("INVENTED-1", NAME)
    assert known.birthDate.isoformat() == "1944-02-29"


@pytest.mark.parametrize("born", ["29.02.1980", "1980-02-30"])
def test_a_birth_that_is_no_date_is_left_out_and_said(born: str, tmp_path: Path) -> None:
    made = replace(session([], []), patient=Patient("INVENTED-1", NAME, born))
    copy = fhir.write(made, tmp_path, with_identity=True)
    assert bundles.of(bundles.read(made, with_identity=True), "Patient")[0].birthDate is None
    assert any("birth" in line for line in copy.not_held)


def test_a_simulators_numbers_are_marked_as_test_data_one_by_one() -> None:
    told = bundles.raw(replace(session(cuff(1, 120, 80, 1), []), demo=True))
    everything = [told, *(entry["resource"] for entry in told["entry"])]
    assert {one["meta"]["security"][0]["code"] for one in everything} == {"HTEST"}


def test_what_a_bundle_cannot_hold_is_said_and_counted(tmp_path: Path) -> None:
    lines = [event(n, "link", n, source="monitor", event="heard") for n in range(3)]
    copy = fhir.write(session([], lines), tmp_path)
    assert any("3 link" in line for line in copy.not_held)
    assert any("has no readings" in line for line in copy.not_held)
    assert any("access log" in line for line in copy.not_held)


def test_a_session_that_nobody_was_treated_in_says_so_with_the_reason() -> None:
    bundle = bundles.read(invented_extremes.invented_care.not_treated())
    treatment = bundles.of(bundle, "Procedure")[0]
    assert treatment.status == "not-done"
    assert treatment.statusReason.text == "ate an hour ago; comes again on Thursday"
    assert bundles.of(bundle, "MedicationAdministration") == []


def test_who_was_there_is_a_participant_of_the_encounter() -> None:
    encounter = bundles.of(bundles.read(bundles.thinned(cared_for())), "Encounter")[0]
    assert encounter.class_fhir.code == "AMB"
    assert [one.type[0].text for one in encounter.participant] == [
        "nurse, responsible for the patient's watch"
    ]


def of_every_kind() -> Session:
    """A session with one record of every kind; it makes no sense otherwise."""
    told = []
    for number, (kind, example) in enumerate(EXAMPLES.items()):
        if kind not in ("reading", "wave"):
            payload = orjson.loads(kinds.text_of(example))
            told.append(event(number, kind, number, summary=summary(kind, payload)) | {"payload": payload})
    return session(cuff(1, 120, 80, 1, writer="w"), told)


def number_of_observations(made: Session) -> int:
    """One for each value, and one for each cuff cycle; one for each weight on record."""
    rows = made.readings
    pressures = rows["vital"].isin(["nibp_sys", "nibp_dia", "nibp_map"])
    cycles = rows[pressures].drop_duplicates(
        ["source", "measured_at", "excluded", "superseded_by", "quality"]
    )
    weights = made.events["kind"] == "check.weight"
    return int((~pressures).sum()) + len(cycles) + int(weights.sum())


def empties(node: Any, where: str = "") -> Any:
    if node in ([], {}, "", None):
        yield where
    parts = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for name, part in parts:
        yield from empties(part, f"{where}/{name}")


CONTENTS_OF = fhir.contents_of


def with_an_unknown_field(made: Session, *, with_identity: bool = False) -> Any:
    contents = CONTENTS_OF(made, with_identity=with_identity)
    contents.resources[-1]["colour"] = "red"
    return contents


def checked(files: list[Path]) -> dict[str, list[str]]:
    node = shutil.which("node")
    if node is None or not (PACKAGES / "fhir").is_dir():
        pytest.skip("npm's checker is not here: npm install --prefix .node fhir@4.12.0")
    ran = subprocess.run(
        [node, str(CHECKER), *map(str, files)],
        capture_output=True, text=True, check=True, env=os.environ | {"NODE_PATH": str(PACKAGES)},
    )  # fmt: skip
    found: dict[str, list[str]] = json.loads(ran.stdout)
    return found
