"""Vocabularies from frames: some patches of some frames wait on disk, then k-means reads them as often as it likes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

import numpy as np

from vpr_ros.core.errors import SourceError
from vpr_ros.core.fit_vocabulary import fit_vocabulary
from vpr_ros.core.prepare_image import prepare_image
from vpr_ros.core.records import Array, Features, FloatArray, Frame, PatchExtractor
from vpr_ros.core.settings import Settings

PATCHES_PER_FRAME = 500
"""A vocabulary learns no more from more patches of one image."""

Item = TypeVar("Item")
ScratchArray = Callable[[str, tuple[int, ...], type], Array]


def learn_vocabularies(
    frames: Iterable[Frame],
    count: int,
    source: str,
    extractors: Sequence[PatchExtractor],
    settings: Settings,
    scratch: ScratchArray,
) -> list[FloatArray]:
    """Centres [K, D] for the patches of each of some extractors, from `count` frames of a source, read once.

    Raises SourceError when there are fewer describable patches than clusters.
    """
    sizes = [(count * PATCHES_PER_FRAME, extractor.dimension) for extractor in extractors]
    spools = [scratch(f"patches_{i}", size, np.float32) for i, size in enumerate(sizes)]
    filled = [0] * len(extractors)
    rng = np.random.default_rng(settings.aggregation.seed)
    for batch in batches_of(frames, settings.features.batch):
        images = [prepare_image(frame.image, settings.image) for frame in batch]
        for i, extractor in enumerate(extractors):
            for features in extractor.extract_batch(images):
                patches = _some_patches(features, rng)
                spools[i][filled[i] : filled[i] + len(patches)] = patches
                filled[i] += len(patches)
    if not all(filled):
        raise SourceError(nothing_to_see(source, count))
    return [_fit(spool[:rows], settings) for spool, rows in zip(spools, filled, strict=True)]


def nothing_to_see(source: str, frames: int) -> str:
    """The sentence about a source of blank frames."""
    return f"{source}: none of {frames} keyframes shows anything that can be described; are they blank?"


def batches_of(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """Lists of `size` items, the last one shorter."""
    batch: list[Item] = []
    for item in items:
        batch.append(item)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def _fit(patches: Array, settings: Settings) -> FloatArray:
    at_once = 64 * PATCHES_PER_FRAME

    def batches() -> Iterator[FloatArray]:
        return (patches[start : start + at_once] for start in range(0, len(patches), at_once))

    return fit_vocabulary(batches, settings.aggregation.clusters, settings.aggregation.seed)


def _some_patches(features: Features, rng: np.random.Generator) -> FloatArray:
    rows = np.flatnonzero(features.valid)
    if len(rows) > PATCHES_PER_FRAME:
        rows = rng.choice(rows, PATCHES_PER_FRAME, replace=False)
    return features.patches[rows]
