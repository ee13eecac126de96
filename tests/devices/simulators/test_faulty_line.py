"""What each fault does to a record on the wire."""

import pytest

from devices.contract import Reading
from devices.simulators.actor import Said
from devices.simulators.faults import parse_faults
from devices.simulators.faulty_line import FaultyLine

RECORD = Said(10.0, b"SPO2=098 HR=072\r\n")


def line(*faults, seed=1):
    return FaultyLine(parse_faults(faults), seed)


def only(carried):
    (said,) = carried
    return said.raw


def test_without_faults_a_record_arrives_as_it_is():
    assert line().carry(RECORD) == [RECORD]


def test_silence_swallows_everything_in_its_time():
    silent = line("silence@5+10")
    assert [silent.carry(Said(t, b"x")) == [] for t in (4.0, 5.0, 14.0, 15.0)] == [False, True, True, False]


def test_a_fault_without_duration_strikes_one_record():
    once = line("truncated@5")
    struck = [once.carry(Said(t, b"0123456789"))[0].fault for t in (4.0, 6.0, 7.0)]
    assert struck == ["", "truncated", ""]


def test_a_fault_with_duration_strikes_every_record_in_it():
    often = line("nul@5+2")
    assert [often.carry(Said(t, b"0123"))[0].fault for t in (4.0, 5.0, 6.0, 7.0)] == ["", "nul", "nul", ""]


def test_a_truncated_record_is_its_beginning():
    raw = only(line("truncated@0").carry(RECORD))
    assert RECORD.raw.startswith(raw)
    assert 0 < len(raw) < len(RECORD.raw)


def test_a_joined_record_is_its_end():
    raw = only(line("joined@0").carry(RECORD))
    assert RECORD.raw.endswith(raw)
    assert 0 < len(raw) < len(RECORD.raw)


@pytest.mark.parametrize("end", [b"\r\n", b"\r", b"\n"])
def test_a_doubled_line_end_is_there_twice(end):
    assert only(line("doubled_crlf@0").carry(Said(10.0, b"HR=72" + end))) == b"HR=72" + end + end


def test_a_record_without_a_line_end_has_none_to_double():
    assert line("doubled_crlf@0").carry(Said(10.0, b"\xff\x00")) == [Said(10.0, b"\xff\x00")]


def test_a_flipped_digit_is_a_letter_under_a_right_check():
    def resealed(raw: bytes) -> bytes:
        return raw[:-1] + bytes([sum(raw[:-1]) & 0xFF])

    (said,) = FaultyLine(parse_faults(["digit_flip@0"]), 1, resealed).carry(Said(10.0, b"HR=72!"))
    assert said.raw[:-1] in (b"HR=w2", b"HR=7r")
    assert said.raw == resealed(said.raw)


def test_another_speed_makes_garbage_of_a_record_and_nothing_is_promised_of_it():
    (said,) = line("wrong_baud@5+10").carry(Said(10.0, RECORD.raw, (Reading("spo2", 98.0),)))
    assert not any(a == b for a, b in zip(said.raw, RECORD.raw, strict=True))
    assert (said.readings, said.fault) == ((), "wrong_baud")


def test_a_device_at_another_speed_understands_nothing():
    assert [line("wrong_baud@5+10").deaf(t) for t in (4.0, 5.0, 15.0)] == [False, True, False]


def test_a_dropped_byte_makes_the_record_shorter_by_one():
    assert len(only(line("dropped_byte@0").carry(RECORD))) == len(RECORD.raw) - 1


def test_a_nul_stands_between_the_bytes():
    assert only(line("nul@0").carry(RECORD)).replace(b"\0", b"", 1) == RECORD.raw


def test_a_flipped_bit_changes_one_byte():
    raw = only(line("bit_flip@0").carry(RECORD))
    changed = [a ^ b for a, b in zip(raw, RECORD.raw, strict=True) if a != b]
    assert len(changed) == 1
    assert changed[0].bit_count() == 1


def test_a_duplicate_arrives_twice():
    assert [said.raw for said in line("duplicate@0").carry(RECORD)] == [RECORD.raw, RECORD.raw]


def test_garbage_comes_before_the_record():
    garbage, record = line("garbage@0").carry(RECORD)
    assert garbage.readings == ()
    assert record == RECORD


@pytest.mark.parametrize("name", ["truncated", "joined", "dropped_byte", "nul", "bit_flip", "garbage"])
def test_the_same_seed_breaks_the_same_bytes(name):
    assert line(f"{name}@0").carry(RECORD) == line(f"{name}@0").carry(RECORD)
    seeds = {tuple(said.raw for said in line(f"{name}@0", seed=seed).carry(RECORD)) for seed in range(9)}
    assert len(seeds) > 1
