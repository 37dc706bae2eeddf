"""An index by its name. FAISS is imported only when one of its indexes is asked for."""

from __future__ import annotations

import dataclasses
from importlib.util import find_spec

from vpr_ros.core.records import FloatArray
from vpr_ros.core.retrieve_places import ExactIndex, PlaceIndex
from vpr_ros.core.settings import Settings

EXACT_UP_TO = 100_000
"""Places. Up to here looking at every one takes less than describing an image does, and needs no preparation."""

WORTH_PREPARING = 500
"""Queries. Making the index takes about as long as comparing so many with every place, in a map of any size."""


def choose_index(name: str, places: int) -> str:
    """What `auto` means for a map of so many places on this machine; any other name is itself."""
    if name != "auto":
        return name
    return "pq_scan" if places > EXACT_UP_TO and find_spec("faiss") else "exact"


def index_for(settings: Settings, queries: int) -> Settings:
    """Settings for a known number of queries: where they are few, `auto` makes no index that they would wait for."""
    if settings.retrieval.index != "auto" or queries >= WORTH_PREPARING:
        return settings
    return dataclasses.replace(settings, retrieval=dataclasses.replace(settings.retrieval, index="exact"))


def make_index(name: str, descriptors: FloatArray) -> PlaceIndex:
    """The index of this name over [n, d] descriptors of unit length (or zero), which it keeps for its answers.

    Raises WeightsError where FAISS is missing, SettingsError where the index would have to learn from more places.
    """
    if name == "exact":
        return ExactIndex(descriptors)
    from vpr_ros.maps.indexes.faiss_index import open_faiss_index

    return open_faiss_index(name, descriptors)
