from __future__ import annotations

import numpy as np
import pytest

from vpr_ros.core.draw_clusters import LONG_SIDE_PX, NO_CLUSTER, assign_clusters, cluster_colour, draw_clusters
from vpr_ros.core.draw_match import GAP_PX
from vpr_ros.core.records import Features

CENTRES = np.eye(3, dtype=np.float32)
GREY = np.full((120, 160, 3), 100, np.uint8)


def grid_features(assigned: np.ndarray, step_px: int, first_px: float) -> Features:
    """One patch a cell of a grid, each on the centre of its cluster; NO_CLUSTER is not valid."""
    rows, columns = assigned.shape
    xs, ys = np.meshgrid(np.arange(columns), np.arange(rows))
    centres_px = (first_px + step_px * np.stack([xs, ys], axis=-1)).reshape(-1, 2).astype(np.float32)
    flat = assigned.reshape(-1)
    return Features(CENTRES[np.maximum(flat, 0)], centres_px, flat != NO_CLUSTER)


def joined(first: Features, second: Features) -> Features:
    """Patches of two scales, one after the other."""
    return Features(
        np.concatenate([first.patches, second.patches]),
        np.concatenate([first.centres_px, second.centres_px]),
        np.concatenate([first.valid, second.valid]),
    )


def right_half(picture: np.ndarray) -> np.ndarray:
    return picture[: LONG_SIDE_PX * 120 // 160, LONG_SIDE_PX + GAP_PX :]


def painted(cluster: int) -> np.ndarray:
    return np.round(0.6 * np.array(cluster_colour(cluster)) + 0.4 * 100)


HALVES = np.zeros((12, 16), int)
HALVES[:, 8:] = 2
HALVES[0, 0] = NO_CLUSTER


def test_patches_have_the_colour_of_their_cluster_where_they_are():
    picture = draw_clusters(GREY, grid_features(HALVES, 10, 4.5), CENTRES, {0, 1, 2})
    half = right_half(picture)
    np.testing.assert_array_equal(picture[: len(half), :LONG_SIDE_PX], 100)
    np.testing.assert_array_equal(half[40:-1, 1:239].reshape(-1, 3), np.tile(painted(0), ((320 - 1) * 238, 1)))
    np.testing.assert_array_equal(half[1:-1, 242:-1].reshape(-1, 3), np.tile(painted(2), (358 * 237, 1)))
    assert tuple(half[8, 8]) == (100, 100, 100)  # the patch that shows nothing


def test_of_several_scales_the_fullest_is_painted():
    coarse = grid_features(np.ones((3, 4), int), 40, 19.5)
    for features in (joined(grid_features(HALVES, 10, 4.5), coarse), joined(coarse, grid_features(HALVES, 10, 4.5))):
        half = right_half(draw_clusters(GREY, features, CENTRES, {0, 1, 2}))
        assert tuple(half[200, 100]) == tuple(painted(0))
        assert tuple(half[200, 400]) == tuple(painted(2))


def test_what_lies_away_from_patches_stays_grey():
    half = right_half(draw_clusters(GREY, grid_features(np.zeros((4, 4), int), 10, 4.5), CENTRES, {0}))
    assert tuple(half[60, 60]) == tuple(painted(0))
    assert tuple(half[300, 400]) == (100, 100, 100)


def test_a_patch_that_shows_nothing_has_no_cluster():
    features = grid_features(np.array([[0, NO_CLUSTER, 2]]), 10, 5)
    assert assign_clusters(features, CENTRES).tolist() == [0, NO_CLUSTER, 2]


@pytest.mark.parametrize("shape", [(1, 1), (40, 500), (500, 40), (2000, 1500)])
@pytest.mark.parametrize("patches", [0, 1])
def test_any_image_can_be_drawn(shape, patches):
    features = grid_features(np.zeros((patches, 1), int), 10, 0)
    picture = draw_clusters(np.zeros((*shape, 3), np.uint8), features, CENTRES, {0})
    assert picture.dtype == np.uint8
    assert max(picture.shape[0], picture.shape[1]) >= LONG_SIDE_PX


def test_colours_differ_and_do_not_depend_on_the_image():
    colours = [cluster_colour(cluster) for cluster in range(64)]
    assert len(set(colours)) == 64
    gaps = np.abs(np.diff(np.array(colours), axis=0)).sum(axis=1)
    assert gaps.min() > 60  # successive numbers look different


def test_unused_clusters_are_told():
    features = grid_features(HALVES, 10, 4.5)
    used, unused = (draw_clusters(GREY, features, CENTRES, kept) for kept in ({0, 1, 2}, {1, 2}))
    assert np.any(used != unused)
    np.testing.assert_array_equal(right_half(used), right_half(unused))
