"""What bytes that make no frame say of a line's settings; a wire mangles them as real ports do."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from serial_wires import misread

from devices.contract import Link
from devices.misread import why_no_frame, why_silent
from devices.registry import adapter, adapters
from devices.simulators.rehearsal import record_capture

CAPTURES = Path(__file__).parent.parent / "captures"
SET = Link(9600)
SEVEN_EVEN, SEVEN_ODD = Link(9600, 7, "E"), Link(9600, 7, "O")
LINES = record_capture("masimo_ascii1", 12)


@pytest.mark.parametrize("sent", [SET, SEVEN_EVEN, Link(9600, parity="E"), Link(115200)], ids=str)
@pytest.mark.parametrize("resynchronises", [True, False])
def test_a_line_that_is_set_alike_reads_what_was_sent(sent, resynchronises):
    assert misread(LINES, sent, sent, resynchronises=resynchronises) == LINES


@pytest.mark.parametrize("sent", [SEVEN_EVEN, SEVEN_ODD, Link(9600, 7, "M")], ids=str)
def test_seven_bits_with_parity_read_as_eight_are_named(sent):
    said = why_no_frame(misread(LINES, sent, SET), SET)
    assert f"a device that is set to {sent}: give the address the ending" in said
    assert f"bits=7&parity={sent.parity}" in said


def test_a_parity_bit_that_is_taken_for_the_stop_bit_is_not_guessed():
    eight_even = Link(9600, parity="E")
    assert misread(LINES, eight_even, SET, resynchronises=False) == LINES  # such a port reads it well
    said = why_no_frame(misread(LINES, eight_even, SET), SET)
    assert "is the line set to 9600 8N1?" in said
    assert "parity" in said


@pytest.mark.parametrize("resynchronises", [True, False])
@pytest.mark.parametrize("name", ["masimo_ascii1", "nellcor_ascii", "nonin", "datex_dri"])
@pytest.mark.parametrize(("sent", "read"), [(9600, 19200), (9600, 38400), (9600, 57600), (19200, 57600)])
def test_a_line_that_is_read_too_fast_is_named_with_its_rate(sent, read, name, resynchronises):
    raw = (CAPTURES / f"{name}.bin").read_bytes()[-600:]
    seen = misread(raw, Link(sent), Link(read), resynchronises=resynchronises)
    assert f"set to {Link(sent)}:" in why_no_frame(seen, Link(read))


@pytest.mark.parametrize(("sent", "read"), [(19200, 9600), (9600, 4800), (115200, 9600), (38400, 57600)])
def test_a_rate_that_the_bytes_do_not_tell_is_not_guessed(sent, read):
    said = why_no_frame(misread(LINES, Link(sent), Link(read)), Link(read))
    assert "is the line set to" in said
    assert "% of the bytes have bit 7 set" in said
    assert "probe" in said


@pytest.mark.parametrize("name", sorted(adapters()))
def test_bytes_that_were_read_well_accuse_no_setting(name):
    capture = CAPTURES / f"{name}.bin"
    if not capture.exists():
        pytest.skip(f"{name} has no capture")
    assert "a device that is set to" not in why_no_frame(capture.read_bytes(), adapter(name).link)


def test_text_of_another_form_does_not_accuse_the_line():
    said = why_no_frame(b"HELLO THIS IS A LABEL PRINTER\r\n" * 4, SET)
    assert "readable text, so the line's settings are right" in said


def test_a_line_that_rests_low_is_told_from_a_wrong_rate():
    assert "wrong way round" in why_no_frame(bytes(200), SET)


def test_flow_control_by_bytes_is_named():
    said = why_no_frame(b"\x11" + LINES[:80] + b"\x13\x11" + LINES[80:300], SET)
    assert "?handshake=xonxoff" in said


@pytest.mark.parametrize("seen", [b"", b"\x80\x81", LINES[:47]])
def test_a_few_bytes_prove_nothing(seen):
    assert why_no_frame(seen, SET) == "bytes arrive, but no frame: is the line set to 9600 8N1?"


def test_silence_names_what_can_hold_a_device_back():
    assert "?handshake=none" in why_silent(replace(SET, handshake="rtscts"))
    assert "?handshake=xonxoff" in why_silent(SET, b"97\r\n\x13")
    assert "is the device on" in why_silent(SET, b"97\r\n")
