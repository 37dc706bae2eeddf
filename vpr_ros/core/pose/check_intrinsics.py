"""Can a pose be solved with these intrinsics at all? A wrong calibration makes wrong fixes that look right."""

from __future__ import annotations

import numpy as np

from vpr_ros.core.errors import SettingsError
from vpr_ros.core.lens import project_points, undistort_pixels
from vpr_ros.core.records import Frame, Rejected

NO_INTRINSICS = "no intrinsics"
NO_MOUNTING = "where the camera sits on the robot is not known"
OTHER_SIZE = "the image has another size than its intrinsics"
BAD_DISTORTION = "the distortion cannot be computed with"


def check_intrinsics(frame: Frame) -> Rejected | None:
    """Why no pose can be solved for this frame, None where it can."""
    intrinsics = frame.intrinsics
    if intrinsics is None:
        return Rejected(NO_INTRINSICS)
    matrix = np.asarray(intrinsics.matrix, dtype=np.float64)
    if matrix.shape != (3, 3) or not np.isfinite(matrix).all() or matrix[0, 0] <= 0 or matrix[1, 1] <= 0:
        return Rejected(NO_INTRINSICS)  # all zero is ROS's way to say uncalibrated
    height, width = frame.image.shape[:2]
    if (width, height) != (intrinsics.width, intrinsics.height):
        told = {"width": width, "height": height, "of_width": intrinsics.width, "of_height": intrinsics.height}
        return Rejected(OTHER_SIZE, {name: float(value) for name, value in told.items()})
    if frame.base_from_camera is None or not np.isfinite(frame.base_from_camera).all():
        return Rejected(NO_MOUNTING)
    try:
        # The middle of the image suffices: what is wrong at the rim only makes outliers there.
        middle = undistort_pixels(intrinsics, matrix[:2, 2][None])
        project_points(intrinsics, np.column_stack([middle, np.ones(1)]))
    except SettingsError:
        return Rejected(BAD_DISTORTION, {"coefficients": float(len(intrinsics.distortion))})
    return None
