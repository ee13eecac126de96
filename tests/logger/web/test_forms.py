"""When it happened, as a form says it: now, some minutes ago, by the clock, or when it was tapped."""

from __future__ import annotations

import pytest

from logger.errors import BadEntry
from logger.web.forms import happened_at


@pytest.mark.parametrize(
    ("form", "meant"),
    [
        ({}, None),
        ({"at": ""}, None),
        ({"at": "-10"}, "-600s"),
        ({"at": "clock", "at_clock": "10:42"}, "10:42"),
        ({"at": "", "waited": "3.2"}, None),
        ({"at": "", "waited": "90.4"}, "-90s"),
        ({"at": "-5", "waited": "60"}, "-360s"),
        ({"at": "clock", "at_clock": "10:42", "waited": "90"}, "10:42"),
        ({"waited": "-40"}, None),
    ],
)
def test_a_form_says_when(form: dict[str, str], meant: str | None) -> None:
    assert happened_at(form) == meant


@pytest.mark.parametrize("form", [{"at": "clock"}, {"at": "soon"}, {"waited": "long"}])
def test_a_time_that_can_not_be_read_is_refused(form: dict[str, str]) -> None:
    with pytest.raises(BadEntry, match="when: "):
        happened_at(form)
