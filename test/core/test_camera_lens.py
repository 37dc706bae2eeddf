from __future__ import annotations

import numpy as np
import pytest

from vpr_ros.core.camera_lens import Lens, make_lens
from vpr_ros.core.errors import UsageError
from vpr_ros.core.records import Intrinsics
from vpr_ros.simulation.camera import intrinsics_from_fov

CAMERAS = {
    "straight": intrinsics_from_fov(160, 120, 80),
    "plumb_bob": intrinsics_from_fov(160, 120, 80, "plumb_bob", (-0.2, 0.05, 0.001, -0.001, 0.0)),
    "equidistant": intrinsics_from_fov(160, 120, 120, "equidistant", (0.01, 0.0, 0.0, 0.0)),
}


def seen_through(lens: Lens, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """[n, 3] points in the camera -> (whether seen, cells)."""
    x, y, z = (lens.projection @ points.T).astype(np.float32)
    return lens.cells(x, y, z)


@pytest.mark.parametrize("name", CAMERAS)
def test_a_cells_own_ray_is_seen_in_it_at_any_depth(name: str):
    lens = make_lens(CAMERAS[name], (60, 80), "a camera")
    for depth in (0.2, 3.0, 40.0):
        shown, cells = seen_through(lens, lens.rays.reshape(-1, 3) * np.float32(depth))
        assert shown.all()
        assert np.array_equal(cells, np.arange(4800))


@pytest.mark.parametrize("name", CAMERAS)
def test_what_lies_behind_or_beside_is_not_seen(name: str):
    lens = make_lens(CAMERAS[name], (60, 80), "a camera")
    shown, _ = seen_through(lens, np.array([[0, 0, -1], [0, 0, 0], [9, 0, 1], [0, -9, 1], [200, 100, 1]]))
    assert not shown.any()


def test_a_lens_that_bends_back_shows_nothing_from_outside():
    """At large angles this polynomial decreases: a point far aside would land inside the image."""
    bent = Intrinsics(np.array([[100.0, 0, 80], [0, 100, 60], [0, 0, 1]]), 160, 120, "plumb_bob", (-0.1, 0, 0, 0))
    lens = make_lens(bent, (60, 80), "a camera")
    pixel = 3.1 * (1 - 0.1 * 3.1**2) * 100 + 80
    assert 0 < pixel < 160
    shown, _ = seen_through(lens, np.array([[3.1, 0.0, 1.0]]))
    assert not shown.any()


def test_a_calibration_that_cannot_be_inverted_says_whose_it_is():
    wild = Intrinsics(np.array([[50.0, 0, 80], [0, 50, 60], [0, 0, 1]]), 160, 120, "plumb_bob", (-5.0, 0, 0, 0))
    with pytest.raises(UsageError, match="calibration of the robot's camera cannot be used"):
        make_lens(wild, (60, 80), "the robot's camera")
