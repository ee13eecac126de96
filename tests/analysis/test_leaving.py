from typing import Any

import invented_sessions as invented

from analysis.leaving import Leaving, leaving_of
from analysis.protocol import read_protocol
from analysis.timeline import timeline_of


def left(*events: dict[str, Any]) -> Leaving | None:
    made = invented.session([], [*invented.infusion(), *events])
    protocol = read_protocol(made.protocol, made.protocol_id)
    return leaving_of(made, protocol, timeline_of(made))


def test_nobody_has_left_where_nobody_decided_it():
    assert left() is None


def test_every_item_of_the_protocol_stands_with_its_answer_or_without():
    found = left(invented.discharged(98, 9, gait="yes", iv_removed="no"))
    assert found is not None
    assert len(found.found) == len(invented.protocol()["discharge"]["item"])
    assert [found.count(answer) for answer in ("yes", "no", None)] == [1, 1, len(found.found) - 2]
    (no,) = [item for item in found.found if item.answer == "no"]
    assert (no.text, no.reason) == ("IV cannula removed, site checked", "invented")


def test_who_decided_without_a_password_is_only_named():
    found = left(invented.discharged(98, 9, gait="yes"))
    assert found is not None
    assert (found.decided_by, found.role) == (
        "r.example (named, not authenticated)",
        "registered nurse under protocol",
    )


def test_the_time_of_being_ready_is_its_own():
    found = left(invented.discharged(98, 9, ready=80))
    assert found is not None
    assert (found.minute, found.ready) == (98, 80)


def test_the_last_discharge_that_stands_counts():
    found = left(
        invented.discharged(98, 9, superseded_by="b2:11"),
        invented.discharged(95, 11),
        invented.discharged(90, 10),
    )
    assert found is not None
    assert found.reference == "b2:11"
