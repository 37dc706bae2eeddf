from __future__ import annotations

import dataclasses

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from pose_scene import exact_pairs, robot_at, room

from vpr_ros.core.pose.correspondences import join
from vpr_ros.core.pose.spots import spots_of


def test_a_corner_with_two_orientations_is_one_spot():
    pixels = np.array([[10.5, 3], [99, 40.25], [10.5, 3], [10.5, 3.5], [3, 10.5]], np.float32)
    assert spots_of(pixels)[0] == spots_of(pixels)[2]
    assert len(np.unique(spots_of(pixels))) == 4
    assert spots_of(np.zeros((0, 2))).shape == (0,)


@given(st.lists(st.tuples(st.integers(0, 4000), st.integers(0, 4000)), max_size=30))
def test_whole_pixels_are_as_many_spots_as_there_are_different_ones(pixels):
    assert len(np.unique(spots_of(np.array(pixels).reshape(-1, 2)))) == len(set(pixels))


def doubled(pairs, **changes):
    """Every pair once more, by other keypoints."""
    more = {"keypoints": pairs.keypoints + 1000, "points": pairs.points + 1000, **changes}
    return join([pairs, dataclasses.replace(pairs, **more)])


def test_what_stands_on_one_spot_counts_once_whichever_side_it_is_doubled_on():
    pairs, _ = exact_pairs(room(), robot_at(0.2, 0.1, 4))
    assert pairs.seen() == len(pairs)
    assert doubled(pairs).seen() == len(pairs)
    assert doubled(pairs, spots=pairs.spots + 1000).seen() == len(pairs)
    assert doubled(pairs, place_spots=pairs.place_spots + 1000).seen() == len(pairs)
    assert doubled(pairs, spots=pairs.spots + 1000, place_spots=pairs.place_spots + 1000).seen() == 2 * len(pairs)
    assert len(doubled(pairs).merged()) == len(pairs)
    # Of two keyframes, a thing of the picture is one thing, and the places are two.
    assert doubled(pairs, rows=pairs.rows + 1).seen() == len(pairs)


def test_a_pair_on_one_spot_with_two_points_has_their_mean():
    pairs, _ = exact_pairs(room(), robot_at(0.2, 0.1, 4))
    both = doubled(pairs, points_map=pairs.points_map + np.array([0.0, 0.0, 0.02]))
    merged = both.merged()
    order = np.argsort(merged.spots)
    np.testing.assert_allclose(merged.points_map[order], pairs.points_map + np.array([0.0, 0.0, 0.01]))
