"""Stage five: which candidate shares most with the query, by patches that vote. Pure numpy; nothing is learned here.

A patch of the query votes for every patch of a candidate whose cosine is above 1 - radius. Plain: a candidate's score
is the sum of these cosines. TF-IDF: each query patch's sum counts by t = max(0, n / P * ln(N / (m + 1e-5))), n patches
of the candidate being like it, of P, and m of the N candidates having any: what is everywhere tells nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from vpr_ros.core.place_embeddings import PlaceEmbeddings, decode_embeddings
from vpr_ros.core.place_table import PlaceTable
from vpr_ros.core.records import Array, Candidates, FloatArray, PatchEmbeddings, PatchVotes
from vpr_ros.core.rerank_settings import RerankSettings
from vpr_ros.core.working_memory import WorkingMemory

CANDIDATES_AT_ONCE = 5
"""So few that their similarities stay in a core's cache while they are counted."""
_MEMORY = WorkingMemory()


@dataclass(frozen=True, eq=False)
class Votes:
    """What k candidates got of each of the query's P cells. hits: float64 [k, P], patches of the candidate that are
    like it; sums: float64 [k, P], of their cosines."""

    hits: Array
    sums: Array


class VoteCounter(Protocol):
    """The seam: numpy here, torch elsewhere."""

    def count(self, query: FloatArray, rows: Sequence[int], threshold: float) -> Votes:
        """Votes of query cells [P, E] for the places in these rows of the map: pairs with a cosine above threshold."""


class NumpyVoteCounter:
    """Reads the places from the map as they are asked for."""

    def __init__(self, places: PlaceEmbeddings) -> None:
        self._codes = places.codes

    def count(self, query: FloatArray, rows: Sequence[int], threshold: float) -> Votes:
        parts = [
            _count(query, decode_embeddings(self._codes[list(rows[start : start + CANDIDATES_AT_ONCE])]), threshold)
            for start in range(0, len(rows), CANDIDATES_AT_ONCE)
        ]
        return Votes(np.concatenate([part.hits for part in parts]), np.concatenate([part.sums for part in parts]))


@dataclass(frozen=True, eq=False)
class Reranked:
    """candidates: the same as before, each with its overlap, in the new order."""

    candidates: Candidates
    _query: PatchEmbeddings
    _places: PlaceEmbeddings
    _threshold: float
    _rows: dict[int, int]
    _weights: dict[int, Array]

    def votes_for(self, place_id: int) -> PatchVotes:
        """Which cells of the query voted for which of a candidate's, by how much each pair brought it.

        Raises KeyError for a place that was no candidate.
        """
        likeness = self._query.vectors @ decode_embeddings(self._places.codes[self._rows[place_id]]).T
        weights = np.where(likeness > self._threshold, likeness * self._weights[place_id][:, None], 0)
        query_cells, place_cells = np.nonzero(weights > 0)
        strengths = weights[query_cells, place_cells].astype(np.float32)
        order = np.argsort(-strengths, kind="stable")
        return PatchVotes(place_id, query_cells[order], place_cells[order], strengths[order], self._places.grid)


def rerank_overlap(
    query: PatchEmbeddings,
    candidates: Candidates,
    places: PlaceEmbeddings,
    counter: VoteCounter,
    table: PlaceTable,
    settings: RerankSettings,
) -> Reranked:
    """The candidates by predicted overlap, best first; equal ones stay as they were."""
    rows = {candidate.place_id: table.row_of(candidate.place_id) for candidate in candidates.ranked}
    threshold = like_above(settings, places.chance)
    votes = counter.count(query.vectors, list(rows.values()), threshold)
    weights = vote_weights(votes, settings.scoring)
    scores = (weights * votes.sums).sum(axis=1)
    order = np.argsort(-scores, kind="stable").tolist()
    ranked = tuple(replace(candidates.ranked[place], overlap=float(scores[place])) for place in order)
    weight_of = dict(zip(rows, weights, strict=True))
    return Reranked(Candidates(ranked), query, places, threshold, rows, weight_of)


def like_above(settings: RerankSettings, chance: float) -> float:
    """The cosine above which patches are neighbours. Never below 0: what is not valid is zeros, and votes for nobody."""
    radius = settings.radius * (1 - chance) if settings.adaptive else settings.radius
    return max(0.0, 1 - radius)


def vote_weights(votes: Votes, scoring: str) -> Array:
    """float64 [k, P]: what a query cell's sum counts for each candidate; all 1 for `plain`, and where TF-IDF leaves
    nothing because every cell is like all candidates or none."""
    candidates, cells = votes.hits.shape
    if scoring == "tfidf":
        shown_by = np.count_nonzero(votes.hits, axis=0)
        weights = np.maximum(0.0, votes.hits / cells * np.log(candidates / (shown_by + 1e-5)))
        if weights.any():
            return np.asarray(weights)
    return np.ones((candidates, cells))


def _count(query: FloatArray, places: FloatArray, threshold: float) -> Votes:
    """[P, E] and [k, Q, E] of unit length -> votes."""
    count, cells = len(places), len(query)
    likeness = _MEMORY.array("likeness", (count, cells, places.shape[1]))
    np.matmul(query, places.transpose(0, 2, 1), out=likeness)
    near = np.greater(likeness, np.float32(threshold), out=_MEMORY.array("near", likeness.shape, np.bool_))
    likeness *= near
    return Votes(near.sum(axis=2, dtype=np.float64), likeness.sum(axis=2).astype(np.float64))
