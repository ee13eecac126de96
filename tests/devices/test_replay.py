"""A capture that is given back at the pace of its device."""

import re

import pytest

from devices.contract import Adapter, Decoder, Event, Frame, Link, Unread
from devices.errors import PortGone, PortMissing, SendRefused
from devices.ports import open_port
from devices.registry import adapter
from devices.replay import Replay, records


class Lines:
    """A decoder for these tests: a line is a frame unless it begins with a question mark."""

    def __init__(self) -> None:
        self.pending = b""

    def feed(self, chunk: bytes) -> list[Event]:
        *whole, self.pending = [*(self.pending + chunk).splitlines(keepends=True), b""]
        if whole and not whole[-1].endswith(b"\n"):
            self.pending = whole.pop()
        return [Unread(line, "a question") if line.startswith(b"?") else Frame(line) for line in whole]


def lines() -> Decoder:
    return Lines()


ADAPTER = Adapter(
    "lines",
    "lines",
    ("Example",),
    Link(9600, period=2.0),
    (),
    "document",
    lines,
    may_send=(re.compile(rb"ASK\d"),),
)


@pytest.fixture
def capture(tmp_path):
    file = tmp_path / "capture.bin"
    file.write_bytes(b"one\n?\ntwo\nthr")
    return file


def test_a_capture_is_given_back_record_by_record_and_then_ends(capture):
    port = open_port(f"replay:{capture}?speed=0", ADAPTER)
    assert [port.read(0.0) for _ in range(3)] == [b"one\n", b"?\ntwo\n", b"thr"]
    with pytest.raises(PortGone, match="the capture ended"):
        port.read(0.0)


@pytest.mark.parametrize(("speed", "gap"), [(1.0, 2.0), (4.0, 0.5)])
def test_a_capture_has_the_pace_of_its_device(capture, speed, gap):
    now, waits = [0.0], []

    def sleep(seconds):
        waits.append(seconds)
        now[0] += seconds

    port = Replay(str(capture), ADAPTER, speed, clock=lambda: now[0], sleep=sleep)
    assert [port.read(gap / 2) for _ in range(3)] == [b"one\n", b"", b"?\ntwo\n"]
    assert waits == [gap / 2, gap / 2]


def test_a_capture_takes_only_what_its_adapter_may_send(capture):
    port = open_port(f"replay:{capture}", ADAPTER)
    port.write(b"ASK1")
    with pytest.raises(SendRefused):
        port.write(b"STOP")


def test_a_capture_that_is_not_there_is_missing():
    with pytest.raises(PortMissing, match="can't be read"):
        open_port("replay:/nowhere/capture.bin", ADAPTER)


def test_bytes_without_a_frame_come_in_pieces():
    pieces = list(records(b"rubbish\n" * 40_000, adapter("masimo_ascii1").decoder()))
    assert b"".join(pieces) == b"rubbish\n" * 40_000
    assert len(pieces) > 3
