"""SIFT by OpenCV with the square root of its descriptors (RootSIFT), as bytes: no weights, any image."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from vpr_ros.core.records import Array, FloatArray, Keypoints
from vpr_ros.features.keypoints.image_scale import as_given, is_blank, no_keypoints, shrink
from vpr_ros.features.keypoints.spread_best import spread_best

CONTRAST = 0.01
"""A quarter of OpenCV's own: walls, tables and dusk have little, and ranking drops what is too weak anyway."""
UPSCALING_SHIFT_PX = 0.25
"""OpenCV looks in the doubled image first, and forgets that pixel 0's middle lies at 0.5 there: all points are moved by
this. (`enable_precise_upscale` mends it where there is one, OpenCV 4.8 and later: not used, for maps go from one
machine to another.)"""
DESCRIBED = 2
"""So many times more points are described than are kept: less than a second scale space for the chosen ones costs."""
DIMENSION = 128
BYTE = 512.0
"""Square roots of SIFT's histograms hardly exceed a half: as bytes they are cut off there."""


class Sift:
    """A `KeypointExtractor`: descriptors uint8 [N, 128], nearly unit length once divided by 512."""

    name = "sift"

    def __init__(self, long_side_px: int) -> None:
        self._long_side_px = long_side_px

    @property
    def fingerprint(self) -> dict[str, Any]:
        return {"name": self.name, "version": 1, "long_side_px": self._long_side_px, "contrast": CONTRAST}

    def extract(self, image: Array, most: int) -> Keypoints:
        """The points of highest contrast, spread over the image; of one with two orientations both."""
        given_px = (image.shape[1], image.shape[0])
        grey = shrink(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), self._long_side_px)
        seen_px = (grey.shape[1], grey.shape[0])
        found, histograms = ((), None) if is_blank(grey) else _detect(grey, DESCRIBED * most)
        if histograms is None:
            return no_keypoints(given_px, DIMENSION, np.uint8)
        pixels = np.array([point.pt for point in found], np.float32) - np.float32(UPSCALING_SHIFT_PX)
        scores = np.array([point.response for point in found], np.float32)
        chosen = spread_best(pixels, scores, seen_px, most)
        descriptors = _as_bytes(histograms[chosen])
        return Keypoints(as_given(pixels[chosen], seen_px, given_px), descriptors, scores[chosen], given_px)


def _detect(grey: Array, most: int) -> tuple[Any, Any]:
    """OpenCV's keypoints, those of the highest contrast, and their histograms; None where there are none."""
    opencv: Any = cv2  # whose own type hints forget SIFT
    sift = opencv.SIFT_create(nfeatures=most, contrastThreshold=CONTRAST)
    found, histograms = sift.detectAndCompute(grey, None)
    return found, histograms


def _as_bytes(histograms: FloatArray) -> Array:
    """SIFT's [N, 128], not negative -> square roots of the rows summing to 1, times 512, uint8."""
    roots = np.sqrt(histograms / np.maximum(histograms.sum(axis=1, keepdims=True), 1e-9))
    return np.asarray(np.minimum(np.rint(roots * BYTE), 255), np.uint8)
