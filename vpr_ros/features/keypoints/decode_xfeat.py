"""What XFeat's three maps say, read as its authors do: peaks of the keypoint map, reliability, descriptors.

A cell is 8x8 pixels. Channel 8 * (y % 8) + x % 8 of the 65 logits stands for pixel (x, y), the last for "none here".
"""

from __future__ import annotations

import cv2
import numpy as np

from vpr_ros.core.records import Array, FloatArray

CELL_PX = 8
THRESHOLD = 0.05
"""Peaks of the keypoint map, a probability, that are lower are none."""
PEAK_PX = 5
"""Of a window of this side only the highest is a peak."""
BICUBIC = -0.75
"""The cubic's parameter of the library that the network was trained with."""


def heat_map(logits: FloatArray) -> FloatArray:
    """[65, h, w] -> the probability of a keypoint at every pixel, [8 h, 8 w]."""
    chances = np.exp(logits - logits.max(axis=0, keepdims=True))
    chances = chances[:-1] / chances.sum(axis=0, keepdims=True)
    rows, columns = chances.shape[1:]
    heat = chances.reshape(CELL_PX, CELL_PX, rows, columns).transpose(2, 0, 3, 1)
    return np.ascontiguousarray(heat.reshape(rows * CELL_PX, columns * CELL_PX), np.float32)


def find_peaks(heat: FloatArray) -> FloatArray:
    """Pixels [N, 2] with x and y, whole numbers, that are hotter than all around them, row by row."""
    around = np.ones((PEAK_PX, PEAK_PX), np.uint8)
    around[PEAK_PX // 2, PEAK_PX // 2] = 0
    y, x = np.nonzero((heat > cv2.dilate(heat, around)) & (heat > THRESHOLD))
    return np.stack([x, y], axis=1).astype(np.float32)


def centre_peaks(heat: FloatArray, pixels: FloatArray) -> FloatArray:
    """Peaks [N, 2] moved to the centre of the heat in their window: a sixth nearer to where they are, in median.

    This the authors do not do.
    """
    reach = PEAK_PX // 2
    padded = np.pad(heat, reach)
    x, y = pixels.astype(np.int64).T + reach
    total, moved = np.zeros(len(pixels)), np.zeros((len(pixels), 2))
    for down in range(-reach, reach + 1):
        for right in range(-reach, reach + 1):
            there = padded[y + down, x + right]
            total += there
            moved += there[:, None] * (right, down)
    return np.asarray(pixels + moved / np.maximum(total, 1e-12)[:, None], np.float32)


def sample_map(dense: Array, pixels: FloatArray, cubic: bool) -> FloatArray:
    """Values [N, C] of a map [C, h, w] of cells at pixels [N, 2]; bilinear, or bicubic; 0 outside of the map.

    The network was trained with pixels normalised by (side - 1) and read as if by side: kept, as it moves what is read.
    """
    rows, columns = dense.shape[1:]
    sides = np.array([columns, rows])
    at = pixels * (sides / (sides * CELL_PX - 1.0)) - 0.5
    corner = np.floor(at).astype(np.int64)
    share = at - corner
    taps = range(-1, 3) if cubic else range(2)
    weigh = _cubic if cubic else _linear
    padded = np.pad(dense, ((0, 0), (3, 3), (3, 3))).transpose(1, 2, 0)
    total = np.zeros((len(pixels), len(dense)), np.float64)
    for down in taps:
        for right in taps:
            weight = weigh(np.abs(share[:, 0] - right)) * weigh(np.abs(share[:, 1] - down))
            total += weight[:, None] * padded[corner[:, 1] + down + 3, corner[:, 0] + right + 3]
    return total.astype(np.float32)


def _linear(distance: Array) -> Array:
    return np.asarray(np.maximum(1 - distance, 0))


def _cubic(distance: Array) -> Array:
    near = ((BICUBIC + 2) * distance - (BICUBIC + 3)) * distance**2 + 1
    far = BICUBIC * (((distance - 5) * distance + 8) * distance - 4)
    return np.asarray(np.where(distance <= 1, near, np.where(distance < 2, far, 0)))
