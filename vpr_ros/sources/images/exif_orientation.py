"""How the camera was held, as EXIF says."""

from __future__ import annotations

import numpy as np

from vpr_ros.core.records import Array
from vpr_ros.sources.images.exif_tags import SHORT, read_tags

UPRIGHT = 1
_ORIENTATION = 0x0112


def read_orientation(exif: bytes) -> int:
    """EXIF orientation 1..8 of a TIFF structure; 1 where it is absent or makes no sense."""
    tag = read_tags(exif).get(_ORIENTATION)
    if tag is None or tag.kind != SHORT or not 1 <= tag.values[0] <= 8:
        return UPRIGHT
    return int(tag.values[0])


def turn_upright(image: Array, orientation: int) -> Array:
    """Undo an EXIF orientation; [H, W, ...] -> [H, W, ...] or [W, H, ...], contiguous."""
    if orientation in (5, 6, 7, 8):  # stored with rows and columns exchanged
        image = np.swapaxes(image, 0, 1)
    if orientation in (2, 3, 6, 7):
        image = image[:, ::-1]
    if orientation in (3, 4, 7, 8):
        image = image[::-1]
    return np.ascontiguousarray(image)
