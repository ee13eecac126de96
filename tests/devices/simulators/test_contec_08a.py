"""The simulated Contec 08A: stored readings in order, bit 7 set in every byte."""

from devices.simulators.plan import Plan
from devices.simulators.rehearsal import rehearse


def test_every_byte_has_its_highest_bit():
    assert {byte >> 7 for one in rehearse(Plan("contec_08a"), 30.0) for byte in one.raw} == {1}


def test_the_oldest_reading_comes_first():
    taken = [one.readings[0].measured_at for one in rehearse(Plan("contec_08a"), 30.0)]
    assert taken == sorted(set(taken))
