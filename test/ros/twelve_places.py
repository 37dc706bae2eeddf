"""Twelve unmistakable places: what they look like, where they are, which room and floor.

Not a test file.
"""

from __future__ import annotations

import cv2
import numpy as np

from vpr_ros.core.geometry import planar_pose
from vpr_ros.core.records import Array

PLACES = 12
ROOM_OF = ("kitchen",) * 6 + ("study",) * 6
FLOOR_OF = ("ground",) * 6 + ("first",) * 6


def place_image(place: int, noise: int = 0) -> Array:
    """RGB 320x240 of a place; with `noise` as a camera sees it another time."""
    rng = np.random.default_rng(place)
    image = np.full((240, 320, 3), 110.0)
    for size in ((4, 3), (16, 12), (64, 48)):
        coarse = rng.uniform(-60, 60, (size[1], size[0], 3)).astype(np.float32)
        image += cv2.resize(coarse, (320, 240), interpolation=cv2.INTER_CUBIC)
    if noise:
        image = 0.8 * image + np.random.default_rng([place, noise]).normal(0, 4, image.shape)
    return np.clip(image, 0, 255).astype(np.uint8)


def place_pose(place: int) -> Array:
    """Where the place was seen from."""
    return planar_pose(2.0 * place, -1.0, 0.2 * place)
