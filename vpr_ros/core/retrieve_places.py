"""Stage four: which places look like the query. The index is a seam, the exact one the default."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from vpr_ros.core.place_table import PlaceTable
from vpr_ros.core.records import Array, Candidate, Candidates, FloatArray


class PlaceIndex(Protocol):
    """Finds the nearest of the descriptors it was made from."""

    def search(self, descriptor: FloatArray, count: int) -> tuple[Array, Array]:
        """[d] unit length -> rows and similarities of the `count` nearest, best first, ties by row."""


class ExactIndex:
    """One matrix product and a partition: nothing is approximated, and nothing is prepared."""

    def __init__(self, descriptors: FloatArray) -> None:
        self._descriptors = descriptors

    def search(self, descriptor: FloatArray, count: int) -> tuple[Array, Array]:
        similarities = self._descriptors @ descriptor
        if count < len(similarities):
            weakest = similarities[np.argpartition(similarities, -count)[-count]]
            rows = np.flatnonzero(similarities >= weakest)
        else:
            rows = np.arange(len(similarities))
        order = np.argsort(-similarities[rows], kind="stable")[:count]
        rows = rows[order]
        return rows, similarities[rows]


def retrieve_places(descriptor: FloatArray, index: PlaceIndex, table: PlaceTable, top_k: int) -> Candidates:
    """The `top_k` places most similar to the query's descriptor, or all of a smaller map."""
    rows, similarities = index.search(descriptor, top_k)
    ids = table.place_ids[rows]
    return Candidates(tuple(Candidate(int(i), float(s)) for i, s in zip(ids, similarities, strict=True)))
