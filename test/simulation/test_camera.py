from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vpr_ros.core.errors import SettingsError
from vpr_ros.core.lens import project_points, undistort_pixels
from vpr_ros.core.records import Intrinsics
from vpr_ros.simulation.camera import intrinsics_from_fov, pixel_rays

small = st.floats(-0.05, 0.05)
LENSES = st.one_of(
    st.tuples(
        st.just("plumb_bob"),
        st.tuples(st.floats(-0.3, 0.3), small, st.floats(-0.01, 0.01), st.floats(-0.01, 0.01), small),
    ),
    st.tuples(
        st.just("rational_polynomial"), st.tuples(st.floats(-0.2, 0.2), small, small, small, small, small, small, small)
    ),
    st.tuples(st.just("equidistant"), st.tuples(small, small, small, small)),
    st.just(("none", ())),
)


@settings(max_examples=60, deadline=None)
@given(LENSES, st.floats(40, 100))
def test_every_pixel_s_ray_projects_to_that_pixel(lens: tuple[str, tuple[float, ...]], fov: float) -> None:
    camera = intrinsics_from_fov(64, 48, fov, *lens)
    try:
        rays = pixel_rays(camera)
    except SettingsError:
        return  # refused openly; the next test holds what must not be refused
    pixels = project_points(camera, rays.directions.reshape(3, -1).T.astype(np.float64) * 2.5)
    columns, rows = np.meshgrid(np.arange(64), np.arange(48))
    assert np.abs(pixels - np.stack([columns.ravel(), rows.ravel()], axis=1)).max() < 0.02


@pytest.mark.parametrize(
    ("model", "coefficients", "fov"),
    [
        ("plumb_bob", (-0.28, 0.07, 0.0002, 0.00002, 0.0), 85.0),
        ("rational_polynomial", (0.3, -0.1, 0.0, 0.0, 0.01, 0.5, -0.1, 0.02), 75.0),
        ("equidistant", (-0.01, 0.02, -0.01, 0.002), 125.0),
        ("equidistant", (), 130.0),
    ],
)
def test_lenses_of_real_robots_are_not_refused(model: str, coefficients: tuple[float, ...], fov: float) -> None:
    rays = pixel_rays(intrinsics_from_fov(64, 48, fov, model, coefficients))
    assert np.isfinite(rays.directions).all()


def test_straight_lens_matches_the_pinhole_formula() -> None:
    camera = intrinsics_from_fov(101, 51, 90.0)
    points = undistort_pixels(camera, np.array([[50.0, 25.0], [0.0, 25.0], [100.0, 50.0]]))
    np.testing.assert_allclose(points, [[0, 0], [-50 / 50.5, 0], [50 / 50.5, 25 / 50.5]], atol=1e-12)


def test_rectified_image_ignores_its_coefficients() -> None:
    matrix = np.array([[50.0, 0, 31.5], [0, 50.0, 23.5], [0, 0, 1]])
    bent = Intrinsics(matrix, 64, 48, "plumb_bob", (-0.3, 0.1, 0, 0, 0), rectified=True)
    straight = Intrinsics(matrix, 64, 48)
    np.testing.assert_array_equal(pixel_rays(bent).directions, pixel_rays(straight).directions)


def test_distortion_that_folds_the_image_is_refused() -> None:
    with pytest.raises(SettingsError, match="cannot be inverted"):
        pixel_rays(intrinsics_from_fov(64, 48, 100.0, "plumb_bob", (-0.9, 0.0, 0.0, 0.0, 0.0)))


@pytest.mark.parametrize(
    ("model", "coefficients"), [("plumb_bob", (0.1,)), ("equidistant", (0.1,) * 5), ("spline", ())]
)
def test_wrong_lens_is_named(model: str, coefficients: tuple[float, ...]) -> None:
    with pytest.raises(SettingsError, match=model):
        pixel_rays(intrinsics_from_fov(64, 48, 60.0, model, coefficients))


def test_field_of_view_is_that_of_the_image() -> None:
    rays = pixel_rays(intrinsics_from_fov(200, 100, 80.0)).directions
    angle = np.degrees(np.arctan(rays[0, 50, -1]) - np.arctan(rays[0, 50, 0]))
    assert angle == pytest.approx(80.0, abs=0.5)
