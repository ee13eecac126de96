"""The simulated Rad-8: the published form of a line, and what it shows while the probe is off."""

from devices.simulators.faults import parse_faults
from devices.simulators.plan import Plan
from devices.simulators.rehearsal import rehearse


def said(*faults, seconds=60.0):
    return rehearse(Plan("masimo_ascii1", faults=parse_faults(faults)), seconds)


def words(one):
    return dict(word.split("=") for word in one.raw.decode().split()[2:])


def test_a_line_has_the_published_form():
    assert said()[0].raw == (
        b"03/02/26 09:00:00 SN=0000093112 SPO2=098% BPM=076 PI=05.15%"
        b" DESAT=-- PIDELTA=+-- ALARM=0000 EXC=000800\r\n"
    )


def test_it_says_one_line_a_second():
    assert [one.at for one in said(seconds=5.0)] == [0.0, 1.0, 2.0, 3.0, 4.0]


def test_numbers_are_held_for_a_while_after_the_probe_came_off():
    held = said("probe_off@10+30")[15]
    assert words(held)["EXC"] == "000820"
    assert words(held)["SPO2"] == "098%"


def test_then_there_are_dashes():
    gone = words(said("probe_off@10+30")[25])
    assert (gone["SPO2"], gone["BPM"], gone["PI"]) == ("---%", "---", "--.--%")


def test_it_reads_again_when_the_probe_is_back():
    assert words(said("probe_off@10+30")[41])["EXC"] == "000800"


def test_a_cold_hand_shows_in_the_index_and_the_exceptions():
    cold = words(said("low_perfusion@10+30")[20])
    assert (cold["PI"], cold["EXC"]) == ("00.20%", "000804")


def test_it_is_silent_while_its_port_is_set_to_ascii_2():
    assert [one.at for one in said("silent_mode@5+10", seconds=18.0)] == [0, 1, 2, 3, 4, 15, 16, 17]


def test_a_cuff_on_the_same_arm_takes_its_pulse_away():
    pressed = said("same_arm@0", seconds=120.0)[75]
    assert (words(pressed)["SPO2"], words(pressed)["EXC"]) == ("---%", "000808")


def test_its_serial_number_is_the_monitor_s_own():
    one, other = (rehearse(Plan("masimo_ascii1", seed), 1.0)[0] for seed in (1, 2))
    assert words(one)["SN"] != words(other)["SN"]
