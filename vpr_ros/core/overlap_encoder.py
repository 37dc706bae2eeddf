"""What makes patches comparable by how much of the world they share: a linear map of the patch, plus where it lies.

Trained elsewhere (`vpr train overlap`); here it only runs, in numpy. Where a patch lies is the same for every image of
one shape, so that the positional part is computed once for each shape.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import erf, sqrt
from typing import Any

import numpy as np

from vpr_ros.core.records import Array, FloatArray

GRID = (16, 16)
"""Cells that the patches of an image are pooled to, rows and columns, whatever its shape and features."""


@dataclass(frozen=True, eq=False)
class OverlapEncoder:
    """patch_weight [D, E], patch_bias [E]; position_in_weight [2, H], position_in_bias [H], norm_scale [H],
    norm_shift [H], position_out_weight [H, E], position_out_bias [E]: all float32.

    fingerprint: of the extractor whose patches it was trained on.
    """

    patch_weight: FloatArray
    patch_bias: FloatArray
    position_in_weight: FloatArray
    position_in_bias: FloatArray
    norm_scale: FloatArray
    norm_shift: FloatArray
    position_out_weight: FloatArray
    position_out_bias: FloatArray
    fingerprint: Mapping[str, Any]

    @property
    def dimension(self) -> int:
        """E, the length of an embedding."""
        return int(self.patch_weight.shape[1])

    def encode(self, pooled: FloatArray, size_px: tuple[int, int]) -> FloatArray:
        """[P, D] cells of `GRID`, row by row, of an image so wide and high -> [P, E], each row of unit length."""
        vectors = pooled @ self.patch_weight + self.patch_bias + _positions(self, size_px)
        return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12), dtype=np.float32)

    def positions(self, size_px: tuple[int, int]) -> FloatArray:
        """[P, E]: what where a cell lies adds to it."""
        hidden = normalised_centres(size_px) @ self.position_in_weight + self.position_in_bias
        hidden = hidden - hidden.mean(axis=1, keepdims=True)
        hidden = hidden / np.sqrt(np.square(hidden).mean(axis=1, keepdims=True) + LAYER_NORM_EPSILON)
        hidden = _gelu(hidden * self.norm_scale + self.norm_shift)
        return np.asarray(hidden @ self.position_out_weight + self.position_out_bias, dtype=np.float32)


LAYER_NORM_EPSILON = 1e-5


@lru_cache(maxsize=16)
def _positions(encoder: OverlapEncoder, size_px: tuple[int, int]) -> FloatArray:
    """Kept: a robot's images are all of one shape."""
    return encoder.positions(size_px)


def normalised_centres(size_px: tuple[int, int]) -> FloatArray:
    """float32 [P, 2]: x, y of the cells' middles from the image's middle, in units of half its longer side."""
    size = np.array(size_px, dtype=np.float64)
    rows, columns = GRID
    down, right = np.meshgrid((np.arange(rows) + 0.5) / rows, (np.arange(columns) + 0.5) / columns, indexing="ij")
    centres = np.stack([right.ravel(), down.ravel()], axis=1) * size
    return np.asarray((centres - size / 2) / (size.max() / 2), dtype=np.float32)


def _gelu(values: Array) -> Array:
    """The exact form, x times the normal distribution up to x."""
    return np.asarray(values * 0.5 * (1 + np.vectorize(erf)(values / sqrt(2))))
