"""Stages one to three, the same for a keyframe while a map is built and for a query afterwards."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

from vpr_ros.core.aggregate_descriptor import Aggregator
from vpr_ros.core.embed_patches import PatchEmbedder
from vpr_ros.core.errors import SettingsError
from vpr_ros.core.prepare_image import prepare_image
from vpr_ros.core.records import Array, Features, FloatArray, PatchEmbeddings, PatchExtractor
from vpr_ros.core.reduce_descriptor import Projection, reduce_descriptor
from vpr_ros.core.settings import ImageSettings

SMALLEST_SIDE_PX = 14
"""The smallest patch of any features. What has fewer pixels than a patch shows nothing, however much it is enlarged."""


@dataclass(frozen=True, eq=False)
class Member:
    """One descriptor of an image: from which features, and how they are aggregated."""

    extractor: PatchExtractor
    aggregator: Aggregator


@dataclass(frozen=True, eq=False)
class Description:
    """share: how much of the image can be described. descriptor: [d] of unit length, or zeros for a blank image.
    embeddings: of its patches, None where nobody wants them.
    """

    share: float
    descriptor: FloatArray
    embeddings: PatchEmbeddings | None = None


class ImageDescriber:
    """Turns images into descriptors that can be compared. `projection` is None where PCA is off.

    Several members make one descriptor: joined end to end, or (`average`) their mean. With an `embedder` the patches of
    the first member that has any are embedded too. Raises SettingsError when descriptors of different lengths shall be
    averaged.
    """

    def __init__(
        self,
        image: ImageSettings,
        members: Sequence[Member],
        average: bool,
        projection: Projection | None,
        embedder: PatchEmbedder | None = None,
    ) -> None:
        lengths = [member.aggregator.dimension for member in members]
        if average and len(set(lengths)) > 1:
            told = ", ".join(map(str, lengths))
            raise SettingsError(f"ensemble.combine=average wants descriptors of one length, these have {told}")
        self._image = image
        self._members = tuple(members)
        self._average = average
        self._projection = projection
        self._embedder = embedder
        self._embedded = embedded_member([member.extractor for member in members])
        self.dimension = lengths[0] if average else sum(lengths)

    def describe(self, image: Array, clock: StageClock) -> Description:
        """RGB uint8 HxWx3 of any size, its descriptor [d] after the projection."""
        with clock.stage("prepare_image"):
            prepared = prepare_image(image, self._image)
        with clock.stage("features"):
            (features,) = self._extract([prepared])
        with clock.stage("aggregate_descriptor"):
            descriptor = reduce_descriptor(self._aggregate(features)[None], self._projection)[0]
        embeddings = None
        if self._embedder is not None:
            with clock.stage("embed_patches"):
                embeddings = self._embed(prepared, features)
        return Description(describable_share(image, features), descriptor, embeddings)

    def describe_batch(self, images: Sequence[Array]) -> list[Description]:
        """The same for several images at once, each [dimension]: before the projection, which a map is still to fit."""
        prepared = [prepare_image(image, self._image) for image in images]
        return [
            Description(describable_share(image, features), self._aggregate(features), self._embed(small, features))
            for image, small, features in zip(images, prepared, self._extract(prepared), strict=True)
        ]

    def _embed(self, prepared: Array, features: Sequence[Features]) -> PatchEmbeddings | None:
        if self._embedder is None or self._embedded is None:
            return None
        height, width = prepared.shape[:2]
        return self._embedder.embed(features[self._embedded], (width, height))

    def _extract(self, prepared: Sequence[Array]) -> list[tuple[Features, ...]]:
        """For each image the features of each member; members that share an extractor share them."""
        extractors = {id(member.extractor): member.extractor for member in self._members}
        by_extractor = {key: extractor.extract_batch(prepared) for key, extractor in extractors.items()}
        return [tuple(by_extractor[id(member.extractor)][i] for member in self._members) for i in range(len(prepared))]

    def _aggregate(self, features: Sequence[Features]) -> FloatArray:
        parts = [member.aggregator.aggregate(each) for member, each in zip(self._members, features, strict=True)]
        if len(parts) == 1:
            return parts[0]
        whole = np.mean(parts, axis=0) if self._average else np.concatenate(parts)
        return np.asarray(whole / max(float(np.sqrt(np.square(whole).sum())), 1e-12), dtype=np.float32)


def embedded_member(extractors: Sequence[PatchExtractor]) -> int | None:
    """Which of a descriptor's members patch embeddings are made of: the first with patches, None where none has."""
    return next((place for place, extractor in enumerate(extractors) if extractor.dimension), None)


class StageClock:
    """How long each stage took, milliseconds."""

    def __init__(self) -> None:
        self.latency_ms: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time what happens inside under this name, on top of what the stage took before."""
        began = time.perf_counter()
        yield
        self.latency_ms[name] = self.latency_ms.get(name, 0.0) + (time.perf_counter() - began) * 1e3


def describable_share(image: Array, features: Sequence[Features]) -> float:
    """The share of an image that there is something to describe in, by the member that sees least.

    image: as it came, for what is enlarged from less than a patch is no view of anything.
    """
    if min(image.shape[:2]) < SMALLEST_SIDE_PX:
        return 0.0
    return min(_valid_share(each) for each in features)


def _valid_share(features: Features) -> float:
    if len(features.valid):
        return float(features.valid.mean())
    return float(features.global_ is not None and bool(np.any(features.global_)))
