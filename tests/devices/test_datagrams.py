"""The line to a monitor that speaks in UDP datagrams, with a real socket at its end."""

import socket

import pytest
from permitting import permitting

from devices.errors import PortGone, PortMissing, SendRefused
from devices.ports import open_port

ADAPTER = permitting(b"ASK")


@pytest.fixture
def monitor():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.bind(("127.0.0.1", 0))
        one.settimeout(2.0)
        yield one


@pytest.fixture
def port(monitor):
    opened = open_port(f"udp://127.0.0.1:{monitor.getsockname()[1]}", ADAPTER)
    yield opened
    opened.close()


def test_what_is_asked_is_one_datagram_and_so_is_the_answer(port, monitor):
    port.write(b"ASK")
    asked, logger = monitor.recvfrom(100)
    monitor.sendto(b"one", logger)
    monitor.sendto(b"two", logger)
    assert (asked, port.read(2.0), port.read(2.0)) == (b"ASK", b"one", b"two")


def test_silence_is_no_bytes(port):
    assert port.read(0.0) == b""


def test_what_another_machine_sends_is_not_heard(port, monitor):
    port.write(b"ASK")
    _, logger = monitor.recvfrom(100)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.sendto(b"not the monitor", logger)
    assert port.read(0.1) == b""


def test_only_what_the_allow_list_names_is_sent(port):
    with pytest.raises(SendRefused, match="lines may not send"):
        port.write(b"SET")


def test_a_monitor_that_is_off_is_gone(port, monitor):
    monitor.close()
    port.write(b"ASK")
    with pytest.raises(PortGone, match="nobody takes datagrams there"):
        port.read(2.0)


def test_an_address_that_leads_nowhere_is_missing():
    with pytest.raises(PortMissing, match="no way to it"):
        open_port("udp://no-such-monitor.invalid:24105", ADAPTER)


def test_a_closed_line_is_gone(port):
    port.close()
    port.close()
    with pytest.raises(PortGone):
        port.read(0.0)
    with pytest.raises(PortGone):
        port.write(b"ASK")
