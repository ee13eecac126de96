"""What lies days off the session does not squeeze it."""

from dataclasses import replace

import invented_sessions as invented
import pandas as pd
import pytest
from matplotlib.text import Text

from analysis.page import draw_page
from analysis.page.content import content_of


@pytest.mark.parametrize(
    ("minute", "said"),
    [
        (-3 * 1440, "← ketamine 40 mg (end not recorded), 3 days before the opening"),
        (2 * 1440, "ketamine 40 mg (end not recorded), 2 days after the opening →"),
    ],
)
def test_a_dose_of_another_day_stands_at_the_edge_in_words(minute, said):
    made = dosed_at(minute)
    axis = content_of(made).axis
    assert axis.end - axis.start <= 200
    assert not axis.holds(0)
    assert said in [text.get_text().replace("\u00a0", " ") for text in draw_page(made)[0].findobj(Text)]


def test_an_open_session_is_not_stretched_by_a_date_that_was_mistyped():
    made = replace(dosed_at(0), state="open", ended_at=None, closed_at=None)
    note = invented.event(3 * 1440, "note", 9, text="a call") | {"at": invented.at(100)}
    mistyped = invented.table([note], invented.EVENTS)
    both = replace(made, events=pd.concat([made.events, mistyped], ignore_index=True))
    assert content_of(both).axis.end == content_of(made).axis.end


def dosed_at(minute):
    dose = invented.event(minute, "infusion.start", 1, drug="ketamine", mg=40.0)
    return invented.session(invented.cycles(), [dose | {"at": invented.at(1)}])
