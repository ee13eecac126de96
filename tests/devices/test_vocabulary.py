"""The codes that other systems know a vital, a unit or a part of a monitor by."""

from __future__ import annotations

import pytest

from devices.vocabulary import NO_CODES, Vital, codes_of, mdc_unit, mdc_units, unit_of


def test_a_saturation_has_both_codes_that_us_core_wants() -> None:
    assert codes_of(Vital.SPO2).loinc == ("59408-5", "2708-6")


def test_a_code_from_memory_is_not_handed_out() -> None:
    assert codes_of("gad7_i1").loinc == ()
    assert codes_of(Vital.IBP_SYS).mdc == ""


def test_another_spelling_of_a_vital_does_not_take_its_place() -> None:
    assert codes_of(Vital.NIBP_SYS).refid == "MDC_PRESS_BLD_NONINV_SYS"


def test_a_local_code_is_in_no_other_system() -> None:
    assert codes_of("local:somewhere:17") == NO_CODES


@pytest.mark.parametrize(
    ("vital", "refid"), [("resp_rate", "MDC_DIM_RESP_PER_MIN"), ("spo2_pr", "MDC_DIM_BEAT_PER_MIN")]
)
def test_breaths_and_beats_have_units_of_their_own(vital: str, refid: str) -> None:
    assert mdc_unit("/min", vital)[1] == refid


@pytest.mark.parametrize("vital", [vital for vital in Vital if codes_of(vital).mdc])
def test_a_unit_is_read_back_as_what_it_was_written_for(vital: str) -> None:
    code, _ = mdc_unit(unit_of(vital) or "", vital)
    assert not code or mdc_units()[code] == unit_of(vital)
