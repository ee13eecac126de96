"""No pump can be controlled: what is not a question of the adapter's allow-list never reaches the line."""

from __future__ import annotations

import binascii
import re
import socket
from collections.abc import Iterator
from contextlib import closing
from functools import cache

import device_captures
import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices import registry
from devices.adapters._bcc_messages import stuff, written
from devices.contract import Send, decode
from devices.errors import SendRefused
from devices.ports import Port, open_port

PUMPS = sorted(device_captures.PUMPS)
SECONDS = [0.5 * tick for tick in range(240)]


def alaris(text: str) -> bytes:
    return f"!{text}|{binascii.crc_hqx(text.encode(), 0xFFFF):04X}\r".encode()


def bcc(text: str) -> list[bytes]:
    plain = written(b"DEMO-1/1/1>" + text.encode())
    return [plain, stuff(plain)]


def fresenius(text: str) -> bytes:
    return f"\x02{text}{0xFF - sum(text.encode()) % 256:02X}\x03".encode()


QUESTIONS: dict[str, tuple[re.Pattern[bytes], ...]] = {
    "alaris_asena": tuple(
        re.compile(re.escape(alaris(question)))
        for question in ("COMMS_PROTOCOL", "INST_SERIALNO", "SYRINGE_STATUS", "INF", "INF_VTBI", "ALARM")
    ),
    "bbraun_bcc": (
        re.compile(rb"\x06"),
        re.compile(rb"\x01\d{5}\x021/1/1>(ADMIN:ALIVE|AEXMIN:ALIVEE)\x03\d{5}\x04"),
        re.compile(rb"\x01\d{5}\x02[^\x00-\x1f/>:]+/1/1>(MEM:GET|MEEM:GEET)\x03\d{5}\x04"),
    ),
    "fresenius": (
        re.compile(rb"\x06|\x14"),
        *(
            re.compile(re.escape(fresenius(slot + question)))
            for slot in ("", *"12345678")
            for question in ("DC", "LP", "LE;dr")
        ),
        re.compile(re.escape(fresenius("0DC"))),
        re.compile(re.escape(fresenius("0LE;b"))),
    ),
    "harvard": (re.compile(rb"(RNG|RAN|RAT|VOL)\r"),),
    "ne1000": (re.compile(rb"00(DIS|RAT|VOL)\r"),),
}
"""Everything that may ever be written to a pump, said a second time: a slip in an allow-list shows here."""

COMMANDS: dict[str, list[bytes]] = {
    "alaris_asena": [
        alaris(command)
        for command in (
            "INF_START",
            "INF_STOP",
            "INF_VI_CLEAR",
            "INF_RATE^0.10^ml/h",
            "INF_RATE^60.0^ml/h",
            "INF_VTBI^40.0^ml",
            "REMOTE_CTRL^ENABLED^3CC1",
            "REMOTE_CTRL^DISABLED",
            "REMOTE_CFG^ENABLED^3CC1",
            "REMOTE_CFG^DISABLED",
            "REMQUERY^DEACT",
            "ALARM^CLEAR",
        )
    ],
    "bbraun_bcc": [
        raw
        for command in ("ADMIN:VERSION", "MEM:GETSLOT#11", "MEM:SET", "PUMP:START", "PUMP:STOP", "CYCLIC:5")
        for raw in bcc(command)
    ]
    + [b"\x15", b"\x06\x06"],
    "fresenius": [
        fresenius(slot + command)
        for slot in ("", "0", "1")
        for command in ("MO", "PR;60", "PB", "PO", "OF", "RV", "RZ", "EP;10", "EN", "FC", "DE;r", "LE;x")
    ]
    + [fresenius("9DC"), fresenius("0LE;dr"), b"\x15", b"\x05", b"\x021DC00\x03"],
    "harvard": [
        *(
            b"%b\r" % word
            for word in (b"RUN", b"STP", b"REV", b"CLV", b"CLT", b"KEY", b"VER", b"DIA", b"TAR")
        ),
        *(b"%b\r" % word for word in (b"ULM60", b"MLM 60.00", b"ULH 5", b"MLH60", b"MLT 40", b"MMD26.59")),
        *(b"RAT60\r", b"RAT 60\r", b"VOL 1\r", b"RAT", b"00RAT\r", b"\r", b"RUN", b"RAT\rRUN\r", b"rat\r"),
    ],
    "ne1000": [
        *(b"00%b\r" % command for command in (b"RUN", b"STP", b"PUR", b"CLDINF", b"DIRINF", b"DIRWDR")),
        *(b"00%b\r" % command for command in (b"RAT60", b"RAT5.000MH", b"VOL40.00", b"DIA26.59", b"SAF50")),
        *(b"RUN\r", b"STP\r", b"01RUN\r", b"*RUN\r", b"00DIS", b"01DIS\r", b"DIS\r", b"00VER\r", b"00\r"),
    ],
}


@cache
def questions(name: str) -> list[bytes]:
    """Return all that the adapter asks in two minutes, of a pump that answers and of one that is silent."""
    asked: list[Send] = []
    for heard in (device_captures.capture(name).records, []):
        decoder = registry.adapter(name).decoder()
        records = iter(heard)
        asked += decoder.opening()
        for elapsed in SECONDS:
            asked += [event for event in decoder.feed(next(records, b"")) if isinstance(event, Send)]
            asked += decoder.due(elapsed)
    return sorted({send.raw for send in asked})


@pytest.fixture(params=PUMPS, scope="module")
def name(request) -> str:
    return request.param


@pytest.fixture(scope="module")
def line(name) -> Iterator[tuple[Port, socket.socket]]:
    """A line to a pump: the logger's end, and the pump's."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = open_port(f"socket://127.0.0.1:{server.getsockname()[1]}", registry.adapter(name))
        pump, _ = server.accept()
        with closing(port), pump:
            pump.setblocking(False)
            yield port, pump


def assert_refused(line: tuple[Port, socket.socket], name: str, raw: bytes) -> None:
    """Assert that the allow-list names *raw* only if it is a question, and that the line carries no other."""
    if any(question.fullmatch(raw) for question in QUESTIONS[name]):
        return
    assert not registry.adapter(name).permits(raw)
    port, pump = line
    with pytest.raises(SendRefused):
        port.write(raw)
    with pytest.raises(BlockingIOError):
        pump.recv(1)


@pytest.mark.parametrize("pump", PUMPS)
def test_the_adapter_asks_its_questions_and_nothing_else(pump):
    asked = questions(pump)
    assert asked
    assert [raw for raw in asked if not any(one.fullmatch(raw) for one in QUESTIONS[pump])] == []
    assert all(registry.adapter(pump).permits(raw) for raw in asked)


def test_every_control_command_is_refused(line, name):
    for command in COMMANDS[name]:
        assert not any(question.fullmatch(command) for question in QUESTIONS[name])
        assert_refused(line, name, command)


@given(raw=st.binary(max_size=80))
def test_arbitrary_bytes_are_refused(line, name, raw):
    assert_refused(line, name, raw)


@given(data=st.data())
def test_a_changed_question_is_refused(line, name, data):
    raw = bytearray(data.draw(st.sampled_from(questions(name))))
    at = data.draw(st.integers(0, len(raw) - 1))
    kind = data.draw(st.sampled_from(["change", "lose", "add", "cut"]))
    if kind == "change":
        raw[at] = data.draw(st.integers(0, 255))
    elif kind == "lose":
        del raw[at]
    elif kind == "add":
        raw[at:at] = data.draw(st.binary(min_size=1, max_size=12))
    else:
        del raw[at:]
    assert_refused(line, name, bytes(raw))


@given(data=st.data())
def test_two_in_one_are_refused(line, name, data):
    known = st.sampled_from([*questions(name), *COMMANDS[name]])
    between = data.draw(st.sampled_from([b"", b"\0", b"\r", b"\n", b"\x04", b"\x1b"]))
    assert_refused(line, name, data.draw(known) + between + data.draw(known))


@given(raw=st.binary(max_size=300))
def test_nothing_that_a_device_says_makes_the_logger_send_a_command(name, raw):
    adapter = registry.adapter(name)
    decoder = adapter.decoder()
    sends = [event for event in decode(decoder, [raw]) if isinstance(event, Send)]
    sends += [send for elapsed in (2.0, 4.0, 60.0) for send in decoder.due(elapsed)]
    assert all(adapter.permits(send.raw) for send in sends)
