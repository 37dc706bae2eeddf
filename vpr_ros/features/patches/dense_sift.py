"""DenseSIFT: RootSIFT on a regular grid at several scales. No weights, no torch, a few milliseconds.

Every scale smooths the image, spreads each gradient over two of eight orientation channels, sums the channels under
a triangular window as wide as a spatial bin, and reads 4x4 bins around each grid point with strided slices: the
descriptor of all points at once, where a keypoint detector's code would visit them one by one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

import cv2
import numpy as np

from vpr_ros.core.feature_settings import DenseSiftSettings
from vpr_ros.core.records import Array, Features, FloatArray
from vpr_ros.core.side_by_side import SideBySide
from vpr_ros.core.working_memory import WorkingMemory

ORIENTATIONS = 8
BINS = 4
DIMENSION = BINS * BINS * ORIENTATIONS
OCTAVE_BIN_PX = 12
"""Scales with bins of this size see nothing that half the resolution does not show, at a quarter of the work."""


class DenseSift:
    """A `PatchExtractor`. Patches are ordered by scale, then row, then column."""

    name = "dense_sift"
    dimension = DIMENSION
    global_dimension = 0

    def __init__(self, settings: DenseSiftSettings) -> None:
        self._settings = settings
        self._memory = WorkingMemory()
        self._side_by_side = SideBySide(most=len(settings.bin_sizes_px))

    @property
    def fingerprint(self) -> dict[str, Any]:
        settings = self._settings
        return {
            "name": self.name,
            "version": 1,
            "step_px": settings.step_px,
            "bin_sizes_px": list(settings.bin_sizes_px),
            "min_contrast": settings.min_contrast,
        }

    def extract(self, image: Array) -> Features:
        """RGB uint8 HxWx3, as prepared. An image smaller than one patch yields no patches."""
        grey = np.multiply(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), np.float32(1 / 255), dtype=np.float32)
        grids = [_grid(*grey.shape, size, self._settings.step_px) for size in self._settings.bin_sizes_px]
        ends = np.cumsum([len(grid.centres_px) for grid in grids])
        histograms = np.empty((ends[-1], DIMENSION), np.float32)
        contrast = np.empty(ends[-1], np.float32)
        parts = zip(grids, np.split(histograms, ends[:-1]), np.split(contrast, ends[:-1]), strict=True)
        self._side_by_side.run([partial(_describe_scale, grey, *part, self._memory) for part in parts])
        centres_px = np.concatenate([grid.centres_px for grid in grids])
        return Features(histograms, centres_px, contrast >= self._settings.min_contrast)

    def extract_batch(self, images: Sequence[Array]) -> list[Features]:
        """One after the other: what there is to share is in the caches already."""
        return [self.extract(image) for image in images]


@dataclass(frozen=True, eq=False)
class _Grid:
    """Where one scale's patches lie in an image of one size.

    halved: the scale is computed at half the resolution, where its bins measure `bin_px`. cells: intp [N * 16], the
    pixels that the spatial bins of patch after patch are read at, row by row.
    """

    halved: bool
    bin_px: int
    cells: Array
    centres_px: FloatArray


@lru_cache(maxsize=32)
def _grid(height: int, width: int, bin_px: int, step_px: int) -> _Grid:
    if bin_px >= OCTAVE_BIN_PX and bin_px % 2 == 0 and step_px % 2 == 0:
        half = _grid(height // 2, width // 2, bin_px // 2, step_px // 2)
        # The middle of 2x2 pixels lies half a pixel on.
        return _Grid(True, half.bin_px, half.cells, np.asarray(2 * half.centres_px + 0.5, np.float32))
    first_px = bin_px // 2 + 1  # centre of the first spatial bin: its window stays inside the image
    rows = first_px + step_px * np.arange(_grid_length(height, first_px, bin_px, step_px))
    columns = first_px + step_px * np.arange(_grid_length(width, first_px, bin_px, step_px))
    bins = bin_px * np.arange(BINS)
    down = (rows[:, None] + bins)[:, None, :, None]
    right = (columns[:, None] + bins)[None, :, None, :]
    to_middle = (BINS - 1) * bin_px / 2
    xs, ys = np.meshgrid(columns + to_middle, rows + to_middle)
    centres_px = np.stack([xs, ys], axis=-1).reshape(-1, 2).astype(np.float32)
    return _Grid(False, bin_px, (down * width + right).ravel(), centres_px)


def _grid_length(side_px: int, first_px: int, bin_px: int, step_px: int) -> int:
    room = side_px - 2 * first_px - (BINS - 1) * bin_px
    return room // step_px + 1 if room >= 0 else 0


def _describe_scale(
    grey: FloatArray, grid: _Grid, histograms: FloatArray, contrast: FloatArray, memory: WorkingMemory
) -> None:
    """Fill the [N, 128] patches of one scale, and their [N] contrast."""
    if not len(histograms):
        return
    channels = _orientation_channels(_smooth(_halve(grey) if grid.halved else grey, grid.bin_px), memory)
    kernel = _triangle(grid.bin_px)
    summed = memory.array("summed", channels.shape)
    cv2.sepFilter2D(channels, -1, kernel, kernel, dst=summed, borderType=cv2.BORDER_CONSTANT)
    cells = histograms.reshape(-1, ORIENTATIONS)
    np.take(summed.reshape(-1, ORIENTATIONS), grid.cells, axis=0, out=cells, mode="clip")
    # Gradients stay those of a whole pixel.
    histograms *= _bin_weights() / np.float32(2 if grid.halved else 1)
    _root_normalise(histograms, contrast)


def _halve(grey: FloatArray) -> FloatArray:
    """Means of 2x2 pixels; an odd last row or column is left out, so that pixels stay where they are."""
    rows, columns = grey.shape[0] // 2, grey.shape[1] // 2
    even = grey[: 2 * rows, : 2 * columns]
    return np.asarray(cv2.resize(even, (columns, rows), interpolation=cv2.INTER_AREA)) if even.size else even


def _smooth(grey: FloatArray, bin_px: int) -> FloatArray:
    """To the resolution that the scale can see: a sixth of a bin, less the half pixel that cameras bring."""
    variance = (bin_px / 6) ** 2 - 0.25
    return np.asarray(cv2.GaussianBlur(grey, (0, 0), variance**0.5)) if variance > 0.01 else grey


def _orientation_channels(grey: FloatArray, memory: WorkingMemory) -> FloatArray:
    """[H, W, 8] gradient magnitude, shared between the two nearest of eight directions."""
    dx, dy, magnitude, position, share = (memory.array(f"gradient {i}", grey.shape) for i in range(5))
    cv2.Sobel(grey, cv2.CV_32F, 1, 0, dst=dx, ksize=1, scale=0.5)
    cv2.Sobel(grey, cv2.CV_32F, 0, 1, dst=dy, ksize=1, scale=0.5)
    cv2.cartToPolar(dx, dy, magnitude, position)
    position *= np.float32(ORIENTATIONS / (2 * np.pi))
    lower, entry = memory.array("lower", (grey.size,), np.intp), memory.array("entry", (grey.size,), np.intp)
    lower[:] = position.ravel()  # the type that indexes without another copy
    np.subtract(position, np.floor(position, out=share), out=share)
    upper_part = np.multiply(magnitude, share, out=share)
    magnitude -= upper_part
    channels = memory.array("channels", (*grey.shape, ORIENTATIONS))
    channels.fill(0)
    flat = channels.reshape(-1)
    first = _first_entries(grey.size)
    flat[np.add(first, np.bitwise_and(lower, 7, out=entry), out=entry)] = magnitude.ravel()
    lower += 1
    flat[np.add(first, np.bitwise_and(lower, 7, out=entry), out=entry)] = upper_part.ravel()
    return channels


@lru_cache(maxsize=8)
def _first_entries(pixels: int) -> Array:
    return np.arange(0, pixels * ORIENTATIONS, ORIENTATIONS)


@lru_cache(maxsize=32)
def _triangle(bin_px: int) -> FloatArray:
    """Bilinear weight of a pixel for a bin `bin_px` away, summing to one: a histogram entry is a mean gradient."""
    ramp = np.arange(1 - bin_px, bin_px)
    weights = 1 - np.abs(ramp) / bin_px
    return np.asarray(weights / weights.sum(), dtype=np.float32)


@lru_cache(maxsize=1)
def _bin_weights() -> FloatArray:
    """[128]: SIFT's Gaussian window over the patch, of two bins, taken at the centres of the bins."""
    offset = np.arange(BINS) - (BINS - 1) / 2
    weights = np.exp(-0.5 * (offset / 2) ** 2)
    weights /= weights.sum()
    return np.repeat(np.outer(weights, weights).ravel(), ORIENTATIONS).astype(np.float32)


def _root_normalise(histograms: FloatArray, contrast: FloatArray) -> None:
    """RootSIFT in place: L1, then the square root, which has unit L2 length. The L1 sums are mean gradients."""
    np.sum(histograms, axis=1, out=contrast)
    histograms /= np.maximum(contrast, 1e-12)[:, None]
    np.sqrt(histograms, out=histograms)
