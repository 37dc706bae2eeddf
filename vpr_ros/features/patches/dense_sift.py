"""DenseSIFT: RootSIFT on a regular grid at several scales. No weights, no torch, a few milliseconds.

Every scale smooths the image, spreads each gradient over two of eight orientation channels, sums the channels under
a triangular window as wide as a spatial bin, and reads 4x4 bins around each grid point with strided slices: the
descriptor of all points at once, where a keypoint detector's code would visit them one by one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np

from vpr_ros.core.feature_settings import DenseSiftSettings
from vpr_ros.core.records import Array, Features, FloatArray

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
        grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float32) / 255.0
        scales = [_describe_scale(grey, size, self._settings.step_px) for size in self._settings.bin_sizes_px]
        histograms = np.concatenate([histogram for histogram, _ in scales])
        centres_px = np.concatenate([centres for _, centres in scales])
        patches, contrast = _root_normalise(histograms)
        return Features(patches, centres_px, contrast >= self._settings.min_contrast)

    def extract_batch(self, images: Sequence[Array]) -> list[Features]:
        """One after the other: what there is to share is in the caches already."""
        return [self.extract(image) for image in images]


def _describe_scale(grey: FloatArray, bin_px: int, step_px: int) -> tuple[FloatArray, FloatArray]:
    """[N, 128] weighted gradient sums and [N, 2] patch centres of one scale."""
    if bin_px >= OCTAVE_BIN_PX and bin_px % 2 == 0 and step_px % 2 == 0:
        histograms, centres_px = _describe_scale(_halve(grey), bin_px // 2, step_px // 2)
        # Gradients stay those of a whole pixel; the middle of 2x2 pixels lies half a pixel on.
        return np.asarray(histograms / 2, np.float32), np.asarray(2 * centres_px + 0.5, np.float32)
    height, width = grey.shape
    first_px = bin_px // 2 + 1  # centre of the first spatial bin: its window stays inside the image
    rows = _grid_length(height, first_px, bin_px, step_px)
    columns = _grid_length(width, first_px, bin_px, step_px)
    if rows == 0 or columns == 0:
        return np.zeros((0, DIMENSION), np.float32), np.zeros((0, 2), np.float32)
    channels = _orientation_channels(_smooth(grey, bin_px))
    kernel = _triangle(bin_px)
    summed = cv2.sepFilter2D(channels, -1, kernel, kernel, borderType=cv2.BORDER_CONSTANT)
    histograms = np.empty((rows, columns, BINS, BINS, ORIENTATIONS), np.float32)
    weights = _bin_weights()
    for i in range(BINS):
        for j in range(BINS):
            top, left = first_px + i * bin_px, first_px + j * bin_px
            window = summed[top : top + rows * step_px : step_px, left : left + columns * step_px : step_px]
            np.multiply(window, weights[i] * weights[j], out=histograms[:, :, i, j])
    middle = first_px + (BINS - 1) * bin_px / 2
    xs, ys = np.meshgrid(middle + step_px * np.arange(columns), middle + step_px * np.arange(rows))
    centres_px = np.stack([xs, ys], axis=-1).reshape(-1, 2).astype(np.float32)
    return histograms.reshape(-1, DIMENSION), centres_px


def _grid_length(side_px: int, first_px: int, bin_px: int, step_px: int) -> int:
    room = side_px - 2 * first_px - (BINS - 1) * bin_px
    return room // step_px + 1 if room >= 0 else 0


def _halve(grey: FloatArray) -> FloatArray:
    """Means of 2x2 pixels; an odd last row or column is left out, so that pixels stay where they are."""
    rows, columns = grey.shape[0] // 2, grey.shape[1] // 2
    even = grey[: 2 * rows, : 2 * columns]
    return np.asarray(cv2.resize(even, (columns, rows), interpolation=cv2.INTER_AREA)) if even.size else even


def _smooth(grey: FloatArray, bin_px: int) -> FloatArray:
    """To the resolution that the scale can see: a sixth of a bin, less the half pixel that cameras bring."""
    variance = (bin_px / 6) ** 2 - 0.25
    return np.asarray(cv2.GaussianBlur(grey, (0, 0), variance**0.5)) if variance > 0.01 else grey


def _orientation_channels(grey: FloatArray) -> FloatArray:
    """[H, W, 8] gradient magnitude, shared between the two nearest of eight directions."""
    dx = cv2.Sobel(grey, cv2.CV_32F, 1, 0, ksize=1, scale=0.5)
    dy = cv2.Sobel(grey, cv2.CV_32F, 0, 1, ksize=1, scale=0.5)
    magnitude, angle = cv2.cartToPolar(dx, dy)
    position = (angle * np.float32(ORIENTATIONS / (2 * np.pi))).ravel()
    lower = position.astype(np.intp)  # the type that indexes without another copy
    share = position - lower.astype(np.float32)
    magnitude = magnitude.ravel()
    upper_part = magnitude * share
    channels = np.zeros((grey.size, ORIENTATIONS), np.float32)
    base = np.arange(0, channels.size, ORIENTATIONS)
    flat = channels.reshape(-1)
    flat[base + (lower & 7)] = magnitude - upper_part
    flat[base + ((lower + 1) & 7)] = upper_part
    return channels.reshape(*grey.shape, ORIENTATIONS)


def _triangle(bin_px: int) -> FloatArray:
    """Bilinear weight of a pixel for a bin `bin_px` away, summing to one: a histogram entry is a mean gradient."""
    ramp = np.arange(1 - bin_px, bin_px)
    weights = 1 - np.abs(ramp) / bin_px
    return np.asarray(weights / weights.sum(), dtype=np.float32)


def _bin_weights() -> FloatArray:
    """SIFT's Gaussian window over the patch, of two bins, taken at the centres of the bins."""
    offset = np.arange(BINS) - (BINS - 1) / 2
    weights = np.exp(-0.5 * (offset / 2) ** 2)
    return np.asarray(weights / weights.sum(), dtype=np.float32)


def _root_normalise(histograms: FloatArray) -> tuple[FloatArray, FloatArray]:
    """RootSIFT: L1, then the square root, which has unit L2 length. The L1 sum is the patch's mean gradient."""
    contrast = histograms.sum(axis=1)
    patches = histograms / np.maximum(contrast, 1e-12)[:, None]
    return np.sqrt(patches, out=patches), contrast
