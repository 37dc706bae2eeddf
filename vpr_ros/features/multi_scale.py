"""Features of several sizes of one image as one set of patches: what is far and what is near, in one descriptor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from vpr_ros.core.prepare_image import prepare_image
from vpr_ros.core.records import Array, Features, FloatArray, PatchExtractor
from vpr_ros.core.settings import ImageSettings


class MultiScale:
    """A `PatchExtractor` around another: its patches at every scale, one scale after the other.

    The whole image's vector is the mean of the scales' vectors, scaled to unit length again.
    """

    def __init__(self, extractor: PatchExtractor, scales: Sequence[float]) -> None:
        self._extractor = extractor
        self._scales = tuple(scales)
        self.name = extractor.name
        self.dimension = extractor.dimension
        self.global_dimension = extractor.global_dimension

    @property
    def fingerprint(self) -> dict[str, Any]:
        return {**self._extractor.fingerprint, "scales": list(self._scales)}

    def extract(self, image: Array) -> Features:
        """RGB uint8 HxWx3, as prepared."""
        return self.extract_batch([image])[0]

    def extract_batch(self, images: Sequence[Array]) -> list[Features]:
        """Scale by scale, so that images of one size stay together."""
        by_scale = [self._at_scale(images, scale) for scale in self._scales]
        return [join_features([features[row] for features in by_scale]) for row in range(len(images))]

    def _at_scale(self, images: Sequence[Array], scale: float) -> list[Features]:
        if scale == 1.0:
            return self._extractor.extract_batch(images)
        resized = [_resize(image, scale) for image in images]
        found = self._extractor.extract_batch(resized)
        return [
            _in_coordinates_of(image, small, features)
            for image, small, features in zip(images, resized, found, strict=True)
        ]


def join_features(parts: Sequence[Features]) -> Features:
    """Features of one image as one record; a grid remains only where there is one part."""
    if len(parts) == 1:
        return parts[0]
    norms = None
    if any(part.norms is not None for part in parts):
        ones = [np.ones(len(part.patches), np.float32) if part.norms is None else part.norms for part in parts]
        norms = np.concatenate(ones)
    return Features(
        patches=np.concatenate([part.patches for part in parts]),
        centres_px=np.concatenate([part.centres_px for part in parts]),
        valid=np.concatenate([part.valid for part in parts]),
        global_=_mean_direction([part.global_ for part in parts if part.global_ is not None]),
        norms=norms,
    )


def _mean_direction(vectors: Sequence[FloatArray]) -> FloatArray | None:
    if not vectors:
        return None
    mean = np.mean(vectors, axis=0, dtype=np.float64)
    return np.asarray(mean / max(float(np.sqrt(np.square(mean).sum())), 1e-12), np.float32)


def _resize(image: Array, scale: float) -> Array:
    return prepare_image(image, ImageSettings(long_side_px=max(1, round(scale * max(image.shape[:2])))))


def _in_coordinates_of(image: Array, resized: Array, features: Features) -> Features:
    """Centres found in the resized image, told in the original; (0, 0) is the middle of a pixel in both."""
    factors = np.array([image.shape[1] / resized.shape[1], image.shape[0] / resized.shape[0]])
    centres_px = ((features.centres_px + 0.5) * factors - 0.5).astype(np.float32)
    return Features(features.patches, centres_px, features.valid, features.grid, features.global_, features.norms)
