from __future__ import annotations

import numpy as np
import pytest

from vpr_ros.core.draw_match import WRONG, draw_match
from vpr_ros.core.draw_matches import MOST_LINKS, MatchedPoints, choose_linked, draw_matches, matched_points
from vpr_ros.core.draw_votes import Box
from vpr_ros.core.records import RelativePose


def test_points_are_shares_of_the_images_they_were_seen_in():
    pixels = np.array([[0, 0], [319, 239]], np.float32)
    relative = RelativePose(3, np.eye(4), np.eye(6), pixels, pixels, (320, 240), (640, 480))
    points = matched_points(relative)
    assert points.query == pytest.approx(np.array([[0.5 / 320, 0.5 / 240], [319.5 / 320, 239.5 / 240]]))
    assert points.place[1] == pytest.approx([319.5 / 640, 239.5 / 480])


def test_links_are_spread_over_the_query():
    crowd = np.random.default_rng(0).uniform(0.1, 0.2, (300, 2))
    corners = np.array([[0.95, 0.95], [0.05, 0.95], [0.95, 0.05]])
    points = MatchedPoints(np.concatenate([crowd, corners]), np.zeros((303, 2)))
    chosen = choose_linked(points)
    assert len(chosen) == len(set(chosen.tolist())) == MOST_LINKS
    assert {300, 301, 302} <= set(chosen[:4].tolist())


@pytest.mark.parametrize("count", [0, 1, 2])
def test_few_points_are_all_linked(count):
    points = MatchedPoints(np.linspace(0, 1, 2 * count).reshape(count, 2), np.zeros((count, 2)))
    assert sorted(choose_linked(points).tolist()) == list(range(count))


def test_identical_points_end_the_choice():
    chosen = choose_linked(MatchedPoints(np.full((5, 2), 0.5), np.full((5, 2), 0.5)), 3)
    assert len(chosen) == 3


def test_both_ends_are_marked_and_between_them_runs_a_line_of_one_colour():
    canvas = np.zeros((100, 210, 3), np.uint8)
    points = MatchedPoints(np.array([[0.2, 0.5]]), np.array([[0.8, 0.5]]))
    draw_matches(canvas, points, Box(0, 0, 100, 100), Box(110, 0, 100, 100))
    colours = canvas[50, [20, 60, 105, 190]].astype(int)
    assert np.ptp(colours, axis=0).max() < 30
    assert colours.max() > 200
    assert not canvas[20].any()


def test_in_a_picture_points_replace_votes_and_leave_its_colours():
    query, match = np.full((90, 120, 3), (10, 120, 200), np.uint8), np.full((45, 60, 3), (200, 30, 30), np.uint8)
    points = MatchedPoints(np.array([[0.1, 0.1], [0.9, 0.1]]), np.array([[0.1, 0.1], [0.9, 0.1]]))
    picture = draw_match(query, match, [], WRONG, None, points)
    assert tuple(picture[80, 60]) == (10, 120, 200)
    assert tuple(picture[80, 3 + 120 + 8 + 60]) == (200, 30, 30)
    assert not (picture[12, 3:250] == draw_match(query, match, [], WRONG)[12, 3:250]).all()
