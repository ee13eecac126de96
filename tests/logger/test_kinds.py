"""Payloads: one canonical JSON text each, one model a kind, and the recorder's own texts fit them."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from payloads import EXAMPLES
from pydantic import ValidationError

from devices.contract import Adapter, Frame, Link, Quality, Reading, Unread
from logger import kinds
from logger.clock import SECOND
from logger.kinds import KINDS, canonical, text_of
from logger.ledger.models import Entry
from logger.recording.source import Chunk, Source

OPENED = 1_790_000_000 * SECOND


def test_every_kind_has_an_example():
    assert EXAMPLES.keys() == KINDS.keys()


@pytest.mark.parametrize("kind", KINDS)
def test_a_payload_is_the_same_after_its_text(kind):
    text = text_of(EXAMPLES[kind])
    again = KINDS[kind].model_validate_json(text)
    assert again == EXAMPLES[kind]
    assert text_of(again) == text == canonical(json.loads(text))


@pytest.mark.parametrize("kind", KINDS)
def test_a_payload_names_its_version_and_nothing_that_stands_at_its_default(kind):
    said = json.loads(text_of(EXAMPLES[kind]))
    assert said.pop("v") == 1
    defaults = {name: field.default for name, field in KINDS[kind].model_fields.items()}
    assert not [name for name, value in said.items() if value == defaults[name]]


@pytest.mark.parametrize("kind", KINDS)
def test_a_field_that_a_kind_does_not_have_is_refused(kind):
    said = json.loads(text_of(EXAMPLES[kind])) | {"unheard_of": 1}
    with pytest.raises(ValidationError, match="unheard_of"):
        KINDS[kind].model_validate(said)


@pytest.mark.parametrize("kind", KINDS)
def test_a_later_version_of_a_payload_is_refused(kind):
    with pytest.raises(ValidationError):
        KINDS[kind].model_validate(json.loads(text_of(EXAMPLES[kind])) | {"v": 2})


def test_canonical_json_has_sorted_keys_no_spaces_and_letters_as_they_are():
    assert canonical({"v": 1, "b": [1, 2.5, None], "a": {"z": "Übel", "y": True}}) == (
        '{"a":{"y":true,"z":"Übel"},"b":[1,2.5,null],"v":1}'
    )


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -float("inf")])
def test_what_is_no_number_has_no_canonical_form(number):
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical({"value": number})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(), JSON, max_size=4))
def test_one_payload_has_one_text_on_one_line(payload):
    text = canonical(payload)
    assert json.loads(text) == payload
    assert canonical(dict(reversed(payload.items()))) == text
    assert "\n" not in text


@pytest.mark.parametrize(
    ("kind", "said", "wrong"),
    [
        ("note", {"text": "  "}, "text"),
        ("note", {"text": "x" * 4001}, "text"),
        ("note", {"text": "lone \udcff"}, "text"),
        ("note", {"text": "x", "happened_at": "2026-11-20T10:42"}, "happened_at"),
        ("effect.report", {"term": "nausea", "severity": "awful"}, "severity"),
        ("effect.report", {"term": "nausea"}, "severity"),
        ("infusion.start", {"mg": 0}, "mg"),
        ("infusion.rate", {"ml_h": -1}, "ml_h"),
        ("infusion.start", {"mg": float("inf")}, "mg"),
        ("reading", {"source": "manual", "readings": [{"vital": "spo2", "value": float("nan")}]}, "value"),
        ("amend", {"target": "w:1", "changes": {}, "reason": "x"}, "changes"),
        ("amend", {"target": "no ref", "changes": {"spo2": 97}, "reason": "x"}, "target"),
        ("amend", {"target": "w:1", "changes": {"spo2": 97}}, "reason"),
        ("exclude", {"reason": "x"}, "either one record"),
        ("exclude", {"reason": "x", "target": "w:1", "vital": "spo2"}, "either one record"),
        ("device", {"source": "../elsewhere", "event": "attached"}, "source"),
        ("device", {"source": "two words", "event": "attached"}, "source"),
        ("session.open", {"room": "1"}, "patient"),
    ],
)
def test_a_payload_that_is_not_of_its_kind_is_refused(kind, said, wrong):
    with pytest.raises(ValidationError, match=wrong):
        KINDS[kind].model_validate(said)


def test_a_whole_frame_of_the_recorder_fits_its_model(source):
    frame = Frame(
        b"frame",
        (
            Reading("spo2", 97.0),
            Reading("nibp_sys", 120.0, measured_at=naive(13, 20), repeat_by="value"),
            Reading("nibp_dia", None, "failed"),
            Reading("resp_rate", 14.0, "searching", Quality.QUESTIONABLE, variant="thoracic"),
            Reading("nibp_map", 90.0, variant="arm", age=30.0, measured_at_from="age"),
            Reading("local:test:x", 3.0, unit="1"),
        ),
        ("demo",),
        naive(13, 33),
        {"EXC": "0008"},
    )
    (reading,) = fed(source, frame, "reading")
    said = kinds.ReadingPayload.model_validate_json(reading.payload)
    assert (said.source, said.capture, said.offset, said.length) == ("monitor", 0, 0, 5)
    assert [value.vital for value in said.readings] == [reading.vital for reading in frame.readings]
    assert (said.device_time, said.states, said.flags) == (frame.device_time, ("demo",), {"EXC": "0008"})


def test_a_text_of_the_recorder_is_canonical(source):
    entries = fed(source, Frame(b"frame", (Reading("spo2", 97.0),), device_time=naive(13, 33)))
    assert [entry.payload for entry in entries] == [canonical(json.loads(entry.payload)) for entry in entries]


def test_every_record_that_a_line_makes_fits_its_model(source):
    source.connect(OPENED, "/dev/ttyUSB0", "usb 1234", b"before")
    entries, _ = source.hear(Chunk(b"?", OPENED + SECOND, "the reader stood still"))
    entries += source.check_silence(OPENED + 100 * SECOND, SECOND)
    entries += source.lose(OPENED + 101 * SECOND, "unplugged")
    entries.append(source.refused(OPENED + 102 * SECOND, "busy"))
    assert {entry.kind for entry in entries} == {"link", "unread"}
    for entry in entries:
        assert KINDS[entry.kind].model_validate_json(entry.payload)


class OneFrame:
    """A decoder that says the same of every chunk."""

    said: Frame | Unread = Unread(b"?", "no frame")
    pending = b""

    def feed(self, chunk: bytes) -> list[Frame | Unread]:
        return [self.said]


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Source:
    monkeypatch.setattr(OneFrame, "said", OneFrame.said)
    adapter = Adapter("test", "test", ("one",), Link(9600), ("spo2",), "vectors", OneFrame)
    return Source(
        "s",
        "monitor",
        adapter,
        opened_at=OPENED,
        zone=ZoneInfo("UTC"),
        folder=tmp_path,
        make_room=lambda: False,
    )


def fed(source: Source, frame: Frame, kind: str | None = None) -> list[Entry]:
    """Return the entries, or those of one kind, that *frame* makes on a line that opens with it."""
    OneFrame.said = frame
    source.connect(OPENED, "/dev/ttyUSB0", None, b"")
    entries, _ = source.hear(Chunk(frame.raw, OPENED + SECOND))
    source.seal(OPENED + SECOND)
    return [entry for entry in entries if kind in (None, entry.kind)]


def naive(hour: int, minute: int) -> datetime:
    return datetime(2026, 9, 21, hour, minute)  # noqa: DTZ001  a device claims no zone
