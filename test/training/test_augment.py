from __future__ import annotations

import numpy as np

from vpr_ros.training.augment import augment_light, channel_gains, mirror


def picture() -> np.ndarray:
    rows = np.linspace(20, 235, 60 * 80).reshape(60, 80)
    return np.repeat(rows[..., None], 3, axis=2).round().astype(np.uint8)


def test_light_changes_and_the_view_does_not():
    shown = [augment_light(picture(), np.random.default_rng(seed)) for seed in range(20)]
    means = [image.mean() for image in shown]
    assert min(means) < 50  # a dusk
    assert max(means) > 110  # a day
    for image in shown:
        assert (image.dtype, image.shape) == (np.uint8, (60, 80, 3))
        assert np.corrcoef(image.mean(axis=2).ravel(), picture()[..., 0].ravel())[0, 1] > 0.75


def test_the_same_seed_gives_the_same_light():
    one, other = (augment_light(picture(), np.random.default_rng(5)) for _ in range(2))
    np.testing.assert_array_equal(one, other)


def test_warm_light_is_redder():
    red, green, blue = channel_gains(0.2)
    assert red > green > blue


def test_left_becomes_right():
    np.testing.assert_array_equal(mirror(picture())[:, 0], picture()[:, -1])
    np.testing.assert_array_equal(mirror(mirror(picture())), picture())
