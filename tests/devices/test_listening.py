"""The port that monitors connect to, with real TCP clients."""

import socket

import pytest
from permitting import permitting

from devices.errors import PortBusy, PortGone, PortMissing, SendRefused
from devices.ports import open_port

ADAPTER = permitting(b"ACK")
TRIES = 50


@pytest.fixture
def port():
    # Port 0 is no address of a device: a free one is looked for here.
    with socket.create_server(("127.0.0.1", 0)) as free:
        number = free.getsockname()[1]
    opened = open_port(f"listen://127.0.0.1:{number}", ADAPTER)
    yield opened
    opened.close()


@pytest.fixture
def call(port):
    """Return a function that connects a monitor, from an address of this machine."""
    callers = []

    def connect(source="127.0.0.1"):
        host, _, number = port.name.removeprefix("listen://").rpartition(":")
        callers.append(socket.create_connection((host, int(number)), 2.0, (source, 0)))
        return callers[-1]

    yield connect
    for caller in callers:
        caller.close()


def heard(port, length):
    got = b""
    for _ in range(TRIES):
        got += port.read(0.1)
        if len(got) >= length:
            return got
    return got


def test_nobody_connected_is_silence(port):
    assert port.read(0.0) == b""


def test_what_a_monitor_sends_arrives_and_is_answered(port, call):
    monitor = call()
    monitor.sendall(b"message")
    assert heard(port, 7) == b"message"
    port.write(b"ACK")
    assert monitor.recv(100) == b"ACK"


def test_only_what_the_allow_list_names_is_sent(port):
    with pytest.raises(SendRefused, match="lines may not send"):
        port.write(b"NAK")


def test_receive_only_sends_nothing(port):
    port.close()
    quiet = open_port(port.name, ADAPTER, receive_only=True)
    with pytest.raises(SendRefused, match="receive only"):
        quiet.write(b"ACK")
    quiet.close()


def test_a_monitor_may_connect_anew_for_each_message(port, call):
    for text in (b"one", b"two"):
        monitor = call()
        monitor.sendall(text)
        monitor.close()
        assert heard(port, 3) == text
        assert port.read(0.1) == b""


def test_an_answer_to_who_has_gone_is_no_fault(port, call):
    monitor = call()
    monitor.sendall(b"x")
    assert heard(port, 1) == b"x"
    monitor.close()
    assert port.read(0.1) == b""
    port.write(b"ACK")


def test_a_monitor_that_was_switched_off_takes_its_old_place(port, call):
    call().sendall(b"old")
    assert heard(port, 3) == b"old"
    call().sendall(b"new")
    assert heard(port, 3) == b"new"


def test_a_second_monitor_is_refused_while_one_is_connected(port, call):
    first = call()
    first.sendall(b"first")
    assert heard(port, 5) == b"first"
    try:
        second = call("127.0.0.2")
    except OSError:
        pytest.skip("this system has one loopback address only")
    second.sendall(b"other")
    first.sendall(b"again")
    assert heard(port, 5) + port.read(0.1) == b"again"
    with pytest.raises(ConnectionError):
        _until_closed(second)


def _until_closed(caller):
    if caller.recv(100) == b"":
        raise ConnectionError


def test_a_port_that_is_taken_is_busy(port):
    with pytest.raises(PortBusy, match="another program listens there"):
        open_port(port.name, ADAPTER)


def test_an_address_of_another_machine_is_missing():
    with pytest.raises(PortMissing, match="nobody can listen there"):
        open_port("listen://192.0.2.1:2575", ADAPTER)


def test_a_closed_port_is_gone(port):
    port.close()
    port.close()
    with pytest.raises(PortGone):
        port.read(0.0)
