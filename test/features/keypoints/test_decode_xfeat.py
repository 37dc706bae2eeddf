"""What XFeat's maps say, held against kornia's reading of them."""

from __future__ import annotations

import numpy as np
import pytest

from vpr_ros.features.keypoints.decode_xfeat import centre_peaks, find_peaks, heat_map, sample_map

ROWS, COLUMNS = 6, 8


def random_logits(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 3, (65, ROWS, COLUMNS)).astype(np.float32)


def test_the_channel_of_a_pixel():
    logits = np.zeros((65, ROWS, COLUMNS), np.float32)
    logits[8 * 3 + 5, 2, 4] = 20
    heat = heat_map(logits)
    assert heat.shape == (48, 64)
    assert np.unravel_index(heat.argmax(), heat.shape) == (2 * 8 + 3, 4 * 8 + 5)
    assert find_peaks(heat).tolist() == [[37, 19]]


def test_peaks_and_samples_are_kornias():
    torch = pytest.importorskip("torch")
    xfeat = pytest.importorskip("kornia.feature.xfeat")
    logits = random_logits()
    theirs = xfeat.XFeat._get_kpts_heatmap(torch.from_numpy(logits)[None])
    heat = heat_map(logits)
    np.testing.assert_allclose(heat, theirs[0, 0].numpy(), atol=1e-6)
    inside = [[x, y] for x, y in find_peaks(heat).tolist() if 2 <= x < 62 and 2 <= y < 46]  # kornia leaves out the rim
    assert sorted(inside) == sorted(xfeat.XFeat._nms(theirs, threshold=0.05)[0].tolist())
    pixels = find_peaks(heat)
    dense = np.random.default_rng(1).normal(size=(7, ROWS, COLUMNS)).astype(np.float32)
    for cubic, mode in ((True, "bicubic"), (False, "bilinear")):
        expected = xfeat.InterpolateSparse2d(mode)(
            torch.from_numpy(dense)[None], torch.from_numpy(pixels)[None], H=ROWS * 8, W=COLUMNS * 8
        )
        np.testing.assert_allclose(sample_map(dense, pixels, cubic), expected[0].numpy(), atol=1e-4)


def test_a_peak_between_pixels():
    columns, rows = np.meshgrid(np.arange(64), np.arange(48))
    heat = np.exp(-((columns - 20.3) ** 2 + (rows - 30.6) ** 2) / 2).astype(np.float32)
    pixels = find_peaks(heat)
    assert pixels.tolist() == [[20, 31]]
    np.testing.assert_allclose(centre_peaks(heat, pixels), [[20.3, 30.6]], atol=0.1)


def test_nothing_to_see():
    assert find_peaks(np.zeros((48, 64), np.float32)).shape == (0, 2)
    assert sample_map(np.ones((3, ROWS, COLUMNS)), np.zeros((0, 2), np.float32), cubic=True).shape == (0, 3)
