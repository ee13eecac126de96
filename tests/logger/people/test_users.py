"""What the records say of users: since when, in which role, what was shown to be so."""

from __future__ import annotations

from ledgers import NOON

from logger.clock import SECOND
from logger.kinds import Payload, UserAdded, UserChanged, UserFact, text_of
from logger.ledger.models import Written
from logger.people.users import user_list


def record(kind: str, said: Payload, minute: int) -> Written:
    return Written("system", "w", minute, NOON + minute * 60 * SECOND, kind, "a", text_of(said), "0" * 64)


ADDED = record("user.added", UserAdded(user="n.n", full_name="DEMO", role="nurse"), 0)


def test_a_user_is_active_from_the_day_they_were_added():
    (row,) = user_list([ADDED])
    assert (row["role"], row["active"]) == ("nurse", True)
    assert [(period["role"], period["to"]) for period in row["periods"]] == [("nurse", None)]


def test_a_new_role_begins_a_new_period_and_leaving_ends_the_last():
    promoted = record("user.changed", UserChanged(user="n.n", role="physician", reason="x"), 1)
    left = record("user.changed", UserChanged(user="n.n", active=False, reason="x"), 2)
    (row,) = user_list([ADDED, promoted, left])
    assert [period["role"] for period in row["periods"]] == ["nurse", "physician"]
    assert row["periods"][0]["to"] == row["periods"][1]["from"]
    assert (row["periods"][1]["to"] is not None, row["active"]) == (True, False)


def test_a_new_printed_name_is_no_new_period():
    renamed = record("user.changed", UserChanged(user="n.n", full_name="DEMO, Other", reason="x"), 1)
    (row,) = user_list([ADDED, renamed])
    assert (row["full_name"], len(row["periods"])) == ("DEMO, Other", 1)


def test_facts_stand_by_their_user():
    trained = record("user.fact", UserFact(user="n.n", fact="trained", what="v1", on="2026-09-01"), 1)
    assert user_list([ADDED, trained])[0]["facts"] == [{"fact": "trained", "on": "2026-09-01", "what": "v1"}]
