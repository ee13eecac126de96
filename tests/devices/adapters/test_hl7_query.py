"""Philips on its serial port: the question, the filter that a monitor takes, and no acknowledgement."""

from __future__ import annotations

import pytest

from devices import registry
from devices.adapters.hl7_query import EVERY, QUESTIONS
from devices.contract import Frame, Send, decode

RES, STA = QUESTIONS[b"RES"], QUESTIONS[b"STA"]
HEAD = r"MSH|^~\&|^EfficiaCM||||20260302120000||{kind}|DEMO1|P|2.4"
ROW = "OBX|1|NM|150456^MDC_PULS_OXIM_SAT_O2^MDC|1.1.1|97|262688^MDC_DIM_PERCENT^MDC|||||R"


def message(kind: str, *segments: str, wrapped: bool = True) -> bytes:
    raw = "".join(f"{line}\r" for line in (HEAD.format(kind=kind), *segments)).encode()
    return b"\x0b" + raw + b"\x1c\r" if wrapped else raw


RESULTS = message("ORF^R04", "MSA|AA|INFUSIONLOG", ROW)
REFUSAL = message("ACK^R02", "MSA|AE|INFUSIONLOG")


def decoder():
    return registry.adapter("hl7_query").decoder()


def asked(one, elapsed: float) -> list[bytes]:
    return [send.raw for send in one.due(elapsed)]


def test_current_results_are_asked_for_at_once_and_every_ten_seconds():
    one = decoder()
    assert [send.raw for send in one.opening()] == [RES]
    assert asked(one, EVERY - 1) == []
    assert asked(one, EVERY) == [RES]


def test_a_monitor_that_refuses_the_one_filter_is_asked_with_the_other():
    one = decoder()
    one.opening()
    decode(one, [REFUSAL])
    assert asked(one, EVERY) == [STA]
    decode(one, [RESULTS])
    assert asked(one, 2 * EVERY) == [STA]


@pytest.mark.parametrize("wrapped", [True, False])
def test_a_result_is_read_and_never_acknowledged(wrapped):
    results = message("ORF^R04", "MSA|AA|INFUSIONLOG", ROW, wrapped=wrapped)
    events = decode(decoder(), [results, RESULTS])
    assert not [event for event in events if isinstance(event, Send)]
    first = next(event for event in events if isinstance(event, Frame))
    assert [(r.vital, r.value) for r in first.readings] == [("spo2", 97.0)]


def test_what_a_monitor_sends_by_itself_is_read_and_not_acknowledged_either():
    (frame,) = decode(decoder(), [message("ORU^R01", ROW)])
    assert isinstance(frame, Frame)
    assert len(frame.readings) == 1


def test_a_code_without_a_name_is_a_local_one_of_this_adapter():
    row = "OBX|1|NM|999999^MDC_UNHEARD_OF^MDC|1.1.1|12|262688^MDC_DIM_PERCENT^MDC|||||R"
    (frame,) = decode(decoder(), [message("ORF^R04", row)])
    assert [r.vital for r in frame.readings] == ["local:hl7_query:999999"]


@pytest.mark.parametrize(
    "raw", [RES + RES, RES[:-1], RES.replace(b"RES", b"ALL"), message("ACK^R01", "MSA|AA|DEMO1"), b"\r"]
)
def test_nothing_but_the_two_questions_may_be_sent(raw):
    assert not registry.adapter("hl7_query").permits(raw)


def test_a_result_is_not_acknowledged_by_the_passive_adapter_either():
    events = decode(registry.adapter("hl7_oru").decoder(), [RESULTS])
    assert not [event for event in events if isinstance(event, Send)]
