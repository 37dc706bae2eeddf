from __future__ import annotations

import cv2
import numpy as np
import pytest

from vpr_ros.core.feature_settings import DenseSiftSettings
from vpr_ros.features.patches.dense_sift import DenseSift


def textured(height: int = 120, width: int = 160, seed: int = 0) -> np.ndarray:
    """Blobs of many sizes in grey, as RGB."""
    noise = np.random.default_rng(seed).standard_normal((height, width)).astype(np.float32)
    layers = sum(sigma * cv2.GaussianBlur(noise, (0, 0), sigma) for sigma in (1, 2, 4, 8))
    grey = cv2.normalize(layers, None, 0, 255, cv2.NORM_MINMAX).astype(np.uint8)
    return np.repeat(grey[..., None], 3, axis=2)


def extractor(**settings) -> DenseSift:
    return DenseSift(DenseSiftSettings(**settings))


@pytest.mark.parametrize("bin_px", [6, 8, 12])
def test_it_describes_what_opencv_describes_at_the_same_points(bin_px):
    image = textured()
    features = extractor(bin_sizes_px=(bin_px,), min_contrast=0.0).extract(image)
    # OpenCV's spatial bins are 1.5 keypoint sizes wide and its angles run the other way round.
    points = [cv2.KeyPoint(float(x), float(y), bin_px / 1.5, 0.0) for x, y in features.centres_px]
    _, theirs = cv2.SIFT_create().compute(image[..., 0], points)
    theirs = np.sqrt(theirs / theirs.sum(axis=1, keepdims=True)).reshape(-1, 4, 4, 8)[..., -np.arange(8)]
    cosines = np.sum(features.patches * theirs.reshape(-1, 128), axis=1)
    assert np.median(cosines) > 0.96
    elsewhere = np.sum(features.patches * theirs.reshape(-1, 128)[::-1], axis=1)
    assert np.median(elsewhere) < 0.93


def test_patches_keep_the_contract():
    features = extractor().extract(textured())
    count = len(features.patches)
    assert features.patches.dtype == np.float32
    assert features.centres_px.shape == (count, 2)
    assert features.valid.shape == (count,)
    assert features.valid.all()
    np.testing.assert_allclose(np.linalg.norm(features.patches, axis=1), 1, atol=1e-5)
    assert (features.centres_px >= 0).all()
    assert (features.centres_px < [160, 120]).all()


def test_brightness_and_gain_do_not_matter():
    image = textured()
    dim = (image * 0.5 + 20).astype(np.float32)
    cosines = np.sum(extractor().extract(image).patches * extractor().extract(dim.astype(np.uint8)).patches, axis=1)
    assert np.median(cosines) > 0.99


def test_a_shift_by_the_grid_shifts_the_patches():
    wide = textured(width=200)
    left, right = (extractor(bin_sizes_px=(6,)).extract(np.ascontiguousarray(wide[:, x : x + 160])) for x in (8, 16))
    columns = len(np.unique(left.centres_px[:, 0]))
    a = left.patches.reshape(-1, columns, 128)[:, 2:]
    b = right.patches.reshape(-1, columns, 128)[:, 1:-1]
    np.testing.assert_allclose(a[:, :-1], b[:, : a.shape[1] - 1], atol=1e-4)


def test_a_blank_image_has_no_valid_patch():
    features = extractor().extract(np.full((120, 160, 3), 90, np.uint8))
    assert len(features.valid) > 0
    assert not features.valid.any()
    assert np.isfinite(features.patches).all()


@pytest.mark.parametrize("shape", [(1, 1, 3), (10, 400, 3), (17, 17, 3)])
def test_an_image_smaller_than_a_patch_has_none(shape):
    features = extractor().extract(np.zeros(shape, np.uint8))
    assert features.patches.shape == (0, 128)


def test_the_fingerprint_changes_with_the_numbers():
    assert extractor().fingerprint != extractor(step_px=4).fingerprint
    assert extractor().fingerprint == extractor().fingerprint
