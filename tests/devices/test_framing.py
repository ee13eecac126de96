from __future__ import annotations

from devices.contract import Frame, Unread
from devices.framing import CHECKSUMS, Stream


def pairs(held: bytes, at: int):
    """Cut the stream into pairs; a pair of dots is none."""
    pair = held[at : at + 2]
    if len(pair) < 2:
        return None
    return 2, "dots" if pair == b".." else Frame(pair)


def test_each_piece_is_one_event_and_the_rest_is_pending():
    stream = Stream(pairs)
    assert stream.feed(b"ab..c") == [Frame(b"ab"), Unread(b"..", "dots")]
    assert stream.pending == b"c"
    assert stream.feed(b"d") == [Frame(b"cd")]
    assert stream.pending == b""


def test_no_bytes_are_no_event():
    assert Stream(pairs).feed(b"") == []


def test_checksums_are_one_byte():
    assert {name: sum_of(b"\xff\x02\x10") for name, sum_of in CHECKSUMS.items()} == {
        "sum8": 0x11,
        "xor8": 0xED,
        "twos8": 0xEF,
    }
