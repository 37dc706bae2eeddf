from __future__ import annotations

import dataclasses

import numpy as np
from wall import wall_frames

from vpr_ros.core.embed_patches import pool_to_grid
from vpr_ros.core.prepare_image import prepare_image
from vpr_ros.training.share_cells import flipped_cells
from vpr_ros.training.view_versions import principal_directions


def test_the_first_version_is_what_a_map_would_hold(maker):
    image = wall_frames(1)[0].image
    found = maker.describe(image, (0, 0))
    prepared = prepare_image(image, maker.image)
    (features,) = maker.extractor.extract_batch([prepared])
    pooled, valid = pool_to_grid(features, (160, 120))
    assert (found.pooled.shape, found.size_px) == ((4, 256, 128), (160, 120))
    np.testing.assert_allclose(found.pooled[0], pooled, atol=1e-3)
    np.testing.assert_array_equal(found.valid[0], valid)


def test_mirrored_versions_lie_where_flipped_cells_say(maker):
    """Sums of SIFT's 16 histograms over all bins stay nearly what they were; a shift by a column does not hide."""
    image = np.zeros((120, 160, 3), np.uint8)
    image[20:50, 30:60] = np.random.default_rng(0).integers(0, 255, (30, 30, 1))
    found = maker.describe(image, (0, 0))
    there = found.valid[1][flipped_cells()]
    assert found.valid[0].any()
    assert np.mean(there == found.valid[0]) > 0.97
    assert np.mean(found.valid[1] == found.valid[0]) < 0.97


def test_light_is_drawn_by_the_seed(maker):
    image = wall_frames(1)[0].image
    one, same, other = (maker.describe(image, seed).pooled for seed in ((0, 1), (0, 1), (0, 2)))
    np.testing.assert_array_equal(one, same)
    np.testing.assert_array_equal(one[:2], other[:2])
    assert not np.array_equal(one[2], other[2])


def test_principal_directions_keep_cosines(maker):
    images = [frame.image for frame in wall_frames(4)]
    directions = principal_directions(maker, images, 96)
    np.testing.assert_allclose(directions.T @ directions, np.eye(96), atol=1e-5)
    whole = maker.describe(images[0], (0, 0)).pooled[0].astype(np.float32)
    short = dataclasses.replace(maker, directions=directions).describe(images[0], (0, 0)).pooled[0].astype(np.float32)
    assert short.shape == (256, 96)
    assert np.abs(short @ short.T - whole @ whole.T).max() < 0.15
