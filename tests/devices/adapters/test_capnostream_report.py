from __future__ import annotations

import pytest

from devices import registry
from devices.contract import Frame, Unread, decode

LINE = "03/02/2026\t09:30:00\t38\t0\t14\t97\t66\t9\tnone"


def read(line: str):
    (event,) = decode(registry.adapter("capnostream_report").decoder(), [f"{line}\r\n".encode("ascii")])
    return event


def values(line: str):
    return {str(reading.vital): reading.value for reading in read(line).readings}


def test_a_line_says_co2_respiration_saturation_pulse_and_ipi():
    assert values(LINE) == {
        **{"etco2": 38.0, "fico2": 0.0, "co2_rr": 14.0, "spo2": 97.0, "spo2_pr": 66.0, "ipi": 9.0}
    }


@pytest.mark.parametrize("none", ["", "--", "---", "  "])
def test_a_column_without_a_number_is_no_value(none):
    assert values(LINE.replace("97", none))["spo2"] is None


def test_a_line_without_more_columns_is_read():
    assert values(LINE.removesuffix("\tnone"))["ipi"] == 9.0


@pytest.mark.parametrize(
    "broken", [LINE.replace("38", "5.1"), LINE.replace("\t0\t", "\t"), LINE.replace("97", "197")]
)
def test_a_line_of_another_form_or_unit_is_unread(broken):
    assert isinstance(read(broken), Unread)


def test_a_head_whose_columns_stand_elsewhere_is_unread():
    assert isinstance(read("DATE\tTIME\tEtCO2\tFiCO2\tRR\tSpO2\tPR\tIPI\tALARMS"), Frame)
    assert isinstance(read("DATE\tTIME\tSpO2\tPR\tEtCO2\tFiCO2\tRR\tIPI"), Unread)
