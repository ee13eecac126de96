"""What stands where on the first page: each cycle and each minute once, on the paper, none over another."""

from __future__ import annotations

from itertools import pairwise

import invented_sessions
import pytest

from analysis.page.content import content_of
from analysis.page.sheet import PAPERS
from analysis.page.values import Value, values_of


def values(paper: str = "A4") -> list[Value]:
    return values_of(content_of(invented_sessions.stormy()), paper)


@pytest.mark.parametrize("paper", list(PAPERS))
def test_they_lie_on_the_paper_and_none_over_another(paper: str) -> None:
    found = values(paper)
    size = PAPERS[paper]
    assert all(one.x > 0 and one.x + one.width < size.width for one in found)
    assert all(one.y > 0 and one.y + one.height < size.height for one in found)
    for one, after in pairwise(found):
        assert one.y != after.y or one.x + one.width <= after.x + 0.2


def test_every_cuff_cycle_on_the_axis_is_said_with_its_record() -> None:
    content = content_of(invented_sessions.stormy())
    said = " ".join(one.said for one in values())
    shown = [cuff for cuff in content.cuffs if content.axis.holds(cuff.minute)]
    assert shown
    assert all(f"record {cuff.reference}" in said for cuff in shown)


def test_a_page_without_readings_has_no_values() -> None:
    assert values_of(content_of(invented_sessions.nearly_empty())) == []
