from itertools import pairwise

import pytest

from analysis.page.frame import spread
from analysis.page.sheet import SHAPING, cut_to, drawable, shrunk, width_of, wrapped


def test_a_text_that_fits_is_not_cut():
    assert cut_to("Nausea", 30, 8) == "Nausea"


def test_a_text_that_does_not_fit_ends_in_an_ellipsis_and_fits():
    said = cut_to("Blood pressure increase, felt or noted", 20, 8)
    assert said.endswith("…")
    assert width_of(said, 8) <= 20


def test_a_text_shrinks_before_it_is_cut_but_not_below_the_smallest_size():
    name = "Ὀδυσσεύς" * 6
    assert 8 <= shrunk(name, 100, 11) < 11
    assert shrunk(name * 3, 100, 11) == 8


@pytest.mark.parametrize("text", ["one two three four five six seven", "x" * 300, "", "a\nb"])
def test_wrapped_lines_fit_and_lose_nothing(text):
    lines = wrapped(text, 25)
    assert all(width_of(line) <= 25 for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "").replace("\n", "")


def test_a_number_and_its_unit_are_not_parted():
    assert "0.5\u00a0mg/kg" in " ".join(wrapped("ketamine 40\u00a0mg, 0.5\u00a0mg/kg", 30)[-1:])


def test_a_character_that_no_font_has_is_shown_as_missing():
    assert drawable("A\U00012000B") == "A\ufffdB"


def test_labels_are_moved_apart_and_no_further():
    assert spread([10, 20], 3) == [10, 20]
    assert spread([20, 10, 10], 3) == [8.5, 11.5, 20]


def test_labels_that_meet_after_moving_move_together():
    placed = spread([10, 10, 12, 12], 3)
    assert all(b - a >= 3 - 1e-9 for a, b in pairwise(placed))
    assert sum(placed) / 4 == pytest.approx(11)


def test_a_name_from_right_to_left_is_written_as_it_is_read_or_not_at_all():
    assert drawable("דוגמה, مثال") == ("דוגמה, مثال" if SHAPING else "\ufffd" * 5 + ", " + "\ufffd" * 4)


def test_a_character_that_turns_others_round_is_never_drawn():
    assert drawable("12\u202e0/80") == "12\ufffd0/80"
