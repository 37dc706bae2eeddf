from __future__ import annotations

import numpy as np
import pytest
from point_scene import LENSES

from vpr_ros.core.lens import project_points, undistort_pixels
from vpr_ros.core.records import Array, Intrinsics
from vpr_ros.maps.geometry.depth_points import points_from_depth, surface_depth

RANGE_M = (0.2, 10.0)
PIXELS = np.array([[20.3, 31.7], [160.0, 121.0], [250.5, 200.25], [100.1, 60.9]], np.float32)


def depth_of_plane(lens: Intrinsics, normal: Array, distance_m: float) -> Array:
    """Depth image of the plane normal . x = distance, seen through the lens."""
    y, x = np.mgrid[: lens.height, : lens.width]
    rays = undistort_pixels(lens, np.column_stack([x.ravel(), y.ravel()]).astype(np.float64))
    z = distance_m / (np.column_stack([rays, np.ones(len(rays))]) @ normal)
    return z.reshape(lens.height, lens.width).astype(np.float32)


@pytest.mark.parametrize("name", LENSES)
def test_points_of_a_slanted_plane_lie_on_it_and_are_seen_where_they_were(name: str) -> None:
    lens, normal = LENSES[name], np.array([0.5, -0.2, 0.85])
    points = points_from_depth(PIXELS, depth_of_plane(lens, normal, 3.0), lens, RANGE_M)
    # Half a pixel beside the middle of a pixel the depth is another: nearest pixels alone would be off by more.
    assert points @ normal == pytest.approx(np.full(4, 3.0), abs=2e-4)
    assert project_points(lens, points) == pytest.approx(PIXELS, abs=0.011)


def test_a_floor_seen_flat_is_no_edge() -> None:
    depth = depth_of_plane(LENSES["none"], np.array([0.0, 1.0, 0.02]), 0.4)
    depth[depth < 0] = 0
    assert np.isfinite(points_from_depth(PIXELS[2:3], depth, LENSES["none"], RANGE_M)).all()


def test_points_at_an_edge_are_not_believed_and_those_beside_it_are() -> None:
    depth = np.full((240, 320), 2.0, np.float32)
    depth[:, 160:] = 2.2
    pixels = np.array([[159, 100], [160, 100], [158.2, 100], [157, 100], [163, 100]], np.float32)
    assert np.isfinite(surface_depth(pixels, depth)).tolist() == [False, False, False, True, True]


def test_holes_and_what_is_no_number_are_not_depth() -> None:
    depth = np.full((240, 320), 2.0, np.float32)
    depth[100, 50] = 0
    depth[120:125, 48:51] = np.nan
    depth[200, 52:53] = np.inf
    pixels = np.array([[50, 100], [50, 122], [50, 200], [51, 100], [0, 0], [319.4, 239.4]], np.float32)
    known = np.isfinite(surface_depth(pixels, depth))
    # A hole in the very middle; 15 of 25 pixels unknown; one infinite beside; one hole beside; corners lack 16 of 25.
    assert known.tolist() == [False, False, True, True, False, False]


def test_depth_out_of_range_is_not_believed() -> None:
    depth = np.full((240, 320), 12.0, np.float32)
    depth[:120] = 0.1
    depth[:60] = 1.0
    pixels = np.array([[50, 30], [50, 90], [50, 200]], np.float32)
    points = points_from_depth(pixels, depth, LENSES["none"], RANGE_M)
    assert np.isfinite(points[:, 0]).tolist() == [True, False, False]


def test_no_pixels_make_no_points() -> None:
    empty = np.zeros((0, 2), np.float32)
    assert points_from_depth(empty, np.ones((240, 320), np.float32), LENSES["none"], RANGE_M).shape == (0, 3)
