from __future__ import annotations

import numpy as np
import pytest
import torch
import torchvision.transforms.functional as torchvision_functional
from hypothesis import given
from hypothesis import strategies as st

from vpr_ros.features.fit_sides import cut_to_grid, fit_sides

SIDES = st.integers(14, 700)


@given(SIDES, SIDES)
def test_resizing_keeps_the_whole_view_at_the_nearest_size(height, width):
    grid = fit_sides(height, width, 14, "resize")
    assert (grid.left, grid.top, grid.width, grid.height) == (0, 0, width, height)
    assert abs(14 * grid.rows - height) <= 7
    assert abs(14 * grid.columns - width) <= 7
    first, last = grid.centres_px[0], grid.centres_px[-1]
    np.testing.assert_allclose(first + last, [width - 1, height - 1], atol=1e-3)


@given(SIDES, SIDES)
def test_cropping_cuts_as_torchvision_does(height, width):
    grid = fit_sides(height, width, 14, "crop")
    pixels = torch.arange(height * width, dtype=torch.float32).view(1, 1, height, width)
    theirs = torchvision_functional.center_crop(pixels, [14 * grid.rows, 14 * grid.columns])
    assert torch.equal(cut_to_grid(pixels, grid, 14), theirs)
    assert height - 14 < 14 * grid.rows <= height
    np.testing.assert_allclose(grid.centres_px[0], [grid.left + 6.5, grid.top + 6.5])


@pytest.mark.parametrize("fit", ["resize", "crop"])
def test_an_image_smaller_than_a_patch_has_no_grid(fit):
    grid = fit_sides(13, 400, 14, fit)
    assert (grid.rows, grid.columns) == (0, 0)
    assert grid.centres_px.shape == (0, 2)


def test_centres_say_where_a_patch_saw_what_it_saw():
    """A spot painted at a patch's centre stays in that patch after resizing."""
    grid = fit_sides(75, 101, 14, "resize")
    for row, (x, y) in enumerate(grid.centres_px):
        image = torch.zeros(1, 1, 75, 101)
        image[0, 0, round(float(y)), round(float(x))] = 1.0
        resized = cut_to_grid(image, grid, 14)[0, 0]
        sums = resized.reshape(grid.rows, 14, grid.columns, 14).sum(dim=(1, 3)).flatten()
        assert int(sums.argmax()) == row
        assert sums[row] > 0.95 * sums.sum()
