"""The features of a view as training sees it: as it is and under other light, and all of these mirrored."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vpr_ros.core.embed_patches import pool_to_grid
from vpr_ros.core.prepare_image import prepare_image
from vpr_ros.core.records import Array, FloatArray, PatchExtractor
from vpr_ros.core.settings import ImageSettings
from vpr_ros.training.augment import augment_light, mirror


@dataclass(frozen=True, eq=False)
class ViewVersions:
    """pooled: float16 [V, P, D]; version 0 is the image as it is, 1 its mirror image, then each light and its mirror
    image. valid: bool [V, P]. size_px: width and height of the prepared image."""

    pooled: npt.NDArray[np.float16]
    valid: npt.NDArray[np.bool_]
    size_px: tuple[int, int]


@dataclass(frozen=True, eq=False)
class VersionMaker:
    """Describes images as a map's are. lights: how many versions under other light. directions: float32 [D, R], what
    long patches are reduced by; None keeps them."""

    image: ImageSettings
    extractor: PatchExtractor
    lights: int
    directions: FloatArray | None = None

    @property
    def dimension(self) -> int:
        """Numbers of a cell."""
        return self.extractor.dimension if self.directions is None else int(self.directions.shape[1])

    @property
    def versions(self) -> int:
        return 2 * (1 + self.lights)

    def describe(self, image: Array, seed: Sequence[int]) -> ViewVersions:
        """All versions of an RGB uint8 image; the same seed gives the same ones."""
        prepared = prepare_image(image, self.image)
        rng = np.random.default_rng(list(seed))
        lit = [prepared, *(augment_light(prepared, rng) for _ in range(self.lights))]
        described = self.extractor.extract_batch([each for one in lit for each in (one, mirror(one))])
        size_px = prepared.shape[1], prepared.shape[0]
        cells = [pool_to_grid(features, size_px) for features in described]
        pooled = np.stack([each if self.directions is None else each @ self.directions for each, _ in cells])
        return ViewVersions(pooled.astype(np.float16), np.stack([valid for _, valid in cells]), size_px)


def principal_directions(maker: VersionMaker, images: Iterable[Array], most: int) -> FloatArray:
    """float32 [D, most]: orthonormal, those along which the cells of some images are longest, from the origin: what
    cosines are made of."""
    moments = np.zeros((maker.extractor.dimension,) * 2)
    for image in images:
        prepared = prepare_image(image, maker.image)
        (features,) = maker.extractor.extract_batch([prepared])
        pooled, _ = pool_to_grid(features, (prepared.shape[1], prepared.shape[0]))
        moments += pooled.T.astype(np.float64) @ pooled
    _, vectors = np.linalg.eigh(moments)
    return np.ascontiguousarray(vectors[:, ::-1][:, :most], dtype=np.float32)
