"""A picture, the same picture seen through a homography, and how many of the matches between them are right."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from vpr_ros.core.records import Array, KeypointExtractor, KeypointMatcher

HOMOGRAPHY = np.array([[1.02, 0.05, 4.0], [-0.06, 0.97, 12.0], [1e-5, -2e-5, 1.0]])


def warped(image: Array) -> Array:
    """The same view through HOMOGRAPHY, of the same size."""
    size = (image.shape[1], image.shape[0])
    return np.asarray(cv2.warpPerspective(image, HOMOGRAPHY, size, borderMode=cv2.BORDER_REFLECT))


def drawn_picture(width: int = 320, height: int = 240, seed: int = 0) -> Array:
    """Rectangles and discs of all sizes, softened as a lens would: RGB uint8."""
    rng = np.random.default_rng(seed)
    image = np.full((height, width, 3), 120, np.uint8)
    for _ in range(120):
        colour = tuple(int(level) for level in rng.integers(0, 255, 3))
        x, y, side = (int(rng.integers(most)) for most in (width, height, 50))
        if rng.random() < 0.5:
            cv2.rectangle(image, (x, y), (x + side, y + side // 2 + 4), colour, -1)
        else:
            cv2.circle(image, (x, y), side // 3 + 3, colour, -1)
    return np.asarray(cv2.GaussianBlur(image, (0, 0), 0.8))


@dataclass(frozen=True)
class Outcome:
    """matches: how many. right: the share of them that lies within 3 px of the truth. median_px: their error."""

    matches: int
    right: float
    median_px: float


def match_with_warped(extractor: KeypointExtractor, matcher: KeypointMatcher, image: Array, most: int) -> Outcome:
    """Keypoints of the image and of the warped one, matched."""
    here, there = extractor.extract(image, most), extractor.extract(warped(image), most)
    pairs = matcher.match(here, there)
    assert len(np.unique(pairs[:, 0])) == len(np.unique(pairs[:, 1])) == len(pairs)
    moved = np.c_[here.pixels[pairs[:, 0]], np.ones(len(pairs))] @ HOMOGRAPHY.T
    error = np.linalg.norm(there.pixels[pairs[:, 1]] - moved[:, :2] / moved[:, 2:], axis=1)
    right = error < 3
    return Outcome(len(pairs), float(right.mean()), float(np.median(error[right])))
