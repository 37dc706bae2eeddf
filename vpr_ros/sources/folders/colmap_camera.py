"""COLMAP's cameras as ours. Its pixel centres lie at halves, OpenCV's and ROS's at whole numbers."""

from __future__ import annotations

import numpy as np

from vpr_ros.core.errors import SourceError
from vpr_ros.core.records import Intrinsics
from vpr_ros.sources.folders.colmap_files import ColmapCamera

_PIXEL_CENTRE = 0.5
# For each model: where fx, fy, cx, cy stand in COLMAP's parameters, our distortion model, and where its coefficients
# stand; None is a coefficient that the model does not have.
_MODELS: dict[str, tuple[tuple[int, ...], str, tuple[int | None, ...]]] = {
    "SIMPLE_PINHOLE": ((0, 0, 1, 2), "none", ()),
    "PINHOLE": ((0, 1, 2, 3), "none", ()),
    "SIMPLE_RADIAL": ((0, 0, 1, 2), "plumb_bob", (3, None, None, None, None)),
    "RADIAL": ((0, 0, 1, 2), "plumb_bob", (3, 4, None, None, None)),
    "OPENCV": ((0, 1, 2, 3), "plumb_bob", (4, 5, 6, 7, None)),
    "FULL_OPENCV": ((0, 1, 2, 3), "rational_polynomial", (4, 5, 6, 7, 8, 9, 10, 11)),
    "OPENCV_FISHEYE": ((0, 1, 2, 3), "equidistant", (4, 5, 6, 7)),
}


def intrinsics_from_colmap(camera: ColmapCamera, model_name: str) -> Intrinsics:
    """A COLMAP camera -> Intrinsics. model_name: what errors call the model.

    Raises SourceError for a model of cameras that ROS has no distortion for, and for what is no calibration.
    """
    name = f"{model_name}: camera {camera.camera_id}"
    if camera.model not in _MODELS:
        raise SourceError(
            f"{name}: camera model {camera.model} is not supported ({', '.join(_MODELS)} are); undistort the images "
            "with `colmap image_undistorter` and give the model that it writes"
        )
    matrix_at, distortion_model, distortion_at = _MODELS[camera.model]
    values = np.array(camera.params)
    wanted = 1 + max(index for index in (*matrix_at, *distortion_at) if index is not None)
    if values.shape != (wanted,) or not np.isfinite(values).all():
        raise SourceError(f"{name}: {camera.model} has {wanted} finite parameters, not {values.tolist()}")
    fx, fy, cx, cy = (float(values[index]) for index in matrix_at)
    size = camera.width, camera.height
    if min(fx, fy, *size) <= 0:
        raise SourceError(f"{name}: focal lengths {fx:g}, {fy:g} and size {size[0]}x{size[1]} are no calibration")
    matrix = np.array([[fx, 0.0, cx - _PIXEL_CENTRE], [0.0, fy, cy - _PIXEL_CENTRE], [0.0, 0.0, 1.0]])
    distortion = tuple(0.0 if index is None else float(values[index]) for index in distortion_at)
    return Intrinsics(matrix, *size, distortion_model, distortion)
