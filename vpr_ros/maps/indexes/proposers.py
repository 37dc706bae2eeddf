"""The kinds of FAISS index: what each is made of, and how hard it looks.

The constants were chosen on `benchmarks.drive_descriptors`, in another building than `benchmarks.index_agreement`
judges.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

import numpy as np

from vpr_ros.core.errors import SettingsError
from vpr_ros.core.extra_library import extra_library
from vpr_ros.core.records import Array, FloatArray

faiss: Any = extra_library("faiss", "search")

FLAT_SPARE = 16
"""Proposed beyond what is wanted, so that ties at the end are seen."""

HNSW_LINKS = 16
"""Neighbours that a place is linked to. More serve descriptors that fill more dimensions than drives do."""
HNSW_EFFORT_BUILDING = 80
HNSW_EFFORT = 64
"""Places kept in sight during a search, at least; four times the wanted ones where that is more."""

SCAN_CENTRES, SCAN_BITS = 16, 4
SCAN_MOST_CODES, SCAN_NUMBERS_A_CODE = 256, 2
"""Half a byte for two numbers, and at most 128 bytes: with more codes the 16-bit sums of the scan lose precision."""
SCAN_SAMPLE_A_CENTRE = 1000
SCAN_CANDIDATES, SCAN_CANDIDATES_EACH = 400, 10
"""Compared in full: so many, or so many for each that is wanted."""

POINTS_A_CENTRE = 39
"""FAISS's own minimum: from fewer points a centre is copied rather than learned."""
PQ_CENTRES = 256
MIN_FOR_IVF_PQ = PQ_CENTRES * POINTS_A_CENTRE
PQ_SAMPLE_A_CENTRE = 64
PQ_MOST_BYTES, PQ_NUMBERS_A_BYTE = 64, 8
"""A code takes a byte for 8 numbers of the descriptor, and at most 64 bytes: candidates are compared in full later."""
TRAINING_ROUNDS = 10
"""k-means hardly moves any more after ten; FAISS's 25 take 2.5 times as long."""
LISTS_PER_ROOT = 4
"""nlist = 4 sqrt(n): choosing lists and reading those chosen then cost about the same."""
PROBED_SHARE, PROBED_AT_LEAST = 1 / 64, 16
IVF_CANDIDATES, IVF_CANDIDATES_EACH = 100, 5
"""Compared in full: so many, or so many for each that is wanted. Codes rank only roughly."""
ROWS_AT_ONCE = 65536


class Proposer(Protocol):
    """Rows that may be among the nearest. `exact` says that none of the nearest is missing but by ties at the end."""

    exact: bool
    index: Any

    def propose(self, descriptors: FloatArray, count: int) -> tuple[Array, Array]:
        """[m, d] -> rough similarities and rows [m, c], c >= count where there are as many; -1 fills up rows."""


class Flat:
    """Every place compared, in FAISS's own memory."""

    exact = True

    def __init__(self, descriptors: FloatArray) -> None:
        self.index = faiss.IndexFlatIP(descriptors.shape[1])
        _add(self.index, descriptors, descriptors.shape[1])

    def propose(self, descriptors: FloatArray, count: int) -> tuple[Array, Array]:
        rough, rows = self.index.search(descriptors, min(count + FLAT_SPARE, self.index.ntotal))
        return rough, rows


class PqScan:
    """Every place compared by a short code that a processor's registers look up: nothing depends on a way to it.

    So places that are like nothing else in the map are found too, which graphs and lists are prone to miss.
    """

    exact = False

    def __init__(self, descriptors: FloatArray) -> None:
        count, size = descriptors.shape
        _check_enough("pq_scan", count, SCAN_CENTRES * POINTS_A_CENTRE)
        codes = min(SCAN_MOST_CODES, -(-size // SCAN_NUMBERS_A_CODE))
        self._size = codes * -(-size // codes)
        self.index = faiss.IndexPQFastScan(self._size, codes, SCAN_BITS, faiss.METRIC_INNER_PRODUCT)
        self.index.pq.cp.niter = TRAINING_ROUNDS
        self.index.pq.cp.max_points_per_centroid = SCAN_SAMPLE_A_CENTRE
        with _one_thread():  # its many small k-means take longer in two
            self.index.train(_padded(_spread(descriptors, SCAN_CENTRES * SCAN_SAMPLE_A_CENTRE), self._size))
        _add(self.index, descriptors, self._size)

    def propose(self, descriptors: FloatArray, count: int) -> tuple[Array, Array]:
        wider = min(max(SCAN_CANDIDATES, SCAN_CANDIDATES_EACH * count), self.index.ntotal)
        rough, rows = self.index.search(_padded(descriptors, self._size), wider)
        return rough, rows


class Hnsw:
    """A graph of neighbours; descriptors in it at one byte a number."""

    exact = False

    def __init__(self, descriptors: FloatArray) -> None:
        size = descriptors.shape[1]
        kind = faiss.ScalarQuantizer.QT_8bit
        self.index = faiss.IndexHNSWSQ(size, kind, HNSW_LINKS, faiss.METRIC_INNER_PRODUCT)
        self.index.hnsw.efConstruction = HNSW_EFFORT_BUILDING
        self.index.train(descriptors)
        with _one_thread():  # several would link in the order in which they happen to come
            _add(self.index, descriptors, size)

    def propose(self, descriptors: FloatArray, count: int) -> tuple[Array, Array]:
        wider = min(2 * count, self.index.ntotal)
        effort = faiss.SearchParametersHNSW(efSearch=max(HNSW_EFFORT, 2 * wider))
        rough, rows = self.index.search(descriptors, wider, params=effort)
        return rough, rows


class IvfPq:
    """Places sorted into lists by nearest centre, and in them coded as what differs from it; some lists are read."""

    exact = False

    def __init__(self, descriptors: FloatArray) -> None:
        count, size = descriptors.shape
        _check_enough("ivf_pq", count, MIN_FOR_IVF_PQ)
        code_bytes = min(PQ_MOST_BYTES, -(-size // PQ_NUMBERS_A_BYTE))
        self._size = code_bytes * -(-size // code_bytes)
        lists = max(1, min(int(LISTS_PER_ROOT * count**0.5), count // POINTS_A_CENTRE))
        self._centres = faiss.IndexFlatIP(self._size)  # FAISS keeps no reference of its own
        self.index = faiss.IndexIVFPQ(self._centres, self._size, lists, code_bytes, 8, faiss.METRIC_INNER_PRODUCT)
        for clustering, most in ((self.index.cp, POINTS_A_CENTRE), (self.index.pq.cp, PQ_SAMPLE_A_CENTRE)):
            clustering.niter, clustering.max_points_per_centroid = TRAINING_ROUNDS, most
        self.index.train(_padded(_spread(descriptors, max(lists * POINTS_A_CENTRE, MIN_FOR_IVF_PQ)), self._size))
        _add(self.index, descriptors, self._size)

    def propose(self, descriptors: FloatArray, count: int) -> tuple[Array, Array]:
        probed = min(self.index.nlist, max(PROBED_AT_LEAST, round(self.index.nlist * PROBED_SHARE)))
        wider = min(max(IVF_CANDIDATES, IVF_CANDIDATES_EACH * count), self.index.ntotal)
        parameters = faiss.SearchParametersIVF(nprobe=probed)
        rough, rows = self.index.search(_padded(descriptors, self._size), wider, params=parameters)
        return rough, rows


def _check_enough(name: str, places: int, needed: int) -> None:
    if places < needed:
        raise SettingsError(
            f"retrieval.index={name} learns from at least {needed} places, this map has {places}; take "
            "retrieval.index=exact"
        )


def _spread(descriptors: FloatArray, count: int) -> FloatArray:
    """At most `count` of them, evenly spread over the map."""
    rows = np.unique(np.linspace(0, len(descriptors) - 1, count).round().astype(int))
    return np.asarray(descriptors[rows])


def _add(index: Any, descriptors: FloatArray, size: int) -> None:
    """A part at a time: descriptors are a file on disk that need not fit into memory twice."""
    for start in range(0, len(descriptors), ROWS_AT_ONCE):
        index.add(_padded(descriptors[start : start + ROWS_AT_ONCE], size))


def _padded(descriptors: FloatArray, size: int) -> FloatArray:
    """Zeros behind, which change no cosine: codes cover descriptors in equal parts."""
    more = size - descriptors.shape[1]
    return np.ascontiguousarray(np.pad(descriptors, ((0, 0), (0, more))) if more else descriptors, dtype=np.float32)


@contextmanager
def _one_thread() -> Iterator[None]:
    threads = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(threads)
