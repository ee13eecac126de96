"""The simulated OEM III module: frames, packets, and rates of nine bits."""

from devices.simulators.faults import parse_faults
from devices.simulators.patient import Patient, Truth
from devices.simulators.plan import Plan
from devices.simulators.rehearsal import rehearse


def packets(*faults, seconds=60.0, seed=1410):
    return rehearse(Plan("nonin", seed, faults=parse_faults(faults)), seconds)


def told(said, vital, variant=""):
    return next(r for r in said.readings if (r.vital, r.variant) == (vital, variant))


def test_a_packet_has_25_frames_with_right_sums():
    raw = packets(seconds=1.0)[0].raw
    frames = [raw[at : at + 5] for at in range(0, len(raw), 5)]
    assert len(frames) == 25
    assert all(sum(frame[:4]) & 0xFF == frame[4] for frame in frames)
    assert [frame[1] & 1 for frame in frames] == [1] + [0] * 24


def test_there_are_three_packets_a_second():
    assert len(packets(seconds=61.0)) == 3 * 60 + 1


def test_display_values_are_held_for_ten_seconds_after_the_finger_is_out():
    out = [said for said in packets("probe_off@20+30") if 20 <= said.at < 50]
    held = [said.at for said in out if told(said, "spo2", "display").value is not None]
    assert all(told(said, "spo2").value is None for said in out)
    assert 9 < max(held) - 20 < 10


def test_a_rate_of_130_has_one_in_its_high_byte(monkeypatch):
    fast = Truth(sys=120, dia=80, map=95, hr=130, spo2=98, rr=14, etco2=36, dissociation=0, perfusion=3)
    monkeypatch.setattr(Patient, "at", lambda _self, _t: fast)
    raw = packets(seconds=1.0)[0].raw
    assert (raw[3], raw[8]) == (1, 2)
