from __future__ import annotations

import pytest

from devices.contract import Frame, Unread, decode
from devices.lines import load

PROFILE = """
protocol = "Invented"
models = ["Example 1"]
evidence = "document"
source = "none"
{more}
[link]
baud = 9600
[[record]]
match = '(?P<sat>\\d+|--)(?:/(?P<sys>\\d+)/(?P<count>\\d+))?'
[[record.field]]
name = "sat"
vital = "spo2"
missing = '--'
range = [0, 100]
scale = {scale}
{cuff}
"""
CUFF = """
[[record.field]]
name = "sys"
vital = "nibp_sys"
range = [0, 300]
[[record.field]]
name = "count"
type = "text"
"""

ANY = """
[[record]]
match = '(?P<any>.+)!'
[[record.field]]
name = "any"
vital = "spo2"
range = [0, 100]
"""
BITS = """
[[record]]
match = '(?P<bits>.+)\\?'
[[record.field]]
name = "bits"
type = "flags"
"""


@pytest.fixture
def line_device(tmp_path):
    def made(more: str = "", scale: float = 1, cuff: str = ""):
        path = tmp_path / "invented.toml"
        path.write_text(PROFILE.format(more=more, scale=scale, cuff=cuff))
        return load(path)

    return made


def values(adapter, raw: bytes) -> list[float | str | None]:
    return [
        event.readings[0].value if isinstance(event, Frame) else event.why
        for event in decode(adapter.decoder(), [raw])
    ]


@pytest.mark.parametrize(
    ("ends", "raw"),
    [
        ('["CRLF"]', b"97\r\n98\r\n"),
        ('["LF"]', b"97\n98\n"),
        ('["CR"]', b"97\r98\r"),
        ('["ETX"]', b"97\x0398\x03"),
        ('["CRLF", "LF"]', b"97\r\n98\n"),
        ('["CRLF", "CR", "LF"]', b"97\r\n98\r99\n"),
    ],
)
def test_a_line_may_end_in_each_of_the_known_ways(line_device, ends, raw):
    assert values(line_device(f"frame.ends = {ends}"), raw)[:2] == [97.0, 98.0]


def test_a_scale_leaves_no_noise_behind_the_point(line_device):
    assert values(line_device(scale=0.01), b"9753\r\n") == [97.53]


def test_a_start_mark_finds_the_line_in_garbage(line_device):
    adapter = line_device('frame.start = "("')
    assert values(adapter, b"x(97\r\n98\r\n") == [
        "before the start of a line",
        97.0,
        "a line without its start",
    ]


def test_nuls_and_the_eighth_bit_are_taken_out_where_the_profile_says_so(line_device):
    adapter = line_device('frame.strip = ["NUL", "8th bit"]')
    (frame,) = decode(adapter.decoder(), [b"\xb9\0\xb7\r\n"])
    assert (frame.readings[0].value, frame.raw) == (97.0, b"\xb9\0\xb7\r\n")


def test_a_checksum_is_checked_before_anything_is_read(line_device):
    adapter = line_device('frame.checksum = { algorithm = "sum8" }')
    assert values(adapter, b"9770\r\n9771\r\n") == [97.0, "checksum 71, expected 70"]


def test_a_cuff_without_a_counter_is_new_when_its_value_changes(line_device):
    frames = decode(line_device(cuff=CUFF).decoder(), [b"97/121/1\r\n97/121/2\r\n97/122/2\r\n"])
    assert [frame.readings[1].repeat for frame in frames] == [False, True, False]
    assert frames[0].readings[1].repeat_by == "value"


def test_a_cuff_with_a_counter_is_new_when_it_moves(line_device):
    frames = decode(
        line_device('repeat.key = "count"', cuff=CUFF).decoder(), [b"97/121/1\r\n97/121/2\r\n97/121/2\r\n"]
    )
    assert [frame.readings[1].repeat for frame in frames] == [False, False, True]
    assert frames[0].readings[1].repeat_by is None


def test_a_polled_device_is_asked_with_its_literals_alone(line_device):
    adapter = line_device('[[poll]]\nsend = "READ\\r\\n"\nevery = 5.0')
    decoder = adapter.decoder()
    assert [send.raw for send in decoder.opening()] == [b"READ\r\n"]
    assert [bool(decoder.due(float(second))) for second in range(1, 12)] == [
        s in (5, 10) for s in range(1, 12)
    ]
    assert adapter.permits(b"READ\r\n")
    assert not adapter.permits(b"READ\r\n\r\n")


def test_what_waited_too_long_is_asked_once(line_device):
    decoder = line_device('[[poll]]\nsend = "READ"\nevery = 5.0').decoder()
    assert (len(decoder.due(61.0)), decoder.due(62.0)) == (1, [])


def test_a_missing_value_has_a_reason_and_is_not_zero(line_device):
    (frame,) = decode(line_device().decoder(), [b"--\r\n"])
    assert (frame.readings[0].value, frame.readings[0].reason) == (None, "absent")


@pytest.mark.parametrize("word", ["1_0", "nan", "1e1", "inf"])
def test_what_only_python_calls_a_number_is_none(line_device, word):
    assert values(line_device(cuff=ANY), word.encode() + b"!\r\n") == [f"any: {word!r} is no number"]


def test_a_status_word_that_is_not_hexadecimal_makes_the_line_unread(line_device):
    adapter = line_device("flags.bits = [{ bit = 1, state = 'standby' }]", cuff=BITS)
    assert values(adapter, b"zz?\r\n") == ["bits: 'zz' is no hexadecimal number"]
    (frame,) = decode(adapter.decoder(), [b"1f?\r\n"])
    assert (frame.states, frame.raw_flags) == (("standby",), {"bits": "1f"})


def test_the_whole_line_has_to_match(line_device):
    (event,) = decode(line_device().decoder(), [b"97 \r\n"])
    assert event == Unread(b"97 \r\n", "not a data line")
