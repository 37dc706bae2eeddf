"""Recall among more descriptors than a map ever holds: exact, chunk by chunk, database and queries left on the disk.

Nothing is indexed and nothing approximated: a block of queries is multiplied with a block of the database, and only
what beats a query's K-th best so far is looked at again. Memory is one block's similarities and what the queries found.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vpr_ros.core.errors import UsageError
from vpr_ros.core.records import Array, FloatArray
from vpr_ros.evaluation.metrics.recall import RECALLS, found_within

DATABASE_BLOCK, QUERY_BLOCK = 16_384, 1024
"""Of similarities, 64 MB at once."""


@dataclass(frozen=True, eq=False)
class Nearest:
    """[queries, count]: rows of the database and their similarities, best first, equal ones by row."""

    rows: npt.NDArray[np.int64]
    similarities: FloatArray


def nearest_rows(database: FloatArray, queries: FloatArray, count: int) -> Nearest:
    """The `count` most similar of [n, d] for each of [m, d], by inner product; both may be memory-mapped.

    Raises UsageError where they do not fit each other or there are not so many.
    """
    if database.ndim != 2 or queries.ndim != 2 or database.shape[1] != queries.shape[1]:
        raise UsageError(f"descriptors of shape {database.shape} and {queries.shape} cannot be compared")
    if not 1 <= count <= len(database):
        raise UsageError(f"{count} nearest of {len(database)} descriptors were asked for")
    rows = np.empty((len(queries), count), dtype=np.int64)
    similarities = np.empty((len(queries), count), dtype=np.float32)
    for start in range(0, len(queries), QUERY_BLOCK):
        block = np.ascontiguousarray(queries[start : start + QUERY_BLOCK], dtype=np.float32)
        stop = start + len(block)
        rows[start:stop], similarities[start:stop] = _search(database, block, count)
    return Nearest(rows, similarities)


def recall_at(
    found: Nearest,
    places: Array,
    asked_from: Array,
    distance_m: float,
    counts: Sequence[int] = RECALLS,
) -> tuple[Mapping[int, float], Mapping[int, float]]:
    """(recall over the queries that have a positive, over all): positives lie within `distance_m` in the plane.

    places [n, 2] and asked_from [m, 2]: metres, such as UTM. The first is empty where no query has a positive.
    """
    away_m = np.linalg.norm(places[found.rows] - asked_from[:, None], axis=2)
    right = away_m <= distance_m
    ranks = np.where(right.any(axis=1), right.argmax(axis=1) + 1, 0)
    told = [count for count in counts if count <= found.rows.shape[1]]
    possible = any_within(places, asked_from, distance_m)
    hits = {count: found_within(ranks, count) for count in told}
    among = {count: float(hit[possible].mean()) for count, hit in hits.items()} if possible.any() else {}
    return among, {count: float(hit.mean()) for count, hit in hits.items()}


def any_within(places: Array, asked_from: Array, distance_m: float) -> npt.NDArray[np.bool_]:
    """[m]: whether any of [n, 2] lies within `distance_m` of each of [m, 2]. A grid of that width: nine cells each."""
    cells, order, starts, sizes = _grid(places, distance_m)
    place_of = {(int(x), int(y)): number for number, (x, y) in enumerate(cells)}
    near = np.zeros(len(asked_from), dtype=bool)
    for query, (x, y) in enumerate(np.floor(asked_from / distance_m).astype(np.int64)):
        around = [(int(x) + dx, int(y) + dy) for dx in (-1, 0, 1) for dy in (-1, 0, 1)]
        numbers = [place_of[cell] for cell in around if cell in place_of]
        rows = [order[starts[number] : starts[number] + sizes[number]] for number in numbers]
        if rows:
            away_m = np.linalg.norm(places[np.concatenate(rows)] - asked_from[query], axis=1)
            near[query] = bool((away_m <= distance_m).any())
    return near


def _search(database: FloatArray, queries: FloatArray, count: int) -> tuple[Array, Array]:
    rows: Array = np.full((len(queries), count), -1, dtype=np.int64)
    best: Array = np.full((len(queries), count), -np.inf, dtype=np.float32)
    for start in range(0, len(database), DATABASE_BLOCK):
        block = np.asarray(database[start : start + DATABASE_BLOCK], dtype=np.float32)
        similarities = queries @ block.T
        if start == 0 and len(block) > count:
            # The first block would be all news: cut it to each query's best before it is merged.
            cut = np.partition(similarities, len(block) - count, axis=1)[:, len(block) - count]
            news = similarities >= cut[:, None]
        else:
            news = similarities > best[:, -1:]
        asked, places = np.nonzero(news)
        rows, best = _merge(rows, best, asked, places + start, similarities[asked, places])
    return rows, best


def _merge(rows: Array, best: Array, asked: Array, new_rows: Array, new: Array) -> tuple[Array, Array]:
    """What was found and what came, the `count` best of each query."""
    queries, count = rows.shape
    whose = np.concatenate([np.repeat(np.arange(queries), count), asked])
    all_rows, all_similarities = np.concatenate([rows.ravel(), new_rows]), np.concatenate([best.ravel(), new])
    order = np.lexsort((all_rows, -all_similarities, whose))
    first = np.searchsorted(whose[order], np.arange(queries))
    kept = order[first[:, None] + np.arange(count)]
    return all_rows[kept], all_similarities[kept]


def _grid(places: Array, width: float) -> tuple[Array, Array, Array, Array]:
    """(cells that hold a place, rows sorted by cell, where each cell's rows start, how many they are)."""
    cells, which, sizes = np.unique(
        np.floor(places / width).astype(np.int64), axis=0, return_inverse=True, return_counts=True
    )
    return cells, np.argsort(which.ravel(), kind="stable"), np.cumsum(sizes) - sizes, sizes
