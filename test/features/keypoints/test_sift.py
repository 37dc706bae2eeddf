"""SIFT: where its points lie, what a blank or tiny image has, and that they are found again."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from keypoint_pairs import drawn_picture, match_with_warped

from vpr_ros.core.pose_settings import PoseSettings
from vpr_ros.features.keypoints.sift import Sift
from vpr_ros.features.make_keypoints import make_keypoints
from vpr_ros.features.matchers.mutual_ratio import MutualRatio


def blob(x: float, y: float, radius: float, width: int = 200, height: int = 160) -> np.ndarray:
    columns, rows = np.meshgrid(np.arange(width), np.arange(height))
    level = 200 * np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / (2 * radius**2))
    return np.repeat(np.rint(level)[..., None], 3, axis=2).astype(np.uint8)


@pytest.mark.parametrize("radius", [2.0, 4.0, 8.0])
def test_points_lie_where_the_picture_has_them(radius: float):
    """OpenCV's own answer is a quarter of a pixel off, in x and in y."""
    found = Sift(640).extract(blob(100.3, 80.7, radius), 1)
    np.testing.assert_allclose(found.pixels, [[100.3, 80.7]], atol=0.1)


def test_points_of_a_shrunk_image_are_told_in_the_image_as_it_came():
    found = Sift(320).extract(blob(402.4, 301.8, 12.0, 800, 600), 1)
    np.testing.assert_allclose(found.pixels, [[402.4, 301.8]], atol=0.3)
    assert found.size_px == (800, 600)


def test_shapes_and_types():
    found = Sift(640).extract(drawn_picture(), 300)
    assert found.pixels.shape == (300, 2)
    assert found.descriptors.shape == (300, 128)
    assert found.scores.shape == (300,)
    assert (found.pixels.dtype, found.descriptors.dtype, found.scores.dtype) == (np.float32, np.uint8, np.float32)
    lengths = np.linalg.norm(found.descriptors.astype(float) / 512, axis=1)
    np.testing.assert_allclose(lengths, 1, atol=0.08)


def test_the_same_image_has_the_same_points():
    image = drawn_picture()
    one, other = Sift(640).extract(image, 200), Sift(640).extract(image, 200)
    np.testing.assert_array_equal(one.pixels, other.pixels)
    np.testing.assert_array_equal(one.descriptors, other.descriptors)


def test_a_view_of_any_memory_layout():
    image = drawn_picture()
    mirrored = image[:, ::-1]
    one, other = Sift(640).extract(mirrored, 200), Sift(640).extract(np.ascontiguousarray(mirrored), 200)
    np.testing.assert_array_equal(one.pixels, other.pixels)


@pytest.mark.parametrize("size", [(1, 1), (1, 640), (480, 1), (15, 15), (12, 2000), (240, 320)])
def test_a_blank_or_tiny_image_has_none(size: tuple[int, int]):
    found = Sift(640).extract(np.full((*size, 3), 90, np.uint8), 100)
    assert found.pixels.shape == (0, 2)
    assert found.descriptors.shape == (0, 128)
    assert found.descriptors.dtype == np.uint8
    assert found.size_px == (size[1], size[0])


def test_an_image_sees_itself_through_a_homography():
    outcome = match_with_warped(Sift(640), MutualRatio(0.85), drawn_picture(), 500)
    assert outcome.matches > 150
    assert outcome.right > 0.9
    assert outcome.median_px < 0.3


def test_weak_texture_has_points():
    """A tenth of the contrast: a wall at dusk, where OpenCV's own limit leaves next to nothing."""
    faint = (drawn_picture() // 10 + 40).astype(np.uint8)
    assert len(Sift(640).extract(faint, 500).pixels) > 40


def test_one_poster_does_not_take_all():
    rng = np.random.default_rng(0)
    image = drawn_picture()
    image[:100, :100] = cv2.GaussianBlur(rng.integers(0, 255, (100, 100, 3)).astype(np.uint8), (0, 0), 1.0)
    found = Sift(640).extract(image, 300)
    on_poster = (found.pixels < 100).all(axis=1).mean()
    assert on_poster < 0.35


def test_the_fingerprint_is_what_changes_the_numbers():
    extractor, _ = make_keypoints(PoseSettings(long_side_px=320))
    assert extractor.fingerprint == {"name": "sift", "version": 1, "long_side_px": 320, "contrast": 0.01}
