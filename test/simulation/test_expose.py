from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from vpr_ros.simulation.camera import intrinsics_from_fov, pixel_rays
from vpr_ros.simulation.expose import SensorSettings, develop, meter, smear

QUIET = SensorSettings(noise=0.0, read_noise=0.0, vignetting=0.0, lens_blur_px=0.0, white_balance=0.0, adaptation=1.0)
RAYS = pixel_rays(intrinsics_from_fov(64, 48, 70.0))


def _grey(level: float) -> np.ndarray:
    return np.full((48, 64, 3), level, dtype=np.float32)


def test_dark_scene_lengthens_the_shutter_before_it_amplifies() -> None:
    bright, dim, dark = (meter(_grey(level), QUIET) for level in (1.0, 0.15, 0.005))
    assert bright.seconds < dim.seconds <= QUIET.longest_exposure_s
    assert (bright.gain, dim.gain) == (1.0, 1.0)
    assert dark.seconds == QUIET.longest_exposure_s
    assert 1.0 < dark.gain <= QUIET.highest_gain


def test_metered_grey_comes_out_at_the_target() -> None:
    for level in (0.2, 0.6, 0.95):
        image = develop(_grey(level), meter(_grey(level), QUIET), RAYS, QUIET, np.random.default_rng(0))
        assert ((image / 255.0) ** 2).mean() == pytest.approx(QUIET.target, rel=0.02)


def test_noise_grows_with_amplification_and_repeats_with_its_seed() -> None:
    noisy = dataclasses.replace(QUIET, noise=0.02, read_noise=0.002)
    spread = []
    for level in (0.5, 0.01):
        images = [
            develop(_grey(level), meter(_grey(level), noisy), RAYS, noisy, np.random.default_rng(3)) for _ in (0, 1)
        ]
        np.testing.assert_array_equal(*images)
        spread.append((images[0] / 255.0).std() / (images[0] / 255.0).mean())
    assert spread[1] > 2 * spread[0]


def test_still_camera_is_sharp_and_a_turn_blurs_sideways_only() -> None:
    stripes = _grey(0.0)
    stripes[:, ::8] = 1.0
    depth = np.full((48, 64), 2.0, dtype=np.float32)
    assert smear(stripes, depth, RAYS, np.zeros(6), 0.02) is stripes
    turning = np.array([0, 0, 0, 0, 1.5, 0.0])
    assert smear(stripes, depth, RAYS, turning, 0.05).std() < 0.8 * stripes.std()
    rows = np.ascontiguousarray(stripes[:48, :48].transpose(1, 0, 2))
    lying = np.zeros_like(stripes)
    lying[:, :48] = rows
    lying[:, 48:] = rows[:, :16]
    middle = smear(lying, depth, RAYS, turning, 0.05)[16:32, 24:40]
    assert middle.std() > 0.9 * lying[16:32, 24:40].std()


def test_blur_goes_with_nearness() -> None:
    stripes = _grey(0.0)
    stripes[:, ::8] = 1.0
    sideways = np.array([1.0, 0, 0, 0, 0, 0])
    near, far = (
        smear(stripes, np.full((48, 64), depth, dtype=np.float32), RAYS, sideways, 0.02).std() for depth in (0.5, 20.0)
    )
    assert near < 0.8 * far


def test_corners_are_darker_with_vignetting() -> None:
    settings = dataclasses.replace(QUIET, vignetting=0.5)
    image = develop(_grey(0.5), meter(_grey(0.5), settings), RAYS, settings, np.random.default_rng(0))
    assert int(image[0, 0, 0]) < int(image[24, 32, 0]) - 10
