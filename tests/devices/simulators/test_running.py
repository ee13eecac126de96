"""Simulated devices on real lines: a pty and TCP, at speed, unplugged and plugged in again."""

import contextlib
import json
import socket
import sys
from pathlib import Path

import pytest

from devices.contract import Frame
from devices.errors import BadAddress, PortBusy, PortGone, PortMissing
from devices.ports import open_port
from devices.registry import adapter
from devices.simulators.faults import parse_faults
from devices.simulators.running import simulated, start, stop_simulators

PATIENCE = 20.0  # seconds; only a broken simulator needs them
TRIES = 200_000


@pytest.fixture
def switched_on():
    """Switch simulated devices on, and off again after the test."""
    on = []

    def switch_on(*what, **how):
        on.append(start(*what, **{"speed": 200.0, **how}))
        return on[-1]

    yield switch_on
    for simulator in on:
        simulator.stop()


@pytest.fixture
def switched_off_after():
    yield
    stop_simulators()


def listen(port, name, count):
    """Ask if need be, and return the first *count* frames with readings."""
    decoder = adapter(name).decoder()
    frames = decoder.feed(port.waited)
    for request in decoder.opening() if hasattr(decoder, "opening") else ():
        port.write(request.raw)
    while len(frames) < count:
        raw = port.read(PATIENCE)
        assert raw, "the device is silent"
        frames += [event for event in decoder.feed(raw) if isinstance(event, Frame) and event.readings]
    return frames


def values(readings):
    return {(str(r["vital"]), r["variant"], r["value"]) for r in readings}


def heard_again(url, name):
    """The first frame of a device that was unplugged; a call that TCP took just before that is ended."""
    for _ in range(TRIES):
        try:
            port = open_port(url, adapter(name))
        except PortMissing:
            continue
        with contextlib.closing(port), contextlib.suppress(PortGone):
            return listen(port, name, 1)
    pytest.fail("it was never plugged in again")


@pytest.mark.parametrize("place", ["pty", "tcp://127.0.0.1:0"])
@pytest.mark.parametrize("name", ["masimo_ascii1", "datex_dri"])
def test_what_it_says_it_sent_is_what_is_heard(switched_on, tmp_path, place, name):
    truth = tmp_path / "truth.jsonl"
    simulator = switched_on(name, url=place, truth_file=truth)
    port = open_port(simulator.url, adapter(name))
    frames = listen(port, name, 10)
    simulator.stop()
    port.close()
    said = [json.loads(line) for line in truth.read_text().splitlines()]
    told = [values(one["readings"]) for one in said if one["arrived"] and one["readings"]]
    read = [{(str(r.vital), r.variant, r.value) for r in frame.readings} for frame in frames]
    assert [one <= other for one, other in zip(told[:10], read[:10], strict=True)] == [True] * 10


def test_what_nobody_listens_to_is_marked_so(switched_on, tmp_path):
    truth = tmp_path / "truth.jsonl"
    simulator = switched_on("masimo_ascii1", truth_file=truth)
    for _ in range(TRIES):
        if truth.exists() and truth.read_text().count("\n") > 3:
            break
    simulator.stop()
    assert {json.loads(line)["arrived"] for line in truth.read_text().splitlines()[:3]} == {False}


@pytest.mark.parametrize("place", ["pty", "tcp://127.0.0.1:0"])
def test_an_unplugged_device_comes_back_at_the_same_address(switched_on, place):
    simulator = switched_on("masimo_ascii1", url=place, faults=parse_faults(["unplug@30+20"]))
    port = open_port(simulator.url, adapter("masimo_ascii1"))
    with pytest.raises(PortGone):
        listen(port, "masimo_ascii1", 1000)
    port.close()
    assert heard_again(simulator.url, "masimo_ascii1")


@pytest.mark.parametrize("place", ["pty", "tcp://127.0.0.1:0"])
def test_a_device_that_is_switched_off_ends_its_line(switched_on, place):
    simulator = switched_on("masimo_ascii1", url=place)
    port = open_port(simulator.url, adapter("masimo_ascii1"))
    simulator.stop()
    simulator.stop()
    with pytest.raises(PortGone):
        listen(port, "masimo_ascii1", TRIES)
    port.close()
    with pytest.raises(PortMissing):
        open_port(simulator.url, adapter("masimo_ascii1"))


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux shows a pty's other end its speed")
def test_a_logger_at_another_speed_hears_garbage(switched_on):
    simulator = switched_on("masimo_ascii1")
    port = open_port(simulator.url, adapter("datex_dri"))
    heard = b"".join(port.read(PATIENCE) for _ in range(3))
    port.close()
    assert len(heard) > 50
    assert b"SPO2" not in heard


def test_nothing_is_left_in_the_temporary_folder(switched_on):
    simulator = switched_on("masimo_ascii1")
    simulator.stop()
    assert not Path(simulator.url).parent.exists()


def test_a_tcp_device_serves_one_logger_at_a_time(switched_on):
    simulator = switched_on("masimo_ascii1", url="tcp://127.0.0.1:0")
    first = open_port(simulator.url, adapter("masimo_ascii1"))
    listen(first, "masimo_ascii1", 1)
    second = open_port(simulator.url, adapter("masimo_ascii1"))
    with pytest.raises(PortGone):
        second.read(PATIENCE)
    assert listen(first, "masimo_ascii1", 1)
    first.close()
    second.close()


def test_devices_of_one_seed_share_one_patient_and_one_time(switched_on):
    one, two = switched_on("masimo_ascii1", seed=4), switched_on("datex_dri", seed=4)
    other = switched_on("nonin", seed=5)
    assert one.began == two.began != other.began


def test_after_the_last_device_of_a_patient_the_next_begins_anew(switched_on):
    one = switched_on("masimo_ascii1", seed=4)
    one.stop()
    assert switched_on("masimo_ascii1", seed=4).began > one.began


def test_an_address_is_one_device_however_often_it_is_opened(switched_off_after):
    url = "simulate:masimo_ascii1?speed=200&seed=7"
    times = []
    for _ in range(2):
        port = open_port(url, adapter("masimo_ascii1"))
        times.append(listen(port, "masimo_ascii1", 1)[0].device_time)
        port.close()
    assert times[0] < times[1]
    assert simulated(url) == simulated(url)


def test_after_stopping_all_an_address_is_a_new_device(switched_off_after):
    url = "simulate:masimo_ascii1?speed=200&seed=7"
    before = simulated(url)
    stop_simulators()
    assert simulated(url) != before


def test_a_fault_of_the_address_is_there(switched_off_after):
    url = "simulate:masimo_ascii1?speed=200&fault=probe_off@0+1000000"
    port = open_port(url, adapter("masimo_ascii1"))
    assert listen(port, "masimo_ascii1", 20)[-1].readings[0].reason == "sensor_off"
    port.close()


def test_a_wrong_address_switches_nothing_on():
    with pytest.raises(BadAddress, match="there is no simulated toaster"):
        open_port("simulate:toaster", adapter("masimo_ascii1"))


@pytest.mark.parametrize("place", ["serial", "tcp://:5", "tcp://127.0.0.1", "tcp://127.0.0.1:x"])
def test_a_place_has_one_of_two_forms(place):
    with pytest.raises(BadAddress, match="use pty, tcp://HOST:PORT or udp"):
        start("masimo_ascii1", url=place)


def test_a_place_that_is_taken_is_busy():
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(PortBusy, match="choose another"):
        start("masimo_ascii1", url=f"tcp://127.0.0.1:{taken.getsockname()[1]}")
