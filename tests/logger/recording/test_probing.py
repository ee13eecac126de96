"""`probe` and `capture`, on simulated devices behind real pseudo-terminals and TCP."""

from __future__ import annotations

import os
import pty
import tty
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from devices.errors import PortMissing, UsageError
from devices.registry import adapter
from devices.simulators.running import start
from logger.recording.probing import Heard, keep_bytes, listen, probe

KNOWN = [adapter(name) for name in ("masimo_ascii1", "nellcor_ascii", "ivy_ansarb", "datex_dri")]


@contextmanager
def simulated(name: str, **more: object) -> Iterator[str]:
    simulator = start(name, speed=50.0, url="pty", **more)  # type: ignore[arg-type]
    try:
        yield simulator.url
    finally:
        simulator.stop()


def verdicts(heard: list[Heard]) -> dict[str, str]:
    return {one.adapter: one.verdict for one in heard}


def test_a_device_that_speaks_by_itself_is_understood_by_its_adapter_alone():
    with simulated("masimo_ascii1") as url:
        heard = probe(url, KNOWN, 0.5, lambda _: None)
    assert heard[0].adapter == "masimo_ascii1"
    assert verdicts(heard) == {
        "masimo_ascii1": "understands",
        "nellcor_ascii": "no frame",
        "ivy_ansarb": "no frame",
    }


def test_a_device_that_must_be_asked_is_asked_when_nothing_comes():
    tried: list[str] = []
    with simulated("datex_dri") as url:
        heard = probe(url, KNOWN, 0.5, tried.append)
    assert (heard[0].adapter, heard[0].verdict, heard[0].asked) == ("datex_dri", "understands", True)
    assert "asking as datex_dri at 19200 8E1 rtscts" in tried
    assert not any(said.startswith("asking as masimo") for said in tried)


def test_a_silent_line_says_what_to_look_at():
    master, slave = pty.openpty()
    heard = probe(os.ttyname(slave), KNOWN[:1], 0.1, lambda _: None)
    os.close(master)
    os.close(slave)
    assert verdicts(heard) == {"masimo_ascii1": "silent"}
    assert "switched on" in heard[0].why


def test_bytes_without_a_frame_ask_for_the_line_s_settings():
    master, slave = pty.openpty()
    tty.setraw(slave)
    os.write(master, b"\x00\xfe\x80\r\n" * 30)
    [heard] = listen(os.ttyname(slave), KNOWN[:1], 0.3)
    os.close(master)
    os.close(slave)
    assert heard.verdict == "no frame"
    assert "is the line set to 9600 8N1?" in heard.why


def test_one_frame_may_be_chance():
    once = Heard("nonin", "9600 8N1", 1, 2, 125, 125, asked=False, experimental=False, why="")
    assert once.verdict == "perhaps"


def test_a_port_that_is_not_there_is_no_silence():
    with pytest.raises(PortMissing):
        probe("/dev/no-such-port", KNOWN, 0.1, lambda _: None)


def test_the_bytes_of_an_unknown_monitor_are_kept_as_they_came(tmp_path):
    with simulated("masimo_ascii1") as url:
        kept = keep_bytes(url, None, "9600", 0.5, tmp_path / "monitor.bytes")
    raw = (tmp_path / "monitor.bytes").read_bytes()
    assert kept == len(raw) > 100
    assert b"SPO2=" in raw


def test_a_capture_that_is_there_is_never_overwritten(tmp_path):
    (tmp_path / "monitor.bytes").write_bytes(b"precious")
    with pytest.raises(UsageError, match="already"):
        keep_bytes("/dev/no-such-port", None, "9600", 0.1, tmp_path / "monitor.bytes")
    assert (tmp_path / "monitor.bytes").read_bytes() == b"precious"
