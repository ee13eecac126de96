"""Simulated devices on lines that are set otherwise, without RTS, swapped, or back under another name."""

import contextlib
import json
import os
import sys
from pathlib import Path

import pytest
import serial
from serial.tools.list_ports_common import ListPortInfo

from devices.contract import Frame
from devices.errors import BadAddress, PortGone, PortMissing
from devices.ports import open_port
from devices.registry import adapter
from devices.simulators.faults import parse_faults
from devices.simulators.plan import Plan
from devices.simulators.rehearsal import rehearse
from devices.simulators.running import simulated, start, stop_simulators

PATIENCE = 20.0  # seconds; only a broken simulator needs them
TRIES = 200_000
pytestmark = pytest.mark.skipif(not hasattr(os, "openpty"), reason="needs pseudo-terminals")
linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux shows a pty's other end its settings")


@pytest.fixture
def switched_on():
    """Switch simulated devices on, and off again after the test."""
    on = []

    def switch_on(name, *faults, **how):
        on.append(start(name, faults=parse_faults(faults), **{"speed": 200.0, **how}))
        return on[-1]

    yield switch_on
    for simulator in on:
        simulator.stop()


@pytest.fixture
def switched_off_after():
    yield
    stop_simulators()


def frames(port, name, count):
    decoder = adapter(name).decoder()
    found = decoder.feed(port.waited)
    for request in decoder.opening() if hasattr(decoder, "opening") else ():
        port.write(request.raw)
    while len([one for one in found if isinstance(one, Frame)]) < count:
        raw = port.read(PATIENCE)
        assert raw, "the device is silent"
        found += decoder.feed(raw)
    return [one for one in found if isinstance(one, Frame)]


def truth(file):
    text = file.read_text() if file.exists() else ""
    return [json.loads(line) for line in text.splitlines(keepends=True) if line.endswith("\n")]


def wait_for(there):
    for _ in range(TRIES):
        if found := there():
            return found
    pytest.fail("it never came")


@linux
@pytest.mark.parametrize("parity", [serial.PARITY_ODD, serial.PARITY_MARK, serial.PARITY_SPACE])
def test_a_logger_with_another_parity_hears_garbage(switched_on, parity):
    simulator = switched_on("masimo_ascii1")
    with serial.Serial(simulator.url, 9600, parity=parity, timeout=PATIENCE) as logger:
        assert b"SPO2" not in logger.read(300)


@linux
def test_two_stop_bits_make_no_difference_to_a_receiver(switched_on):
    simulator = switched_on("masimo_ascii1")
    with serial.Serial(simulator.url, 9600, stopbits=2, timeout=PATIENCE) as logger:
        assert b"SPO2" in logger.read(300)


def test_a_device_whose_logger_gives_no_rts_is_silent_and_then_says_what_it_kept(switched_on, tmp_path):
    file = tmp_path / "truth.jsonl"
    simulator = switched_on("datex_dri", "rts_off@0+40", truth_file=file)
    port = open_port(simulator.url, adapter("datex_dri"))
    assert len(frames(port, "datex_dri", 5)) >= 5
    port.close()
    assert truth(file)[0]["arrived"]


def test_rts_can_be_taken_and_given_by_the_control_channel(switched_on, tmp_path):
    file = tmp_path / "truth.jsonl"
    simulator = switched_on("datex_dri", truth_file=file)
    port = open_port(simulator.url, adapter("datex_dri"))
    frames(port, "datex_dri", 1)
    control = Path(f"{simulator.url}.control")
    control.write_text("rts off\n")
    wait_for(lambda: not port.read(0.2))
    said = len(truth(file))
    control.write_text("rts on\n")
    assert port.read(PATIENCE)
    wait_for(lambda: len(truth(file)) > said)
    port.close()


def test_a_device_without_a_handshake_can_t_lack_rts():
    with pytest.raises(BadAddress, match="masimo_ascii1 can't show rts_off"):
        Plan("masimo_ascii1", faults=parse_faults(["rts_off@5"]))


@pytest.mark.parametrize("fault", ["paced", "jitter", "chunks", "usb_latency", "mark_parity"])
def test_what_comes_in_pieces_is_what_was_said(switched_on, tmp_path, fault):
    file = tmp_path / "truth.jsonl"
    simulator = switched_on("masimo_ascii1", f"{fault}@0", truth_file=file, speed=50.0)
    port = open_port(simulator.url, adapter("masimo_ascii1"))
    heard = [[r.value for r in one.readings] for one in frames(port, "masimo_ascii1", 5)]
    told = wait_for(
        lambda: [
            [r["value"] for r in one["readings"]] for one in truth(file) if one["arrived"] and one["readings"]
        ][:3]
    )
    port.close()
    assert any(heard[place : place + len(told)] == told for place in range(len(heard)))


def test_a_simulated_device_that_comes_back_under_another_name_is_found_by_its_address(switched_off_after):
    url = "simulate:masimo_ascii1?speed=100&fault=replug@30+20"
    before = simulated(url)
    port = open_port(url, adapter("masimo_ascii1"))
    with pytest.raises(PortGone):
        frames(port, "masimo_ascii1", TRIES)
    port.close()
    with pytest.raises(PortMissing):
        open_port(before, adapter("masimo_ascii1"))

    def again():
        with contextlib.suppress(PortMissing):
            return open_port(url, adapter("masimo_ascii1"))

    port = wait_for(again)
    assert frames(port, "masimo_ascii1", 1)
    assert simulated(url) != before
    port.close()


def test_a_port_that_comes_back_under_another_name_is_found_by_its_identity(switched_on):
    simulator = switched_on("masimo_ascii1", "replug@30+20", speed=100.0)
    before = simulator.url

    def ports():
        found = ListPortInfo(simulator.url)
        found.vid, found.pid, found.serial_number = 0x0403, 0x6001, "EXAMPLE1"
        return [found] if Path(simulator.url).exists() else []

    port = open_port(before, adapter("masimo_ascii1"), list_ports=ports)
    with pytest.raises(PortGone):
        frames(port, "masimo_ascii1", TRIES)
    port.close()

    def again():
        with contextlib.suppress(PortMissing):
            return open_port(before, adapter("masimo_ascii1"), identity=port.identity, list_ports=ports)

    port = wait_for(again)
    assert frames(port, "masimo_ascii1", 1)
    port.close()


def test_a_swapped_line_brings_another_patient_s_bytes():
    own = rehearse(Plan("masimo_ascii1", 3), 60.0)
    other = rehearse(Plan("masimo_ascii1", 4), 60.0)
    swapped = rehearse(Plan("masimo_ascii1", 3, faults=parse_faults(["swapped@20+20"])), 60.0)
    assert [one.raw for one in swapped] == [
        *(one.raw for one in own[:20]),
        *(one.raw for one in other[20:40]),
        *(one.raw for one in own[40:]),
    ]
    assert {one.fault for one in swapped if 20 <= one.at < 40} == {"swapped"}


def test_of_a_swapped_device_of_another_kind_no_number_is_promised():
    said = rehearse(Plan("masimo_ascii1", faults=parse_faults(["swapped@5+5"]), other="nonin"), 15.0)
    assert [one.readings for one in said if one.fault] == [()] * 15
    decoder = adapter("masimo_ascii1").decoder()
    read = [event for one in said for event in decoder.feed(one.raw) if isinstance(event, Frame)]
    assert len(read) == 9  # the line after the swap begins within the bytes before it


def test_the_other_device_has_to_be_one_that_there_is():
    with pytest.raises(BadAddress, match="there is no simulated toaster"):
        Plan("masimo_ascii1", other="toaster")
