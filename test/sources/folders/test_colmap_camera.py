"""Our calibration projects where COLMAP's own does, by OpenCV's formulas and half a pixel apart."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from vpr_ros.core.errors import SourceError
from vpr_ros.core.records import Array, Intrinsics
from vpr_ros.sources.folders.colmap_camera import intrinsics_from_colmap
from vpr_ros.sources.folders.colmap_files import ColmapCamera

CAMERAS = {
    "SIMPLE_PINHOLE": ((500, 320, 240), "none"),
    "PINHOLE": ((500, 510, 321, 239), "none"),
    "SIMPLE_RADIAL": ((500, 320, 240, -0.1), "plumb_bob"),
    "RADIAL": ((500, 320, 240, -0.1, 0.03), "plumb_bob"),
    "OPENCV": ((500, 510, 321, 239, -0.1, 0.03, 0.002, -0.001), "plumb_bob"),
    "FULL_OPENCV": ((500, 510, 321, 239, 0.1, 0.03, 0.002, -0.001, 0.02, 0.15, 0.01, 0.005), "rational_polynomial"),
    "OPENCV_FISHEYE": ((300, 310, 321, 239, 0.02, -0.01, 0.003, -0.001), "equidistant"),
}
POINTS = np.array([[x, y, 1.0] for x in (-0.5, 0.0, 0.4) for y in (-0.3, 0.1, 0.35)])


def converted(model: str, params: tuple[float, ...], width: int = 640, height: int = 480) -> Intrinsics:
    return intrinsics_from_colmap(ColmapCamera(7, model, width, height, tuple(map(float, params))), "model")


def projected(intrinsics: Intrinsics) -> Array:
    still = np.zeros(3)
    points = POINTS.reshape(-1, 1, 3)
    coefficients = np.array(intrinsics.distortion)
    if intrinsics.distortion_model == "equidistant":
        return cv2.fisheye.projectPoints(points, still, still, intrinsics.matrix, coefficients)[0].reshape(-1, 2)
    return cv2.projectPoints(points, still, still, intrinsics.matrix, coefficients)[0].reshape(-1, 2)


@pytest.mark.parametrize("model", CAMERAS)
def test_points_land_where_colmap_puts_them(model: str) -> None:
    pycolmap = pytest.importorskip("pycolmap")
    params, expected_model = CAMERAS[model]
    camera = pycolmap.Camera.create_from_model_name(1, model, 500.0, 640, 480)
    camera.params = [float(value) for value in params]
    theirs = np.array([camera.img_from_cam(point) for point in POINTS])
    ours = converted(model, params)
    assert ours.distortion_model == expected_model
    assert projected(ours) == pytest.approx(theirs - 0.5, abs=1e-6)  # their first pixel's centre is at 0.5, 0.5


@pytest.mark.parametrize("model", ["SIMPLE_RADIAL_FISHEYE", "FOV", "EQUIRECTANGULAR", "THIN_PRISM_FISHEYE"])
def test_other_models_are_refused_by_name(model: str) -> None:
    with pytest.raises(SourceError, match=rf"^model: camera 7: camera model {model} is not supported \(SIMPLE_PINHOLE"):
        converted(model, (1, 2, 3, 4))


@pytest.mark.parametrize(
    ("params", "width", "told"),
    [
        ((500, 510, 320), 640, "PINHOLE has 4 finite parameters, not"),
        ((500, 510, 320, 240, 1), 640, "PINHOLE has 4 finite parameters, not"),
        ((500, float("nan"), 320, 240), 640, "PINHOLE has 4 finite parameters, not"),
        ((0, 510, 320, 240), 640, "are no calibration"),
        ((500, 510, 320, 240), 0, "and size 0x480 are no calibration"),
    ],
)
def test_what_is_no_calibration(params: tuple[float, ...], width: int, told: str) -> None:
    with pytest.raises(SourceError, match=told):
        converted("PINHOLE", params, width)
