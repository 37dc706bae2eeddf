"""Stage three: an image's patches become one descriptor, by the aggregation that the settings name."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from vpr_ros.core.errors import SettingsError
from vpr_ros.core.pool_patches import GeneralisedMean
from vpr_ros.core.records import Array, Features, FloatArray, PatchExtractor
from vpr_ros.core.settings import AggregationSettings
from vpr_ros.core.vlad import HardVlad, SoftVlad

WITH_VOCABULARY = ("vlad", "soft_vlad")


class Aggregator(Protocol):
    """The seam of stage three; `dimension` is the length of what it makes."""

    @property
    def dimension(self) -> int: ...

    def aggregate(self, features: Features) -> FloatArray:
        """Features -> [dimension] of unit length, or zeros when there is nothing to describe."""


class GlobalVector:
    """The vector that the network itself made of the whole image."""

    def __init__(self, dimension: int) -> None:
        self.dimension = dimension

    def aggregate(self, features: Features) -> FloatArray:
        assert features.global_ is not None
        length = max(float(np.linalg.norm(features.global_)), 1e-12)
        return np.asarray(features.global_ / length, dtype=np.float32)


def make_aggregator(
    name: str, settings: AggregationSettings, extractor: PatchExtractor, centres: FloatArray | None
) -> Aggregator:
    """The aggregation of this name for these features. `centres` [K, D] is the vocabulary, None where none is needed.

    Raises SettingsError when the features cannot be aggregated so, or when clusters are named that there are not.
    """
    check_aggregation(name, extractor)
    if name == "global":
        return GlobalVector(extractor.global_dimension)
    if name in ("gem", "gem_signed"):
        return GeneralisedMean(extractor.dimension, settings.gem_power, signed=name == "gem_signed")
    assert centres is not None
    kept = kept_clusters(settings, len(centres))
    if name == "vlad":
        return HardVlad(centres, kept)
    return SoftVlad(centres, kept, settings.temperature, settings.anyloc_compat)


def check_aggregation(name: str, extractor: PatchExtractor) -> None:
    """Raises SettingsError when these features do not yield what the aggregation takes."""
    if name == "global" and not extractor.global_dimension:
        raise SettingsError(
            f"aggregation global: features {extractor.name} make no vector of the whole image; use vlad or gem"
        )
    if name != "global" and not extractor.dimension:
        raise SettingsError(f"aggregation {name}: features {extractor.name} make no patches; use aggregation global")


def kept_clusters(settings: AggregationSettings, clusters: int) -> Array:
    """Numbers of the clusters that descriptors are made of, ascending."""
    named = (*settings.keep_clusters, *settings.drop_clusters)
    if named and max(named) >= clusters:
        raise SettingsError(
            f"aggregation names cluster {max(named)}, the vocabulary has {clusters}, counted from 0: 0..{clusters - 1}"
        )
    wanted = settings.keep_clusters or range(clusters)
    kept = np.setdiff1d(np.fromiter(wanted, np.int64), np.asarray(settings.drop_clusters, np.int64))
    if not len(kept):
        raise SettingsError("aggregation.keep_clusters and aggregation.drop_clusters leave no cluster")
    return kept
