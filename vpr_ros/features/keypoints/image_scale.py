"""Images made small enough to look for keypoints in, and the points brought back into the image as it came."""

from __future__ import annotations

import cv2
import numpy as np

from vpr_ros.core.records import Array, FloatArray, Keypoints

SMALLEST_SIDE_PX = 16
"""In smaller images there is nothing that could be found again."""
LEAST_CONTRAST = 4
"""Levels between the brightest and the darkest value; less is a blank wall, whatever a network sees in it."""


def is_blank(image: Array) -> bool:
    """Whether an image [H, W] or [H, W, 3] is too small or too even for keypoints."""
    return min(image.shape[:2]) < SMALLEST_SIDE_PX or int(image.max()) - int(image.min()) < LEAST_CONTRAST


def shrink(image: Array, long_side_px: int) -> Array:
    """The same view with at most this long side: [H, W] or [H, W, 3] uint8. Smaller images stay as they are."""
    height, width = image.shape[:2]
    share = long_side_px / max(height, width, 1)
    if share >= 1:
        return image
    size = (max(1, round(width * share)), max(1, round(height * share)))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA))


def as_given(pixels: Array, seen_px: tuple[int, int], given_px: tuple[int, int]) -> FloatArray:
    """Points [N, 2] of an image of size `seen_px` -> the same in one of size `given_px`; (0, 0) mid first pixel."""
    if seen_px == given_px:
        return np.asarray(pixels, np.float32)
    factor = np.asarray(given_px, np.float64) / np.asarray(seen_px, np.float64)
    return ((np.asarray(pixels, np.float64) + 0.5) * factor - 0.5).astype(np.float32)


def no_keypoints(size_px: tuple[int, int], dimension: int, kind: type[np.generic] = np.float32) -> Keypoints:
    """What a blank image has."""
    nothing = np.zeros((0, 2), np.float32)
    return Keypoints(nothing, np.zeros((0, dimension), kind), np.zeros(0, np.float32), size_px)
