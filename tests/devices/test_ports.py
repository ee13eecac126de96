"""Ports, on a real pty and a made-up list of serial ports."""

import contextlib
import fcntl
import os
import re
import termios
import tty
from dataclasses import replace
from types import SimpleNamespace

import pytest
from permitting import permitting, read_all

from devices import plugged as plugged_in
from devices import ports
from devices.addresses import line_of, without_line
from devices.contract import Link
from devices.errors import BadAddress, PortBusy, PortGone, PortMissing, SendRefused
from devices.ports import check_address, clock_speed_of, is_simulated, open_port, serial_ports

ADAPTER = permitting(rb"ASK\d")


@pytest.fixture
def pty():
    master, slave = os.openpty()
    tty.setraw(slave)
    name = os.ttyname(slave)
    os.close(slave)
    yield SimpleNamespace(name=name, master=master)
    with contextlib.suppress(OSError):
        os.close(master)


def plugged(device, serial_number=None, location=None, vid=0x10C4, pid=0xEA60):
    return SimpleNamespace(
        device=device,
        serial_number=serial_number,
        vid=vid,
        pid=pid,
        location=location,
        description="USB serial",
    )


def nothing_plugged():
    return []


def opened(url, **more):
    return open_port(url, ADAPTER, **{"list_ports": nothing_plugged, **more})


def test_what_a_monitor_sends_arrives(pty):
    port = opened(pty.name)
    os.write(pty.master, b"SPO2=098\r\n")
    assert read_all(port, 10) == b"SPO2=098\r\n"
    port.close()


def test_silence_is_no_bytes(pty):
    port = opened(pty.name)
    assert port.read(0.0) == b""
    port.close()


def test_what_waited_in_the_driver_is_kept_apart(pty):
    os.write(pty.master, b"from before")
    port = opened(pty.name)
    os.write(pty.master, b"now")
    assert (port.waited, read_all(port, 3)) == (b"from before", b"now")
    port.close()


def test_a_port_can_be_a_link_to_the_real_one(pty, tmp_path):
    (tmp_path / "monitor").symlink_to(pty.name)
    port = opened(str(tmp_path / "monitor"))
    os.write(pty.master, b"x")
    assert read_all(port, 1) == b"x"
    port.close()


def test_an_unplugged_line_is_gone(pty):
    port = opened(pty.name)
    os.close(pty.master)
    with pytest.raises(PortGone, match="check the cable"):
        port.read(1.0)
    port.close()


def test_a_pty_is_opened_twice_with_a_parity_that_it_does_not_have(pty):
    line = replace(ADAPTER, link=Link(19200, parity="E", handshake="rtscts"))
    for _ in range(2):
        open_port(pty.name, line).close()


def test_a_closed_port_is_gone(pty):
    port = opened(pty.name)
    port.close()
    port.close()
    with pytest.raises(PortGone):
        port.read(0.0)
    with pytest.raises(PortGone):
        port.write(b"ASK1")


@pytest.mark.parametrize(("setting", "said"), [("rtscts", "RTS and CTS"), ("none", "check the cable")])
def test_a_device_that_takes_no_bytes_is_named_with_what_may_hold_it_back(pty, monkeypatch, setting, said):
    monkeypatch.setattr(ports, "_TAKES_AT_MOST", 0.01)
    port = opened(f"{pty.name}?handshake={setting}")
    with pytest.raises(PortGone, match=said):
        fill(port)
    port.close()


def fill(port):
    """Send until the terminal takes no more."""
    for _ in range(10_000):
        port.write(b"ASK1")


def test_bytes_of_the_allow_list_are_sent(pty):
    port = opened(pty.name)
    port.write(b"ASK1")
    assert os.read(pty.master, 100) == b"ASK1"
    port.close()


@pytest.mark.parametrize("raw", [b"ASK", b"ASK12", b"STOP", b""])
def test_no_other_byte_is_sent(pty, raw):
    port = opened(pty.name)
    with pytest.raises(SendRefused, match="lines may not send"):
        port.write(raw)
    os.set_blocking(pty.master, False)
    with pytest.raises(BlockingIOError):
        os.read(pty.master, 100)
    port.close()


def test_a_port_opened_to_receive_only_sends_nothing(pty):
    port = opened(pty.name, receive_only=True)
    with pytest.raises(SendRefused, match="receive only"):
        port.write(b"ASK1")
    port.close()


def test_a_port_that_is_not_there_is_missing():
    with pytest.raises(PortMissing, match="/dev/ttyNONE: no such port"):
        opened("/dev/ttyNONE")


def test_a_file_is_no_port(tmp_path):
    (tmp_path / "notes.txt").write_text("x")
    with pytest.raises(PortMissing, match="no serial port"):
        opened(str(tmp_path / "notes.txt"))


def test_a_port_that_another_program_holds_is_busy(pty):
    other = os.open(pty.name, os.O_RDWR | os.O_NOCTTY)
    fcntl.flock(other, fcntl.LOCK_EX)
    with pytest.raises(PortBusy, match="another program holds it"):
        opened(pty.name)
    os.close(other)


def test_a_port_that_this_user_may_not_open_is_denied():
    said = ports._refused("/dev/ttyUSB0", PermissionError(13, "Permission denied"))
    assert (
        str(said)
        == "/dev/ttyUSB0: this user may not open it; add the user to group dialout and sign in again"
    )


def test_an_unplugged_usb_adapter_is_gone(pty, monkeypatch):
    port = opened(pty.name)
    os.write(pty.master, b"x")
    monkeypatch.setattr(os, "read", lambda _fd, _size: b"")  # how Linux shows an unplugged USB adapter
    with pytest.raises(PortGone, match="device disconnected"):
        port.read(1.0)
    port.close()


def test_a_usb_adapter_is_known_by_its_serial_number(pty):
    port = opened(pty.name, list_ports=lambda: [plugged(pty.name, "A900X")])
    assert port.identity == "usb:10c4:ea60:A900X"
    port.close()


def test_a_chip_without_a_serial_number_is_known_by_its_socket(pty):
    port = opened(pty.name, list_ports=lambda: [plugged(pty.name, location="1-1.4")])
    assert port.identity == "path:1-1.4"
    port.close()


def test_by_path_names_the_socket_where_the_system_has_it(tmp_path, monkeypatch):
    (tmp_path / "pci-0:usb-0:1.4").symlink_to("/dev/null")
    monkeypatch.setattr(plugged_in, "BY_PATH", tmp_path)
    assert serial_ports(lambda: [plugged("/dev/null")])[0].identity == "path:pci-0:usb-0:1.4"


def test_an_adapter_that_came_back_under_another_name_is_found(pty):
    port = opened(
        "/dev/ttyNONE", identity="usb:10c4:ea60:A900X", list_ports=lambda: [plugged(pty.name, "A900X")]
    )
    assert (port.name, port.identity) == (pty.name, "usb:10c4:ea60:A900X")
    port.close()


def test_another_adapter_under_the_old_name_is_not_taken(pty):
    here = [plugged("/dev/ttyOTHER", "B1"), plugged(pty.name, "A900X")]
    port = opened("/dev/ttyOTHER", identity="usb:10c4:ea60:A900X", list_ports=lambda: here)
    assert port.name == pty.name
    port.close()


def test_an_adapter_that_is_not_plugged_in_is_missing(pty):
    with pytest.raises(
        PortMissing, match="usb:10c4:ea60:A900X is not plugged in; serial ports here: /dev/pts"
    ):
        opened(pty.name, identity="usb:10c4:ea60:A900X", list_ports=lambda: [plugged(pty.name, "B1")])


def test_of_two_adapters_with_one_serial_number_none_is_guessed():
    twins = [plugged("/dev/ttyUSB1", "0001"), plugged("/dev/ttyUSB2", "0001")]
    with pytest.raises(PortMissing, match="/dev/ttyUSB1 and /dev/ttyUSB2"):
        opened("/dev/ttyUSB0", identity="usb:10c4:ea60:0001", list_ports=lambda: twins)


@pytest.mark.parametrize(
    "url",
    [
        "/dev/ttyUSB0",
        "COM3",
        "COM3:",
        r"\\.\COM12",
        r"C:\pipes\monitor",
        "socket://10.0.0.7:4001",
        "socket://[::1]:4001",
        "rfc2217://terminal-server:7000",
        "listen://0.0.0.0:2575",
        "udp://10.0.0.7:24105",
        "replay:captures/a.bin",
        "replay:a.bin?speed=0",
        "/dev/ttyUSB0?baud=38400&parity=E",
        "COM3?baud=9600",
        "rfc2217://terminal-server:7000?ign_set_control&baud=38400",
    ],
)
def test_these_are_addresses(url):
    check_address(url)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("", "no address"),
        ("socket://10.0.0.7", "must have the form socket://HOST:PORT"),
        ("socket://10.0.0.7:99999", "must have the form"),
        ("rfc2217://:7000", "must have the form rfc2217://HOST:PORT"),
        ("udp://10.0.0.7", "must have the form udp://HOST:PORT"),
        ("listen://2575", "must have the form listen://HOST:PORT"),
        ("http://example.org", "http: is no known form"),
        ("replay:", "lacks a file"),
        ("replay:a.bin?speed=fast", "speed=fast is no number"),
        ("replay:a.bin?speed=-1", "speed=-1 is no number"),
        ("replay:a.bin?seed=1", "seed is no setting of replay:"),
        ("simulate:", "lacks an adapter's name"),
        ("/dev/ttyUSB0?baud=fast", "baud=fast is none of 300"),
        ("/dev/ttyUSB0?baud=38400&baud=9600", "baud is given twice"),
        ("/dev/ttyUSB0?parity=e", "parity=e is none of N, E, O, M, S"),
        ("COM3?speed=9600", "speed is no setting of a line"),
        ("/dev/ttyUSB0?9600", "have the form KEY=VALUE"),
        ("rfc2217://terminal-server:7000?baud=7", "baud=7 is none of"),
    ],
)
def test_these_are_no_addresses(url, why):
    with pytest.raises(BadAddress, match=re.escape(why)):
        check_address(url)


def test_only_a_simulated_device_has_a_clock_of_its_own():
    assert is_simulated("simulate:masimo_ascii1?seed=3&speed=60")
    assert not is_simulated("/dev/ttyUSB0")
    assert clock_speed_of("simulate:masimo_ascii1?seed=3&speed=60") == 60.0
    assert clock_speed_of("replay:a.bin?speed=60") == 1.0


def test_a_monitor_that_is_set_otherwise_is_heard_with_the_settings_of_its_address(pty):
    port = opened(f"{pty.name}?baud=38400&stop=2")
    speed, stop = termios.tcgetattr(pty.master)[4], termios.tcgetattr(pty.master)[2] & termios.CSTOPB
    port.close()
    assert (speed, bool(stop)) == (termios.B38400, True)
    assert port.name == pty.name


def test_a_line_has_its_adapters_settings_but_for_those_of_its_address():
    link = Link(19200, parity="E", handshake="rtscts", period=5.0)
    assert line_of("/dev/ttyUSB0", link) == link
    assert line_of("/dev/ttyUSB0?baud=38400&bits=7", link) == replace(link, baud=38400, bits=7)
    assert line_of("simulate:masimo_ascii1?seed=3", link) == link


def test_a_serial_server_is_told_its_own_options_only():
    url = "rfc2217://terminal-server:7000?ign_set_control&baud=38400"
    assert without_line(url) == "rfc2217://terminal-server:7000?ign_set_control"
    assert line_of(url, Link(9600)).baud == 38400
