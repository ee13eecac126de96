"""The simulated Ivy 450C: the recorded form of a record, and a cuff value that is said again and again."""

from devices.simulators.faults import parse_faults
from devices.simulators.plan import Plan
from devices.simulators.rehearsal import rehearse


def records(*faults, seconds=120.0, **more):
    return [said.raw for said in rehearse(Plan("ivy_ansarb", faults=parse_faults(faults), **more), seconds)]


def lines(raw):
    return dict(line.split("=", 1) for line in raw[409:-1].decode().split("\r") if line)


def test_waves_and_text_stand_between_their_marks():
    raw = records()[0]
    assert (raw[:9], raw[-1:]) == (b"\xffANSAR-B ", b"\xfe")
    assert not set(raw[1:-1]) & {0xFE, 0xFF}
    assert list(lines(raw)) == ["HR", "RR", "ETCO2", "SPO2", "NIBP", "P1", "P2", "T1", "T2"]


def test_before_the_first_cycle_the_cuff_fields_are_empty():
    assert lines(records()[10])["NIBP"] == "4;;;;;;"


def test_the_value_of_the_patient_before_is_said_first():
    assert lines(records(held=(188, 112))[0])["NIBP"] == "4;188;112;141;88;;"


def test_a_cuff_value_is_said_again_every_second():
    said = {lines(raw)["NIBP"] for raw in records()[110:]}
    assert len(said) == 1
    assert said != {"4;;;;;;"}


def test_a_failed_cycle_has_a_message_and_no_numbers():
    assert lines(records("cuff_failed@61")[110])["NIBP"] == "4;;;;;;WEAK PULSE"


def test_without_a_probe_there_is_no_saturation():
    assert lines(records("probe_off@5+10")[7])["SPO2"] == "1;;PR=   ;NO SENSOR"
