from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from vpr_ros.core.feature_settings import FeatureSettings
from vpr_ros.core.prepare_image import prepare_image
from vpr_ros.core.records import Array, Features
from vpr_ros.core.settings import ImageSettings
from vpr_ros.features.make_extractor import make_extractor
from vpr_ros.features.multi_scale import MultiScale


class Bright:
    """One patch: where the brightest pixel is; the global vector points along the image's size."""

    name = "bright"
    dimension = 1
    global_dimension = 2
    fingerprint = {"name": "bright"}  # noqa: RUF012

    def __init__(self, norms: bool = True) -> None:
        self.norms = norms
        self.batches: list[list[tuple[int, ...]]] = []

    def extract(self, image: Array) -> Features:
        y, x = np.unravel_index(image.sum(axis=2).argmax(), image.shape[:2])
        whole = np.array(image.shape[:2], np.float32)
        return Features(
            patches=np.ones((1, 1), np.float32),
            centres_px=np.array([[x, y]], np.float32),
            valid=np.array([bool(image.any())]),
            grid=(1, 1),
            global_=whole / np.linalg.norm(whole),
            norms=np.array([image.max()], np.float32) if self.norms else None,
        )

    def extract_batch(self, images) -> list[Features]:
        self.batches.append([image.shape for image in images])
        return [self.extract(image) for image in images]


def spot(height: int, width: int, x: int, y: int) -> Array:
    image = np.zeros((height, width, 3), np.uint8)
    image[y - 3 : y + 4, x - 3 : x + 4] = 200
    return image


def test_rows_of_all_scales_stand_one_after_the_other():
    features = MultiScale(Bright(), (1.0, 0.5, 2.0)).extract(spot(120, 160, 100, 40))
    assert features.patches.shape == (3, 1)
    assert features.valid.tolist() == [True, True, True]
    assert features.grid is None
    assert features.norms.shape == (3,)


@pytest.mark.parametrize("scale", [1.0, 0.5, 0.707, 2.0])
def test_centres_are_told_in_the_image_that_was_given(scale):
    features = MultiScale(Bright(), (scale,)).extract(spot(120, 160, 100, 40))
    # The first of the equally bright pixels is the spot's upper left corner; a resized edge blurs by a pixel.
    np.testing.assert_allclose(features.centres_px[0], [97, 37], atol=1.5 / min(scale, 1))


def test_scaling_by_half_puts_the_middle_where_it_was():
    image = np.zeros((100, 100, 3), np.uint8)
    image[50:52, 20:22] = 255
    features = MultiScale(Bright(), (0.5,)).extract(image)
    np.testing.assert_allclose(features.centres_px[0], [20.5, 50.5])


def test_one_scale_keeps_its_grid():
    assert MultiScale(Bright(), (0.5,)).extract(spot(120, 160, 50, 50)).grid == (1, 1)


def test_the_whole_image_is_the_mean_direction_of_its_scales():
    images = [spot(120, 160, 50, 50), spot(160, 120, 50, 50)]
    for image in images:
        found = MultiScale(Bright(), (1.0, 0.3)).extract(image).global_
        small = prepare_image(image, ImageSettings(long_side_px=48))
        mean = Bright().extract(image).global_ + Bright().extract(small).global_
        np.testing.assert_allclose(found, mean / np.linalg.norm(mean), atol=1e-6)
        assert found.dtype == np.float32


def test_lengths_that_nobody_gave_are_not_made_up():
    assert MultiScale(Bright(norms=False), (1.0, 0.5)).extract(spot(120, 160, 50, 50)).norms is None


def test_images_of_a_batch_stay_together_at_every_scale():
    inner = Bright()
    images = [spot(120, 160, 50 + i, 50) for i in range(3)]
    batched = MultiScale(inner, (1.0, 0.5)).extract_batch(images)
    assert inner.batches == [[(120, 160, 3)] * 3, [(60, 80, 3)] * 3]
    for image, features in zip(images, batched, strict=True):
        alone = MultiScale(Bright(), (1.0, 0.5)).extract(image)
        np.testing.assert_array_equal(features.centres_px, alone.centres_px)


def test_it_is_what_settings_with_scales_make():
    settings = FeatureSettings(name="dense_sift", scales=(1.0, 0.5))
    extractor = make_extractor("dense_sift", settings)
    single = make_extractor("dense_sift", dataclasses.replace(settings, scales=(1.0,)))
    image = np.random.default_rng(0).integers(0, 256, (240, 320, 3), dtype=np.uint8)
    half = prepare_image(image, ImageSettings(long_side_px=160))
    both = extractor.extract(image)
    assert len(both.patches) == len(single.extract(image).patches) + len(single.extract(half).patches)
    assert extractor.fingerprint == {**single.fingerprint, "scales": [1.0, 0.5]}
    assert (extractor.dimension, extractor.global_dimension, extractor.name) == (128, 0, "dense_sift")
