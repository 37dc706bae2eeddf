"""Stages one to three, the same for a keyframe while a map is built and for a query afterwards."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from vpr_ros.core.aggregate_descriptor import aggregate_vlad
from vpr_ros.core.prepare_image import prepare_image
from vpr_ros.core.records import Array, Features, FloatArray, PatchExtractor
from vpr_ros.core.reduce_descriptor import Projection, reduce_descriptor
from vpr_ros.core.settings import ImageSettings


@dataclass(frozen=True, eq=False)
class ImageDescriber:
    """Turns images into descriptors that can be compared. `projection` is None where PCA is off."""

    image: ImageSettings
    extractor: PatchExtractor
    centres: FloatArray
    projection: Projection | None

    def describe(self, image: Array, clock: StageClock) -> tuple[Features, FloatArray]:
        """RGB uint8 HxWx3 of any size -> its features, and its descriptor [d] of unit length (zeros when blank)."""
        with clock.stage("prepare_image"):
            prepared = prepare_image(image, self.image)
        with clock.stage("features"):
            features = self.extractor.extract(prepared)
        with clock.stage("aggregate_descriptor"):
            whole = aggregate_vlad(features, self.centres)
            descriptor = reduce_descriptor(whole[None], self.projection)[0]
        return features, descriptor


class StageClock:
    """How long each stage took, milliseconds."""

    def __init__(self) -> None:
        self.latency_ms: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time what happens inside under this name."""
        began = time.perf_counter()
        yield
        self.latency_ms[name] = (time.perf_counter() - began) * 1e3


def valid_share(features: Features) -> float:
    """The share of an image's patches that there is something to describe in; 0 for an image without patches."""
    return float(features.valid.mean()) if len(features.valid) else 0.0
