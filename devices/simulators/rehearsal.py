"""A simulated device heard from beginning to end at once, with no port and no waiting."""

from __future__ import annotations

from datetime import datetime
from typing import cast

from devices.contract import AskingDecoder, Decoder, Send
from devices.registry import adapter as adapter_named
from devices.simulators.actor import Actor, Said
from devices.simulators.faults import PULLS
from devices.simulators.faulty_line import FaultyLine
from devices.simulators.patient import DEFAULT_SEED
from devices.simulators.plan import Plan

EPOCH = datetime(2026, 3, 2, 9, 0)  # noqa: DTZ001  # what the device's clock shows: it has no zone


def rehearse(plan: Plan, seconds: float, epoch: datetime = EPOCH, *, waves: bool = False) -> list[Said]:
    """Return what arrives from the device in its first *seconds*; one that has to be asked is asked.

    The questions are those of the adapter's own decoder, each second, and its answers to what it hears.
    The cable's ``unplug`` and ``replug`` take the records of its time away. It is asked for *waves* only
    where they are wanted; some devices send them all the same.
    """
    actor, line = plan.actor(epoch), plan.wire()
    adapter = adapter_named(plan.adapter)
    decoder = (adapter.wanting_waves() if waves else adapter).decoder()
    arrived: list[Said] = []
    for raw in _asked(decoder, None):
        actor.hear(raw, 0.0)
    second = 0
    while second < seconds:
        heard: list[Said] = []
        for said in actor.send(float(second)):
            pulled = any(one.name in PULLS and one.covers(said.at) for one in plan.faults)
            heard += [] if pulled else line.carry(said)
        arrived += heard
        answers = [event.raw for one in heard for event in decoder.feed(one.raw) if isinstance(event, Send)]
        _tell(actor, line, answers, float(second))
        second += 1
        _tell(actor, line, _asked(decoder, float(second)), float(second))
    return arrived


def record_capture(adapter_name: str, seconds: float, seed: int = DEFAULT_SEED) -> bytes:
    """Return the bytes of a simulated device's first *seconds*: the same for the same seed."""
    return b"".join(said.raw for said in rehearse(Plan(adapter_name, seed), seconds))


def _tell(actor: Actor, line: FaultyLine, words: list[bytes], now: float) -> None:
    for raw in [] if line.deaf(now) else words:
        actor.hear(raw, now)


def _asked(decoder: Decoder, elapsed: float | None) -> list[bytes]:
    if not hasattr(decoder, "opening"):
        return []
    asking = cast(AskingDecoder, decoder)
    return [send.raw for send in (asking.opening() if elapsed is None else asking.due(elapsed))]
