import re
from itertools import pairwise
from pathlib import Path

import matplotlib.style

import analysis
from analysis import style

ROOM = Path(analysis.__file__).parent
COLOUR = re.compile(r"""["']#[0-9A-Fa-f]{3,8}["']""")


def test_no_other_file_names_a_colour():
    named = {path.name for path in ROOM.rglob("*.py") if COLOUR.search(path.read_text(encoding="utf-8"))}
    assert named == {"style.py"}


def test_a_picture_of_ones_own_can_look_alike():
    with matplotlib.style.context(style.STYLE_FILE):
        assert matplotlib.rcParams["font.size"] == style.BODY_PT
        assert matplotlib.rcParams["svg.fonttype"] == "path"


def test_shades_that_mean_different_things_differ_in_greyscale():
    shades = sorted(grey(colour) for colour in (style.BLACK, style.DIM, style.GREY, style.PALE, style.WHITE))
    assert all(b - a > 20 for a, b in pairwise(shades))


def grey(colour: str) -> float:
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return 0.299 * red + 0.587 * green + 0.114 * blue
