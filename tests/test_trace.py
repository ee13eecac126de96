"""The table of requirements names tests that are there, and its page is what the table says."""

from __future__ import annotations

import pytest
import trace_of_requirements as trace


@pytest.mark.parametrize("one", list(trace.requirements()), ids=lambda one: one["id"])
def test_every_test_that_holds_a_requirement_is_there(one):
    assert bool(one.get("tests")) != bool(one.get("held_by"))
    for test in one.get("tests", ()):
        file, _, name = test.partition("::")
        assert name in trace.test_names(trace.ROOT / file), test


def test_the_page_is_what_the_table_says():
    assert trace.PAGE.read_text(encoding="utf-8") == trace.page()
