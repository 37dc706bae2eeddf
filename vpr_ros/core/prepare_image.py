"""Stage one: any camera's image becomes the size that features are computed at. The whole view is kept."""

from __future__ import annotations

import cv2
import numpy as np

from vpr_ros.core.errors import ImageError
from vpr_ros.core.records import Array
from vpr_ros.core.settings import ImageSettings


def prepare_image(image: Array, settings: ImageSettings) -> Array:
    """RGB uint8 HxWx3 -> the same with its long side at `long_side_px`. Raises ImageError on anything else."""
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or 0 in image.shape:
        raise ImageError(f"expected RGB uint8 HxWx3, got {image.dtype} {'x'.join(map(str, image.shape))}")
    height, width = image.shape[:2]
    scale = settings.long_side_px / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    if size == (width, height):
        return image
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR))
