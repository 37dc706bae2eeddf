"""A camera's calibration as it stands in a manifest."""

from __future__ import annotations

from typing import Any

import numpy as np

from vpr_ros.core.records import DISTORTION_MODELS, Intrinsics, Matrix4
from vpr_ros.maps.checked_json import Fields
from vpr_ros.maps.place_map import CameraCalibration


def json_of_camera(camera: CameraCalibration) -> dict[str, Any]:
    """The entry of a camera in the manifest."""
    seen = camera.intrinsics
    return {
        "name": camera.name,
        "intrinsics": None
        if seen is None
        else {
            "K": np.asarray(seen.matrix, dtype=np.float64).tolist(),
            "width": int(seen.width),
            "height": int(seen.height),
            "distortion_model": seen.distortion_model,
            "distortion": [float(coefficient) for coefficient in seen.distortion],
            "rectified": bool(seen.rectified),
        },
        "base_from_camera": None
        if camera.base_from_camera is None
        else np.asarray(camera.base_from_camera, dtype=np.float64).tolist(),
    }


def camera_of_json(fields: Fields) -> CameraCalibration:
    """The camera of an entry. Raises ValueError naming the field that is wrong."""
    camera = CameraCalibration(
        name=fields.text("name"),
        intrinsics=None if fields.is_null("intrinsics") else _intrinsics(fields.fields("intrinsics")),
        base_from_camera=None if fields.is_null("base_from_camera") else _pose(fields, "base_from_camera"),
    )
    fields.done()
    return camera


def _intrinsics(fields: Fields) -> Intrinsics:
    matrix = fields.numbers("K", (3, 3))
    if not (matrix[0, 0] > 0 and matrix[1, 1] > 0 and matrix[2].tolist() == [0, 0, 1]):
        raise ValueError(f"field {fields.path('K')} is no camera matrix")
    model = fields.text("distortion_model")
    if model not in DISTORTION_MODELS:
        raise ValueError(f"field {fields.path('distortion_model')} is not one of {', '.join(DISTORTION_MODELS)}")
    seen = Intrinsics(
        matrix=matrix,
        width=fields.whole("width", 1, 2**20),
        height=fields.whole("height", 1, 2**20),
        distortion_model=model,
        distortion=tuple(fields.numbers("distortion", (-1,)).tolist()),
        rectified=bool(fields.take("rectified", bool)),
    )
    fields.done()
    return seen


def _pose(fields: Fields, name: str) -> Matrix4:
    pose = fields.numbers(name, (4, 4))
    if not np.all(rigid(pose)):
        raise ValueError(f"field {fields.path(name)} is no rigid transformation")
    return pose


def rigid(poses: Any) -> Any:
    """[..., 4, 4] -> bool [...]: a rotation (to 1e-3, what poses written with few digits need) and a translation."""
    rotations = poses[..., :3, :3]
    with np.errstate(invalid="ignore", over="ignore"):
        off = np.abs(rotations @ np.swapaxes(rotations, -1, -2) - np.eye(3)).max(axis=(-1, -2))
        proper = (off < 1e-3) & (np.linalg.det(rotations) > 0)
    return proper & np.isfinite(poses).all(axis=(-1, -2)) & (poses[..., 3, :] == [0, 0, 0, 1]).all(axis=-1)
