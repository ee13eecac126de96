from analysis.page.places import Places, round_about


def panel() -> Places:
    return Places(0, 0, 100, 50)


def test_the_first_place_that_is_free_is_given_once():
    places = panel()
    assert places.free(10, 4, [(50, 20), (50, 30)]) == (50, 20)
    assert places.free(10, 4, [(50, 20), (50, 30)]) == (50, 30)
    assert places.free(10, 4, [(50, 20), (50, 30)]) is None


def test_a_place_over_something_drawn_or_over_the_edge_is_not_given():
    places = panel()
    places.take(40, 10, 60, 20)
    assert places.free(10, 4, [(50, 15), (3, 30), (50, 49), (70, 15)]) == (70, 15)


def test_places_may_touch():
    places = panel()
    places.take(0, 0, 50, 50)
    assert places.free(10, 4, [(55, 25)]) == (55, 25)


def test_a_label_stands_right_above_its_mark_where_it_can_and_below_where_that_is_asked():
    above, below = (next(iter(round_about(50, 25, 10, upwards))) for upwards in (True, False))
    assert above[0] == below[0] == 50
    assert above[1] < 25 < below[1]
