"""An audit over a ledger: what stands beside a session, what is left out, what is run again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from ledgers import Hands, desk_at, open_session

from logger.clock import moment
from logger.entering.desk import LedgerDesk
from logger.ledger.models import Entry
from logger.reviewing.auditing import Beside, run

PHQ9 = {
    "instrument": "phq9",
    "version": "phq9-en",
    "answers": {str(item): 1 for item in range(1, 10)},
    "answered_by": "patient",
}


@pytest.fixture
def hands() -> Hands:
    return Hands()


@pytest.fixture
def desk(tmp_path: Path, hands: Hands) -> Iterator[LedgerDesk]:
    desk = desk_at(tmp_path / "audited.db", hands)
    yield desk
    desk.close()


def now(desk: LedgerDesk) -> datetime:
    return moment(desk.clock.now())


def beside(desk: LedgerDesk, session: str, at: datetime | None = None) -> Any:
    return Beside(desk, at or now(desk)).context(desk.file(session).row)


def unreadable(desk: LedgerDesk, session: str) -> None:
    """Write a record that is chained as it should be and says nothing."""
    desk.store.append([Entry(session, desk.clock.now(), "device", "nurse", '{"v":1}')])
    desk.store.append([Entry(session, desk.clock.now(), "assessment.score", "nurse", '{"v":1}')])


def scored(desk: LedgerDesk, hands: Hands, **more: Any) -> tuple[str, str]:
    """Score a patient in a session that is over, and open the next; return both."""
    first = open_session(desk, **more)
    desk.append(first, "assessment.score", "nurse", PHQ9)
    hands.move(600)
    desk.append(first, "session.end", "nurse", {})
    hands.move(600)
    return first, open_session(desk)


def test_one_unreadable_record_leaves_out_its_session_alone(desk):
    bad, good = open_session(desk), open_session(desk, "2", patient="INVENTED-2")
    unreadable(desk, bad)
    made = run(desk, [bad, good], now(desk))
    assert [one.session for one in made.judged] == [good]
    assert made.left_out[bad].startswith(f"a record of {bad} can't be read (")


def test_what_stands_in_an_unreadable_session_is_not_known(desk, hands):
    first, session = scored(desk, hands)
    unreadable(desk, first)
    other = open_session(desk, "2", patient="INVENTED-2")
    assert (beside(desk, session).scores, beside(desk, other).scores) == (None, ())
    unreadable(desk, other)
    hands.move(60)
    assert beside(desk, session).others is None


def test_a_score_of_another_session_counts(desk, hands):
    _, session = scored(desk, hands)
    assert [one.instrument for one in beside(desk, session).scores] == ["phq9"]


def test_a_score_that_was_withdrawn_counts_nowhere(desk, hands):
    first, session = scored(desk, hands)
    (score,) = [one for one in desk.file(first).records if one.kind == "assessment.score"]
    desk.append(first, "amend", "nurse", {"target": score.ref, "withdrawn": True, "reason": "of another"})
    assert beside(desk, session).scores == ()


def test_a_score_of_a_demonstration_counts_in_no_real_session(desk, hands):
    _, session = scored(desk, hands, demo=True)
    assert beside(desk, session).scores == ()


def test_what_others_said_later_is_not_known_then(desk, hands):
    other, session = scored(desk, hands)
    then = now(desk)
    hands.move(60)
    late = _text(PHQ9 | {"happened_at": then.isoformat()})
    desk.store.append([Entry(other, desk.clock.now(), "assessment.score", "nurse", late)])
    assert len(beside(desk, session, then).scores) == 1
    assert len(beside(desk, session).scores) == 2


def test_a_session_that_ended_and_was_never_closed_is_over(desk, hands):
    first, session = scored(desk, hands)
    row = desk.file(session).row
    found = Beside(desk, now(desk))
    found.rows = [
        dict(one) | {"state": "ended", "closed_at": None} for one in found.rows if one["id"] == first
    ]
    assert found.context(row).others == ()


def test_a_session_is_run_again_as_it_stood_before_it_ended(desk, hands):
    session = open_session(desk)
    hands.move(600)
    first = run(desk, [session], now(desk))
    hands.move(30 * 3600)
    desk.append(session, "session.end", "nurse", {})
    again = run(desk, [session], first.at, first.heads)
    assert again.judged == first.judged


def test_a_role_is_known_as_it_was(desk, hands):
    for kind, said in (
        ("user.added", {"user": "p.example", "full_name": "P. Example", "role": "physician"}),
        ("user.changed", {"user": "p.example", "role": "qa", "reason": "moved to QA"}),
    ):
        desk.store.append([Entry("system", desk.clock.now(), kind, "", _text(said))])
        hands.move(60)
    (user,) = (Beside(desk, now(desk)).users or {}).values()
    assert (user.role_at(user.active[0][0]), user.role_at(now(desk))) == ("physician", "qa")


def _text(said: dict[str, Any]) -> str:
    from logger.kinds import canonical

    return canonical({"v": 1} | said)
