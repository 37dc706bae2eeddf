"""sensor_msgs/CameraInfo -> Intrinsics; shared by the bag reader and the live node."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, Protocol

import numpy as np

from vpr_ros.core.records import Array, Intrinsics

# How many coefficients each model has; OpenCV's longer rational models begin with the same eight.
_COEFFICIENTS = {"plumb_bob": (4, 5), "rational_polynomial": (8, 12, 14), "equidistant": (4,)}


WHOLE_SENSOR: dict[str, Any] = {
    "binning_x": 0,
    "binning_y": 0,
    "roi": SimpleNamespace(x_offset=0, y_offset=0, width=0, height=0),
}
"""What a CameraInfo says where images are all that the sensor sees."""


class CameraInfo(Protocol):
    """sensor_msgs/CameraInfo, as far as it is used; ROS libraries spell the matrices k, d and p."""

    width: Any
    height: Any
    distortion_model: Any
    d: Any
    k: Any
    p: Any
    binning_x: Any
    binning_y: Any
    roi: Any


def intrinsics_from_camera_info(info: CameraInfo, *, rectified: bool = False) -> tuple[Intrinsics | None, str]:
    """(intrinsics, "") or (None, why there are none, for people).

    rectified: the images are undistorted already; then K is the left of P (K itself where P is empty). Of a camera that
    sends a region of its sensor, or combines pixels, the message describes the whole sensor, the intrinsics the images.
    """
    k: Array = np.array(info.k, dtype=np.float64).reshape(3, 3)
    if rectified:
        p = np.array(info.p, dtype=np.float64).reshape(3, 4)[:, :3]
        k = p if p[0, 0] > 0 and p[1, 1] > 0 else k
    if not np.isfinite(k).all() or k[0, 0] <= 0 or k[1, 1] <= 0:
        return None, "its K is zero or not a number: the camera is not calibrated"
    if info.width < 1 or info.height < 1:
        return None, "it names no image size"
    k, size = _as_sent(k, info)
    if min(size) < 1:
        return None, f"its region and binning leave an image of {size[0]}x{size[1]}"
    if rectified:
        return Intrinsics(k, *size, rectified=True), ""
    coefficients = tuple(float(value) for value in info.d)
    model = str(info.distortion_model)
    if not coefficients and model in ("", "none", *_COEFFICIENTS):
        return Intrinsics(k, *size), ""
    if len(coefficients) not in _COEFFICIENTS.get(model, ()) or not np.isfinite(coefficients).all():
        known = ", ".join(_COEFFICIENTS)
        return None, f"distortion {model!r} with {len(coefficients)} coefficients is not supported ({known} are)"
    return Intrinsics(k, *size, model, coefficients), ""


def _as_sent(k: Array, info: CameraInfo) -> tuple[Array, tuple[int, int]]:
    """K and size of the images: first the region of interest, then the binning of what it holds."""
    roi, size = info.roi, (int(info.width), int(info.height))
    if roi.width or roi.height:  # all zero means the whole sensor
        k = k - np.array([[0, 0, roi.x_offset], [0, 0, roi.y_offset], [0, 0, 0]])
        size = int(roi.width), int(roi.height)
    across, down = max(int(info.binning_x), 1), max(int(info.binning_y), 1)
    # The middle of a pixel is its whole number: that of the first binned one lies between those that it combines.
    shift = np.array([[0, 0, 0.5], [0, 0, 0.5], [0, 0, 0]])
    k = (k + shift) / np.array([[across], [down], [1]]) - shift
    return k, (size[0] // across, size[1] // down)


def is_rectified_topic(image_topic: str) -> bool:
    """Whether image_proc's naming says that these images are undistorted (`image_rect`, `image_rect_color`)."""
    return any(part.startswith("image_rect") for part in image_topic.split("/")[-2:])


def camera_name(image_topic: str) -> str:
    """/front/image_raw/compressed -> front; /image_raw -> camera."""
    parts = [part for part in image_topic.split("/") if part]
    if parts and parts[-1] in ("compressed", "compressedDepth"):
        parts.pop()
    return "/".join(parts[:-1]) or "camera"


def info_topic_of(image_topic: str) -> str:
    """The CameraInfo topic that ROS drivers publish beside an image topic."""
    base = image_topic.removesuffix("/compressed")
    return f"{base.rpartition('/')[0]}/camera_info"
