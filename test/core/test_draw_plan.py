from __future__ import annotations

import numpy as np

from vpr_ros.core.draw_match import RIGHT, WRONG
from vpr_ros.core.draw_plan import FIX, PlanAnswer, PlanFloor, draw_plan, room_colours

SQUARE = np.array([[[0, 0], [10, 0]], [[10, 0], [10, 5]], [[10, 5], [0, 5]], [[0, 5], [0, 0]]], float)
PLACES = np.array([[2.0, 1.0], [8.0, 4.0]])


def plan_with(*answers: PlanAnswer) -> np.ndarray:
    return draw_plan(PlanFloor("ground floor", SQUARE, PLACES, ["kitchen", "hall"], answers), 400)


def added(picture: np.ndarray) -> np.ndarray:
    """The pixels that the answers changed."""
    return np.any(picture != plan_with(), axis=2)


def drawn(picture: np.ndarray, colour: tuple[int, int, int]) -> np.ndarray:
    """Rows and columns of changed pixels of about this colour: lines have soft edges."""
    return np.argwhere(added(picture) & (np.abs(picture.astype(int) - colour).max(axis=2) < 60))


def test_the_picture_has_the_shape_of_the_floor():
    picture = plan_with()
    assert picture.shape[1] == 400
    assert 180 <= picture.shape[0] - 26 - 28 <= 190


def test_right_and_wrong_answers_have_their_colours():
    truth = np.array([2.0, 2.0])
    right, wrong = (plan_with(PlanAnswer(truth, PLACES[place], place == 0)) for place in (0, 1))
    assert len(drawn(right, RIGHT)) > 10
    assert len(drawn(right, WRONG)) == 0
    assert len(drawn(wrong, WRONG)) > 100
    assert len(drawn(wrong, RIGHT)) == 0


def test_y_points_up():
    low, high = (drawn(plan_with(PlanAnswer(np.array([5.0, y]), np.array([6.0, y]), False)), WRONG) for y in (0.5, 4.5))
    assert low[:, 0].mean() > high[:, 0].mean() + 100


def test_an_unknown_answer_is_a_small_cross_without_colour():
    picture = plan_with(PlanAnswer(np.array([2.0, 2.0]), None, False))
    changed = picture[added(picture)].astype(int)
    assert 5 < len(changed) < 100
    assert np.ptp(changed, axis=1).max() < 20


def test_a_fix_is_a_dot_where_geometry_says():
    truth, fix = np.array([2.0, 2.0]), np.array([5.0, 3.0])
    with_fix, without = (plan_with(PlanAnswer(truth, None, False, each)) for each in (fix, None))
    assert len(drawn(without, FIX)) == 0
    assert len(drawn(with_fix, FIX)) == 0  # nobody knows the place: no dot either
    dot = drawn(plan_with(PlanAnswer(truth, PLACES[0], True, fix)), FIX)
    assert 4 < len(dot) < 30


def test_rooms_keep_their_colours():
    assert room_colours(["hall", "kitchen"]) == room_colours(["kitchen", "hall", "hall"])
    assert len(set(room_colours(["a", "b", "c"]).values())) == 3
