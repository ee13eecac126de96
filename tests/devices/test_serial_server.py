"""The connection to a serial server, with a real TCP server."""

import socket

import pytest
from permitting import permitting, read_all

from devices.errors import PortGone, PortMissing, SendRefused
from devices.ports import open_port

ADAPTER = permitting(b"ASK1")


@pytest.fixture
def server():
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening


def url_of(server) -> str:
    return f"socket://127.0.0.1:{server.getsockname()[1]}"


def test_a_serial_server_is_heard_from_its_first_byte(server):
    port = open_port(url_of(server), ADAPTER)
    monitor, _ = server.accept()
    with monitor:
        monitor.sendall(b"first")
        assert read_all(port, 5) == b"first"
        port.write(b"ASK1")
        assert monitor.recv(100) == b"ASK1"
        with pytest.raises(SendRefused):
            port.write(b"STOP")
    with pytest.raises(PortGone, match="closed the connection"):
        port.read(1.0)
    port.close()
    with pytest.raises(PortGone):
        port.read(0.0)


def test_a_serial_server_that_is_off_is_missing(server):
    url = url_of(server)
    server.close()
    with pytest.raises(PortMissing, match="nothing answers there"):
        open_port(url, ADAPTER)
