"""The one EXIF field that matters here: how the camera was held. Read by ourselves, as decoders differ in it."""

from __future__ import annotations

import struct

import numpy as np

from vpr_ros.core.records import Array

UPRIGHT = 1
_ORIENTATION_TAG = 0x0112


def read_orientation(exif: bytes) -> int:
    """EXIF orientation 1..8 of a TIFF structure; 1 where it is absent or makes no sense."""
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(exif[:4])
    if order is None:
        return UPRIGHT
    try:
        (directory,) = struct.unpack_from(f"{order}I", exif, 4)
        (count,) = struct.unpack_from(f"{order}H", exif, directory)
        for index in range(count):
            tag, kind, _, value = struct.unpack_from(f"{order}HHIH", exif, directory + 2 + 12 * index)
            if tag == _ORIENTATION_TAG and kind == 3 and 1 <= value <= 8:
                return int(value)
    except struct.error:
        pass  # a damaged remark about the image is no damage to the image
    return UPRIGHT


def turn_upright(image: Array, orientation: int) -> Array:
    """Undo an EXIF orientation; [H, W, ...] -> [H, W, ...] or [W, H, ...], contiguous."""
    if orientation in (5, 6, 7, 8):  # stored with rows and columns exchanged
        image = np.swapaxes(image, 0, 1)
    if orientation in (2, 3, 6, 7):
        image = image[:, ::-1]
    if orientation in (3, 4, 7, 8):
        image = image[::-1]
    return np.ascontiguousarray(image)
