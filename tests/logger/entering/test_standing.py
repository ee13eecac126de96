"""Which records stand, and as what: one judgement, whichever of its references a correction names."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from ledgers import NOON

from logger.clock import SECOND
from logger.entering.standing import standing
from logger.kinds import Amend, EffectReport, Move, Payload, text_of
from logger.ledger.models import Written

STEPS = st.lists(
    st.tuples(st.sampled_from(["correct", "withdraw", "move"]), st.integers(0, 2), st.integers(0, 9))
)


@given(STEPS)
def test_of_each_line_stands_what_was_said_last_and_nothing_once_it_is_taken_away(steps):
    records: list[Written] = []
    lines = [[says(records, "effect.report", EffectReport(**effect(place)))] for place in range(3)]
    left, away = {place: f"effect {place}" for place in range(3)}, set()
    for what, place, member in steps:
        line, new = lines[place], len(records)
        target = line[member % len(line)]
        if what == "move":
            says(records, "move", Move(direction="out", session="s2", target=target, reason="x"))
            away.add(place)
        elif what == "correct":
            line.append(says(records, "amend", Amend(target=target, entry=effect(new), reason="x")))
            left[place] = f"effect {new}"
        else:
            line.append(says(records, "amend", Amend(target=target, withdrawn=True, reason="x")))
            left.pop(place, None)
    found = [one.body["term"] for one in standing(records) if one.kind == "effect.report"]
    assert found == [left[place] for place in sorted(left.keys() - away)]


def effect(number: int) -> dict[str, str]:
    return {"term": f"effect {number}", "severity": "mild"}


def says(records: list[Written], kind: str, said: Payload) -> str:
    seq = len(records)
    records.append(Written("s", "w", seq, NOON + seq * SECOND, kind, "n.nurse", text_of(said), ""))
    return records[-1].ref
