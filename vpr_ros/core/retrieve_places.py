"""Stage four: which places look like the query. The index is a seam, the exact one the default."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from vpr_ros.core.place_table import PlaceTable
from vpr_ros.core.records import Array, Candidate, Candidates, FloatArray

Found = tuple[Array, Array]
"""Rows (int) and their similarities (float64), best first."""

ROUNDING = 5e-6
"""More than any product of float32 vectors of unit length is off by, on whatever machine and in whatever order."""
ROWS_AT_ONCE = 1024
BLOCK = 64
FLOATS_AT_ONCE = 1 << 24


class PlaceIndex(Protocol):
    """Finds the nearest of the descriptors it was made from.

    What is said of a row is the same for every index: its similarity is the cosine in double precision, rows come best
    first, equal ones by row. Exact indexes give the same answer to the bit; approximate ones may overlook a row.
    A query that is not finite is like nothing: no rows.
    """

    about: str
    """What it is and what it cost, for a person."""

    def search(self, descriptor: FloatArray, count: int) -> Found:
        """[d] unit length (or zero) -> the `count` nearest rows, all rows where there are fewer."""

    def search_many(self, descriptors: FloatArray, count: int) -> Sequence[Found]:
        """[m, d] -> what `search` says of each."""


class ExactIndex:
    """One matrix product and a partition: nothing is approximated, and nothing is prepared."""

    about = "exact"

    def __init__(self, descriptors: FloatArray) -> None:
        self._descriptors = descriptors

    def search(self, descriptor: FloatArray, count: int) -> Found:
        if not np.isfinite(descriptor).all():
            return nothing_found()
        return self._best(self._descriptors @ descriptor, descriptor, count)

    def search_many(self, descriptors: FloatArray, count: int) -> Sequence[Found]:
        found: list[Found] = []
        step = max(1, FLOATS_AT_ONCE // len(self._descriptors))
        for start in range(0, len(descriptors), step):
            queries = descriptors[start : start + step]
            finite = finite_rows(queries)
            rough = np.where(finite[:, None], queries, 0) @ self._descriptors.T
            for row, query in enumerate(queries):
                found.append(self._best(rough[row], query, count) if finite[row] else nothing_found())
        return found

    def _best(self, rough: Array, descriptor: FloatArray, count: int) -> Found:
        return rank_rows(self._descriptors, within_reach(rough, count), descriptor, count)


def within_reach(rough: Array, count: int) -> Array:
    """Ascending rows that may be among the `count` best, given similarities that are off by rounding."""
    if count >= len(rough):
        return np.arange(len(rough))
    rows: Array = np.arange(len(rough))
    best_of_blocks = rough[: len(rough) // BLOCK * BLOCK].reshape(-1, BLOCK).max(axis=1)
    if count < len(best_of_blocks):
        # Sorting out what cannot be meant reads the row once, where a partition moves it about.
        rows = np.flatnonzero(rough >= _at_rank(best_of_blocks, count) - 2 * ROUNDING)
    kept: Array = rows[rough[rows] >= _at_rank(rough[rows], count) - 2 * ROUNDING]
    return kept


def _at_rank(values: Array, count: int) -> float:
    """The `count`-th largest."""
    return float(np.partition(values, -count)[-count])


def rank_rows(descriptors: FloatArray, rows: Array, descriptor: FloatArray, count: int) -> Found:
    """The `count` best of these rows by cosines in double precision, best first, equal ones by row.

    A row's cosine depends on nothing but the row and the query: not on its neighbours, threads or the machine's BLAS.
    """
    query = descriptor.astype(np.float64)
    similarities = np.empty(len(rows))
    for start in range(0, len(rows), ROWS_AT_ONCE):
        part = slice(start, start + ROWS_AT_ONCE)
        similarities[part] = (descriptors[rows[part]] * query).sum(axis=1)
    order = np.lexsort((rows, -similarities))[:count]
    return rows[order], similarities[order]


def finite_rows(descriptors: FloatArray) -> Array:
    """[m, d] -> bool [m]."""
    return np.asarray(np.isfinite(descriptors).all(axis=1))


def nothing_found() -> Found:
    """What a query that is not finite gets."""
    return np.empty(0, np.int64), np.empty(0)


def retrieve_places(descriptor: FloatArray, index: PlaceIndex, table: PlaceTable, top_k: int) -> Candidates:
    """The `top_k` places most similar to the query's descriptor, or all of a smaller map."""
    rows, similarities = index.search(descriptor, top_k)
    ids = table.place_ids[rows]
    return Candidates(tuple(Candidate(int(i), float(s)) for i, s in zip(ids, similarities, strict=True)))
