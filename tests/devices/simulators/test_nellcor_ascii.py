"""The simulated N-560: its header, its columns."""

from devices.simulators.faults import parse_faults
from devices.simulators.plan import Plan
from devices.simulators.rehearsal import rehearse


def lines(*faults, seconds=30.0):
    said = rehearse(Plan("nellcor_ascii", faults=parse_faults(faults)), seconds)
    return [one.raw.decode().removesuffix("\r\n") for one in said]


def headers(printed):
    return [place for place, line in enumerate(printed) if line.startswith("N-560")]


def test_it_prints_its_header_when_it_is_switched_on():
    printed = lines()
    assert printed[0].startswith("N-560    VERSION")
    assert headers(printed) == [0]


def test_it_prints_its_header_again_in_mid_stream():
    assert headers(lines("header@11")) == [0, 9]


def test_it_prints_its_header_after_it_was_off():
    assert len(headers(lines("power_cycle@5+10"))) == 2


def test_the_numbers_end_in_their_columns():
    line = lines()[3]
    assert (line[:18], line[21:24], line[29:32]) == ("02-Mar-26 09:00:00", " 98", " 76")


def test_a_sensor_that_is_off_shows_dashes_and_its_code():
    line = lines("probe_off@0+60")[3]
    assert (line[21:24], line[44:46]) == ("---", "SO")
