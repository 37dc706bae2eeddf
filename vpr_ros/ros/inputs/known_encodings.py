"""Whether a raw image can be decoded at all, by its header alone; beyond our own encodings ROS's cv_bridge is asked.

Knows no rclpy. cv_bridge comes with ROS on robots and is no package of PyPI, so it is imported late and may be absent.
"""

from __future__ import annotations

import importlib
from functools import lru_cache
from typing import Any

import numpy as np

from vpr_ros.core.errors import ImageError
from vpr_ros.core.records import Array
from vpr_ros.sources.images.decode_image import check_size
from vpr_ros.sources.images.image_message import IMAGE_ENCODINGS, RawImage, rgb_from_image


def rgb_of(message: RawImage, name: str, max_megapixels: float) -> Array:
    """RGB uint8 [H, W, 3]. Raises ImageError naming what is supported."""
    if message.encoding in IMAGE_ENCODINGS:
        return rgb_from_image(message, name, max_megapixels)
    check_size(message.width, message.height, name, max_megapixels)
    try:
        bridge = _cv_bridge()
    except ImportError as error:
        raise ImageError(f"{name}: {why_unknown(message.encoding)}") from error
    try:
        converted = np.asarray(bridge.imgmsg_to_cv2(message, "rgb8"))
    except Exception as error:  # whatever cv_bridge, OpenCV or numpy find wrong
        raise ImageError(f"{name}: cv_bridge cannot convert {message.encoding!r} to rgb8: {_line(error)}") from error
    if converted.shape != (message.height, message.width, 3) or converted.dtype != np.uint8:
        raise ImageError(f"{name}: cv_bridge makes {converted.dtype} {converted.shape} of {message.encoding!r}")
    return converted


def why_unknown(encoding: str) -> str | None:
    """For a person; None where images of this encoding can be decoded, by cv_bridge where it is installed."""
    if encoding in IMAGE_ENCODINGS:
        return None
    try:
        _cv_bridge()
    except ImportError:
        known = ", ".join(IMAGE_ENCODINGS)
        return f"encoding {encoding!r} is not supported; install ROS's cv_bridge or publish one of: {known}"
    return None


@lru_cache(maxsize=1)
def _cv_bridge() -> Any:
    """Raises ImportError, and then again at every call: a failure is not kept."""
    return importlib.import_module("cv_bridge").CvBridge()


def _line(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__
