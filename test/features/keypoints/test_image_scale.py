"""From the image as it came to the one that keypoints are sought in, and back."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from vpr_ros.features.keypoints.image_scale import as_given, is_blank, shrink


@given(st.integers(1, 900), st.integers(1, 900), st.integers(64, 700))
def test_the_long_side_is_kept_to_and_corners_are_corners(width: int, height: int, long_side_px: int):
    seen = shrink(np.zeros((height, width), np.uint8), long_side_px)
    assert max(seen.shape) == min(max(width, height), long_side_px)
    seen_px, given_px = (seen.shape[1], seen.shape[0]), (width, height)
    corners = np.array([[-0.5, -0.5], [seen_px[0] - 0.5, seen_px[1] - 0.5]])
    np.testing.assert_allclose(
        as_given(corners, seen_px, given_px), [[-0.5, -0.5], [width - 0.5, height - 0.5]], atol=1e-3
    )


def test_noise_of_a_camera_on_a_wall_is_blank_and_a_faint_edge_is_not():
    wall = np.full((32, 32, 3), 80, np.uint8)
    wall[::2] += 3
    assert is_blank(wall)
    wall[10:] += 2
    assert not is_blank(wall)
