"""Readings as Observations: each number once, with its time and code, or the reason why there is none."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import bundles
import numpy as np
import pytest
from invented_extremes import clocks_put_back, clocks_put_forward
from invented_sessions import at, cuff, event, failed_cuff, infusion, quiet, reading, session, stormy

from devices.vocabulary import codes_of


@pytest.mark.parametrize("made", [stormy, quiet], ids=lambda made: made.__name__)
def test_every_number_that_may_be_read_is_read_back_equal(made: Any) -> None:
    few = bundles.thinned(made(), 30)
    rows = few.readings
    valid = rows["value"].notna() & (rows["quality"] != "invalid")
    said = [
        (codes_of(vital).mdc, measured.to_pydatetime(), value, unit)
        for vital, measured, value, unit in rows.loc[
            valid, ["vital", "measured_at", "value", "unit"]
        ].itertuples(index=False)
    ]
    assert sorted(numbers(bundles.read(few))) == sorted(said)


def test_a_saturation_has_both_codes_and_the_profile_of_us_core() -> None:
    (one,) = bundles.measured(bundles.read(session([reading(1, "spo2", 97, 1)], [])))
    assert [code.code for code in one.code.coding][:2] == ["59408-5", "2708-6"]
    assert one.meta.profile == ["http://hl7.org/fhir/us/core/StructureDefinition/us-core-pulse-oximetry"]
    assert (one.valueQuantity.value, one.valueQuantity.code) == (97, "%")


def test_the_pulse_of_an_oximeter_is_a_heart_rate_too() -> None:
    (one,) = bundles.measured(bundles.read(session([reading(1, "spo2_pr", 71, 1)], [])))
    assert codes(one) == ["8867-4", "149530", "364075005"]
    assert one.meta.profile[0].endswith("us-core-heart-rate")


def test_the_pressures_of_one_cycle_are_one_observation() -> None:
    (one,) = bundles.measured(bundles.read(session(cuff(1, 131, 84, 1), [])))
    assert codes(one)[0] == "85354-9"
    assert one.meta.profile[0].endswith("us-core-blood-pressure")
    assert [(part.code.coding[0].code, part.valueQuantity.value) for part in one.component] == [
        ("8480-6", 131), ("8462-4", 84), ("8478-0", 100),
    ]  # fmt: skip


def test_a_cycle_without_a_mean_is_one_and_says_why_there_is_none() -> None:
    rows = [*cuff(1, 131, 84, 1)[:2], reading(1, "nibp_map", None, 1, reason="absent", quality="invalid")]
    (one,) = bundles.measured(bundles.read(session(rows, [])))
    assert one.status == "final"
    assert one.dataAbsentReason is None
    assert [part.dataAbsentReason and part.dataAbsentReason.text for part in one.component] == [
        None, None, "absent",
    ]  # fmt: skip


def test_two_cycles_are_two_and_so_are_two_cuffs_at_once() -> None:
    rows = [*cuff(1, 131, 84, 1), *cuff(2, 131, 84, 2), *cuff(2, 128, 80, 2, variant="left")]
    assert len(bundles.measured(bundles.read(session(rows, [])))) == 3


def test_a_failed_cycle_is_an_error_and_has_no_number() -> None:
    (one,) = bundles.measured(bundles.read(session([failed_cuff(1, 1)], [])))
    assert one.dataAbsentReason.coding[0].code == "error"
    assert [part.dataAbsentReason.text for part in one.component] == ["failed", "failed"]
    assert [part.valueQuantity for part in one.component] == [None, None]


def test_a_probe_that_is_off_is_no_value_and_says_so() -> None:
    row = reading(1, "spo2", None, 1, reason="sensor_off", quality="invalid")
    (one,) = bundles.measured(bundles.read(session([row], [])))
    assert one.valueQuantity is None
    assert one.dataAbsentReason.text == "sensor_off"


def test_a_held_value_is_in_a_note_and_nowhere_a_value() -> None:
    rows = cuff(-17.8, 188, 112, 9, reason="held", quality="invalid")
    (one,) = bundles.measured(bundles.read(session(rows, [])))
    assert one.status == "preliminary"
    assert one.dataAbsentReason.text == "held"
    assert not any(part.valueQuantity for part in one.component)
    assert "nibp_sys: 188 mm[Hg]; quality invalid; reason held" in [note.text for note in one.note]


def test_a_questionable_value_stands_and_is_preliminary() -> None:
    row = reading(1, "spo2", 83, 1, quality="questionable", reason="low_perfusion")
    (one,) = bundles.measured(bundles.read(session([row], [])))
    assert (one.status, one.valueQuantity.value) == ("preliminary", 83)
    assert one.note[0].text == "quality questionable; reason low_perfusion"


def test_an_excluded_value_is_entered_in_error_with_who_left_it_out_and_why() -> None:
    left_out = event(9, "exclude", 9, vital="spo2", start=at(1).isoformat(), end=at(3).isoformat(),
                     reason="cold hand")  # fmt: skip
    rows = [reading(m, "spo2", 83, m, excluded=m < 4) for m in (1, 2, 4)]
    bundle = bundles.read(session(rows, [left_out]))
    names = {one.id: one.status for one in bundles.measured(bundle)}
    assert sorted(names.values()) == ["entered-in-error", "entered-in-error", "final"]
    (why,) = bundles.of(bundle, "Provenance")
    assert (why.reason[0].text, why.activity.coding[0].code) == ("cold hand", "NULLIFY")
    assert {names[target.reference.removeprefix("urn:uuid:")] for target in why.target} == {
        "entered-in-error"
    }
    assert len(why.target) == 2


def test_a_corrected_pressure_stands_with_the_others_of_its_cycle() -> None:
    old = [
        row | {"superseded_by": "b2:9"} if row["vital"] == "nibp_sys" else row for row in cuff(1, 31, 84, 5)
    ]
    new = reading(1, "nibp_sys", 131, 9, writer="b2", entered_by="n.example")
    amended = event(2, "amend", 9, target="a1:5", changes={"nibp_sys": 131}, reason="typed wrong")
    bundle = bundles.read(session([*old, new], [amended]))
    by_status = {one.status: one for one in bundles.measured(bundle)}
    assert by_status.keys() == {"entered-in-error", "corrected"}
    assert [part.valueQuantity.value for part in by_status["corrected"].component][:2] == [131, 84]
    assert by_status["corrected"].performer[0].display == "n.example"
    (why,) = bundles.of(bundle, "Provenance")
    assert why.target[0].reference == f"urn:uuid:{by_status['corrected'].id}"
    assert f"urn:uuid:{by_status['entered-in-error'].id}" in [one.what.reference for one in why.entity]


def test_a_value_that_a_person_typed_names_the_person_and_no_device() -> None:
    rows = cuff(1, 150, 90, 1, source="manual", entered_by="n.example", at=at(40))
    (one,) = bundles.measured(bundles.read(session(rows, [])))
    assert one.performer[0].display == "n.example"
    assert one.device is None
    assert one.issued > one.effectiveDateTime


def test_a_typed_pressure_without_its_method_is_a_blood_pressure_and_no_cuffs() -> None:
    rows = [
        reading(1, vital, value, 1, source="manual", entered_by="n.example", unit="mm[Hg]")
        for vital, value in (("bp_sys_generic", 131), ("bp_dia_generic", 84))
    ]
    (one,) = bundles.measured(bundles.read(session(rows, [])))
    assert codes(one) == ["85354-9"]
    assert one.meta.profile[0].endswith("us-core-blood-pressure")


def test_a_lone_pressure_claims_to_be_no_whole_blood_pressure() -> None:
    (one,) = bundles.measured(bundles.read(session([reading(1, "nibp_sys", 131, 1)], [])))
    assert one.meta.profile[0].endswith("us-core-vital-signs")
    assert len(one.component) == 1


def test_what_was_taken_between_two_times_has_both() -> None:
    (one,) = bundles.measured(bundles.read(session(cuff(89, 131, 84, 1, measured_from=at(83)), [])))
    assert (one.effectivePeriod.start, one.effectivePeriod.end) == (at(83), at(89))


def test_a_vital_without_a_code_keeps_its_own_name() -> None:
    (one,) = bundles.measured(bundles.read(session([reading(1, "local:x:7", 0.25, 1, unit="")], [])))
    assert [(code.system, code.code) for code in one.code.coding] == [("urn:infusionlog:vital", "local:x:7")]
    assert float(one.valueQuantity.value) == 0.25
    assert one.valueQuantity.code is None


def test_every_device_is_there_with_its_parts_and_what_it_measures() -> None:
    identified = event(0, "link", 4, source="monitor", event="identified", identity="INVENTED SN 1")
    rows = [*cuff(1, 131, 84, 1), reading(1, "spo2", 97, 2), reading(1, "resp_rate", 14, 2)]
    bundle = bundles.read(session(rows, [identified]))
    assert [codes(one, "type") for one in bundles.of(bundle, "Device")] == [
        ["69965"], ["70686"], ["70687"], ["69642"],
    ]  # fmt: skip
    assert bundles.of(bundle, "Device")[0].identifier[0].value == "INVENTED SN 1"
    metrics = {f"urn:uuid:{one.id}": codes(one, "type")[0] for one in bundles.of(bundle, "DeviceMetric")}
    assert sorted(metrics.values()) == ["150020", "150456", "151562"]
    assert {metrics[one.device.reference] for one in bundles.measured(bundle)} == set(metrics.values())


@pytest.mark.parametrize(("made", "offsets"), [(clocks_put_back, {-4, -5}), (clocks_put_forward, {-5, -4})])
def test_each_time_carries_the_offset_of_its_own_hour(made: Any, offsets: set[int]) -> None:
    few = bundles.thinned(made())
    texts = [one["resource"]["effectiveDateTime"] for one in bundles.raw(few)["entry"]
             if "effectiveDateTime" in one["resource"]]  # fmt: skip
    moments = [datetime.fromisoformat(text) for text in texts]
    assert {moment.utcoffset().total_seconds() / 3600 for moment in moments} == offsets  # type: ignore[union-attr]
    measured = few.readings["measured_at"].dt.tz_convert("UTC")
    assert {moment.timestamp() for moment in moments} >= set(measured.map(lambda one: one.timestamp()))


def test_the_dose_is_no_reading() -> None:
    assert bundles.measured(bundles.read(session([], infusion()))) == []


def numbers(bundle: Any) -> list[tuple[str, datetime, float, str]]:
    """Code, time, value and unit of every number, those of components too."""
    found = []
    for one in bundles.measured(bundle):
        for part in one.component or [one]:
            if part.valueQuantity is not None:
                mdc = next(code.code for code in part.code.coding if code.system.endswith("11073:10101"))
                value = part.valueQuantity
                moment = one.effectiveDateTime or one.effectivePeriod.end
                found.append((mdc, moment, float(value.value), value.code))
    return found


def codes(one: Any, field: str = "code") -> list[str]:
    return [code.code for code in getattr(one, field).coding or ()]


def test_nan_never_stands_in_the_file() -> None:
    told = bundles.raw(session([reading(1, "spo2", np.nan, 1)], []))
    assert "NaN" not in str(told)
