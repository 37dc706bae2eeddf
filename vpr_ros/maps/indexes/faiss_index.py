"""FAISS proposes, the map's own descriptors decide: every candidate is compared again in full.

So similarities are true cosines whatever an index compresses, and an index only decides which rows are looked at.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import numpy as np

from vpr_ros.core.records import Array, FloatArray
from vpr_ros.core.retrieve_places import (
    ROUNDING,
    ExactIndex,
    Found,
    finite_rows,
    nothing_found,
    rank_rows,
    within_reach,
)
from vpr_ros.maps.indexes.proposers import Flat, Hnsw, IvfPq, PqScan, Proposer

_PROPOSERS: dict[str, Callable[[FloatArray], Proposer]] = {
    "flat": Flat,
    "pq_scan": PqScan,
    "ivf_pq": IvfPq,
    "hnsw": Hnsw,
}


def open_faiss_index(name: str, descriptors: FloatArray) -> FaissIndex:
    """`flat`, `pq_scan`, `ivf_pq` or `hnsw` over [n, d]; the same descriptors make the same index.

    Raises SettingsError where there are too few places to learn from.
    """
    began = time.perf_counter()
    proposer = _PROPOSERS[name](descriptors)
    took_s = time.perf_counter() - began
    return FaissIndex(descriptors, proposer, f"{name} over {len(descriptors):,} places, made in {took_s:.1f} s")


class FaissIndex:
    """A `PlaceIndex`: proposed rows, ranked by the descriptors themselves."""

    def __init__(self, descriptors: FloatArray, proposer: Proposer, about: str) -> None:
        self.about = about
        self.proposer = proposer
        self._descriptors = descriptors
        self._exact = ExactIndex(descriptors)

    def search(self, descriptor: FloatArray, count: int) -> Found:
        return self.search_many(descriptor[None], count)[0]

    def search_many(self, descriptors: FloatArray, count: int) -> Sequence[Found]:
        finite = finite_rows(descriptors)
        wanted = min(count, len(self._descriptors))
        rough, rows = self.proposer.propose(np.where(finite[:, None], descriptors, np.float32(0)), wanted)
        return [
            self._rank(rough[query], rows[query], descriptors[query], wanted) if finite[query] else nothing_found()
            for query in range(len(descriptors))
        ]

    def _rank(self, rough: Array, rows: Array, descriptor: FloatArray, count: int) -> Found:
        rows = rows[rows >= 0]
        if len(rows) < count or not descriptor.any() or self._cuts_through_ties(rough, len(rows), count):
            return self._exact.search(descriptor, count)
        reached = within_reach(self._descriptors[rows] @ descriptor, count)
        return rank_rows(self._descriptors, rows[reached], descriptor, count)

    def _cuts_through_ties(self, rough: Array, proposed: int, count: int) -> bool:
        """Whether rows that were not proposed may be as near as the last that is wanted, where this must not be."""
        if not self.proposer.exact or proposed == len(self._descriptors):
            return False
        return bool(rough[proposed - 1] >= rough[count - 1] - 2 * ROUNDING)
