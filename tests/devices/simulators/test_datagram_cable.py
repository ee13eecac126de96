"""A simulated monitor on a real UDP port: the whole dialogue in datagrams, and how it announces itself."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator

import device_captures
import pytest

from devices.adapters._intellivue_announcement import PORT, Announced, announced, announcement
from devices.announcements import heard
from devices.contract import Frame, Send
from devices.errors import PortBusy, PortGone
from devices.ports import open_port
from devices.registry import adapter
from devices.simulators.datagram_cable import DatagramCable
from devices.simulators.running import start

LAN = adapter("intellivue_lan")
TRIES = 400
HARDWARE = b"\x02DEMO\x07"


@pytest.fixture
def monitor():
    simulator = start("intellivue_lan", url="udp://127.0.0.1:0", speed=20.0)
    yield simulator
    simulator.stop()


def spoken_with(url: str) -> Iterator[Frame]:
    """Lead a dialogue as the recorder does; yield the frames."""
    port, decoder = open_port(url, LAN), LAN.decoder()
    with contextlib.closing(port):
        for send in decoder.opening():
            port.write(send.raw)
        for turn in range(TRIES):
            for event in decoder.feed(port.read(0.1)):
                if isinstance(event, Send):
                    port.write(event.raw)
                elif isinstance(event, Frame):
                    yield event
            for send in decoder.due(float(turn)):
                port.write(send.raw)


def test_a_monitor_in_the_network_associates_and_says_its_numbers(monitor):
    kinds = []
    for frame in spoken_with(monitor.url):
        kinds.append(frame.raw_flags.get("session") or frame.raw_flags.get("event") or "")
        if any(reading.vital == "spo2" and reading.value for reading in frame.readings):
            break
    else:
        pytest.fail("it never said a saturation")
    assert kinds.index("accept") < kinds.index("mds_create")


def test_a_monitor_that_is_switched_off_is_gone(monitor):
    frames = spoken_with(monitor.url)
    next(frames)
    monitor.stop()
    with pytest.raises(PortGone):
        list(frames)


def test_a_place_that_is_taken_is_named():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(PortBusy, match="can't listen there"):
            start("intellivue_lan", url=f"udp://127.0.0.1:{taken.getsockname()[1]}")


# How it announces itself.


@pytest.fixture
def ear():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.bind(("127.0.0.1", 0))
        one.settimeout(5.0)
        yield one


@pytest.fixture
def wake():
    ends = socket.socketpair()
    yield ends[0]
    for end in ends:
        end.close()


def test_a_monitor_that_nobody_speaks_to_says_where_it_takes_associations(ear, wake):
    cable = DatagramCable("127.0.0.1", 0, announce_port=ear.getsockname()[1])
    cable.wait(0.0, wake)
    said = announced(ear.recv(2000))
    cable.remove()
    assert said is not None
    assert said.url == cable.url


def test_a_monitor_that_is_spoken_to_announces_nothing(ear, wake):
    cable = DatagramCable("127.0.0.1", 0, announce_port=ear.getsockname()[1])
    cable.wait(0.0, wake)
    ear.recv(2000)
    host, _, port = cable.url.removeprefix("udp://").partition(":")
    ear.sendto(b"connect", (host, int(port)))
    assert cable.wait(5.0, wake) == b"connect"
    cable.wait(0.0, wake)
    cable.remove()
    ear.setblocking(False)
    with pytest.raises(BlockingIOError):
        ear.recv(2000)


def test_the_recorded_broadcasts_say_the_monitors_address():
    raw = device_captures.real("intellivue/intellipy_enumeration.pcapng").read_bytes()
    head = bytes.fromhex("0d1701ae000b01aa")
    found = {announced(raw[at - 24 :][:480]) for at in range(len(raw)) if raw.startswith(head, at)}
    assert found == {Announced("10.0.42.9", 24105, "00:09:fb:70:d8:0c")}


def test_an_announcement_says_what_it_was_made_with():
    assert announced(announcement("10.1.2.3", 24105, HARDWARE)) == Announced(
        "10.1.2.3", 24105, "02:44:45:4d:4f:07"
    )


@pytest.mark.parametrize("length", range(len(announcement("10.1.2.3", 24105, HARDWARE))))
def test_a_part_of_an_announcement_is_none(length):
    assert announced(announcement("10.1.2.3", 24105, HARDWARE)[:length]) is None


def test_monitors_in_the_network_are_heard_each_once():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    found: list[Announced] = []
    listening = threading.Thread(target=lambda: found.extend(heard(1.0, port)))
    listening.start()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as monitors:
        while listening.is_alive():
            for host in ("10.1.2.3", "10.1.2.4"):
                monitors.sendto(announcement(host, 24105, HARDWARE), ("127.0.0.1", port))
            monitors.sendto(b"something else", ("127.0.0.1", port))
            listening.join(0.05)
    assert sorted(one.url for one in found) == ["udp://10.1.2.3:24105", "udp://10.1.2.4:24105"]


def test_the_port_is_the_one_that_monitors_announce_on():
    assert PORT == 24005
