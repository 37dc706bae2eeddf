"""Stage five: which candidate shares most with the query, by patches that vote. Pure numpy; nothing is learned here.

A patch of the query votes for every patch of a candidate whose cosine is above 1 - radius. Plain: a candidate's score
is the sum of these cosines. TF-IDF: each query patch's sum counts by t = max(0, n / P * ln(N / (m + 1e-5))), n patches
of the candidate being like it, of P, and m of the N candidates having any: what is everywhere tells nothing. Mutual:
the sum over pairs alone of which neither has a liker one in the other image: a wall of 200 cells that are like each
other is 200 votes then, not 40,000.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol

import numpy as np

from vpr_ros.core.place_embeddings import PlaceEmbeddings, decode_embeddings
from vpr_ros.core.place_table import PlaceTable
from vpr_ros.core.records import Array, Candidates, FloatArray, PatchEmbeddings, PatchVotes
from vpr_ros.core.rerank_settings import RerankSettings
from vpr_ros.core.side_by_side import SideBySide
from vpr_ros.core.working_memory import WorkingMemory

CANDIDATES_AT_ONCE = 5
"""So few that their similarities stay in a core's cache while they are counted."""
TILE = 32
"""Products of so many cells at once: BLAS does them without threads of its own, which on a busy machine wait for each
other many times longer than they work."""
CORES = 2
SHARED_AT_ALL = 0.1
"""Where a smaller share of the query's cells votes for the best candidate, that is hardly evidence: training does not
count on images that share less. Overlap counts for less there, in proportion."""


@dataclass(frozen=True, eq=False)
class Votes:
    """What k candidates got of each of the query's P cells. hits: float64 [k, P], patches of the candidate that are
    like it; sums: float64 [k, P], of their cosines."""

    hits: Array
    sums: Array


class VoteCounter(Protocol):
    """The seam: numpy here, torch elsewhere."""

    def count(self, query: FloatArray, rows: Sequence[int], threshold: float, mutual: bool = False) -> Votes:
        """Votes of query cells [P, E] for the places in these rows of the map: pairs with a cosine above threshold, or
        of each cell its best one alone, where that has no better one either.
        """


class NumpyVoteCounter:
    """Reads the places from the map as they are asked for."""

    def __init__(self, places: PlaceEmbeddings) -> None:
        self._codes = places.codes
        self._memory = WorkingMemory()
        self._side_by_side = SideBySide(most=CORES)

    def count(self, query: FloatArray, rows: Sequence[int], threshold: float, mutual: bool = False) -> Votes:
        hits, sums = (np.zeros((len(rows), len(query))) for _ in range(2))
        parts = [slice(start, start + CANDIDATES_AT_ONCE) for start in range(0, len(rows), CANDIDATES_AT_ONCE)]

        def count_part(part: slice) -> None:
            places = decode_embeddings(self._codes[list(rows[part])])
            hits[part], sums[part] = _count(query, places, np.float32(threshold), mutual, self._memory)

        self._side_by_side.run([partial(count_part, part) for part in parts])
        return Votes(hits, sums)


@dataclass(frozen=True, eq=False)
class Reranked:
    """candidates: the same as before, each with its overlap, in the new order."""

    candidates: Candidates
    _query: PatchEmbeddings
    _places: PlaceEmbeddings
    _threshold: float
    _rows: dict[int, int]
    _weights: dict[int, Array]
    _mutual: bool

    def votes_for(self, place_id: int) -> PatchVotes:
        """Which cells of the query voted for which of a candidate's, by how much each pair brought it.

        Raises KeyError for a place that was no candidate.
        """
        likeness = self._query.vectors @ decode_embeddings(self._places.codes[self._rows[place_id]]).T
        near = likeness > self._threshold
        if self._mutual:
            own = np.arange(likeness.shape[1]) == likeness.argmax(axis=1)[:, None]
            near &= own & (likeness == likeness.max(axis=0))
        weights = np.where(near, likeness * self._weights[place_id][:, None], 0)
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
    """The candidates with their overlap, best first by both likeness and overlap; equal ones stay as they were."""
    rows = {candidate.place_id: table.row_of(candidate.place_id) for candidate in candidates.ranked}
    scores, weights, voters = count_overlap(query, list(rows.values()), places.chance, counter, settings)
    similarities = np.array([candidate.similarity for candidate in candidates.ranked])
    merits = similarities + settings.weight * shares_of_best(scores, voters, len(query.vectors))
    order = np.argsort(-merits, kind="stable").tolist()
    ranked = tuple(replace(candidates.ranked[place], overlap=float(scores[place])) for place in order)
    weight_of = dict(zip(rows, weights, strict=True))
    threshold, mutual = like_above(settings, places.chance), settings.scoring == "mutual"
    return Reranked(Candidates(ranked), query, places, threshold, rows, weight_of, mutual)


def shares_of_best(scores: Array, voters: Array, cells: int) -> Array:
    """[k]: overlap in units of the largest one; less where few of the query's cells stand behind that."""
    if not scores.any():
        return np.zeros(len(scores))
    best = int(scores.argmax())
    return np.asarray(scores / scores[best] * min(1.0, voters[best] / (SHARED_AT_ALL * cells)))


def count_overlap(
    query: PatchEmbeddings, rows: Sequence[int], chance: float, counter: VoteCounter, settings: RerankSettings
) -> tuple[Array, Array, Array]:
    """Of the places in these rows, all candidates together: the overlap [k], what each of the query's cells counts in
    it [k, P], and how many of them have any vote in it [k]."""
    votes = counter.count(query.vectors, rows, like_above(settings, chance), settings.scoring == "mutual")
    weights = vote_weights(votes, settings.scoring)
    return (weights * votes.sums).sum(axis=1), weights, np.count_nonzero(votes.hits, axis=1)


def strongest_votes(votes: PatchVotes) -> PatchVotes:
    """Of each cell of either image its strongest vote alone: enough for a picture, where a wall of like cells casts
    tens of thousands.
    """
    firsts = [np.unique(cells, return_index=True)[1] for cells in (votes.query_cells, votes.place_cells)]
    kept = np.union1d(*firsts)
    return replace(
        votes,
        query_cells=votes.query_cells[kept],
        place_cells=votes.place_cells[kept],
        weights=votes.weights[kept],
    )


def like_above(settings: RerankSettings, chance: float) -> float:
    """The cosine above which patches are neighbours; never below 0: what is not valid is zeros and votes for nobody."""
    radius = settings.radius * (1 - chance) if settings.adaptive else settings.radius
    return max(0.0, 1 - radius)


def vote_weights(votes: Votes, scoring: str) -> Array:
    """float64 [k, P]: what a query cell's sum counts for each candidate; all 1 but for TF-IDF, and where that leaves
    nothing because every cell is like all candidates or none."""
    candidates, cells = votes.hits.shape
    if scoring == "tfidf" and candidates:
        shown_by = np.count_nonzero(votes.hits, axis=0)
        weights = np.maximum(0.0, votes.hits / cells * np.log(candidates / (shown_by + 1e-5)))
        if weights.any():
            return np.asarray(weights)
    return np.ones((candidates, cells))


def _count(
    query: FloatArray, places: FloatArray, threshold: np.float32, mutual: bool, memory: WorkingMemory
) -> tuple[Array, Array]:
    """[P, E] and [k, Q, E] of unit length -> hits and sums [k, P]."""
    ours, theirs = _tiled(query), _tiled(places)
    shape = (len(places), len(ours), theirs.shape[1], ours.shape[1], theirs.shape[2])
    likeness = np.matmul(ours[:, None], np.swapaxes(theirs[:, None], -1, -2), out=memory.array("likeness", shape))
    if mutual:
        best, of_each = (each.reshape(len(places), -1) for each in _best_of_rows(likeness))
        best_of_columns = likeness.max(axis=3).max(axis=1).reshape(len(places), -1)
        hits = (best > threshold) & (best == np.take_along_axis(best_of_columns, of_each, axis=1))
        return hits, best * hits
    near = np.greater(likeness, threshold, out=memory.array("near", likeness.shape, np.bool_))
    likeness *= near
    hits, sums = (each.sum(axis=4, dtype=np.float32).sum(axis=2) for each in (near, likeness))
    return hits.reshape(len(places), -1), sums.reshape(len(places), -1)


def _best_of_rows(likeness: FloatArray) -> tuple[Array, Array]:
    """[k, tiles, other tiles, cells, other cells] -> [k, tiles, cells], the largest and the number of its column."""
    within = likeness.argmax(axis=4)
    tops = np.take_along_axis(likeness, within[..., None], axis=4)[..., 0]
    tile = tops.argmax(axis=2)[:, :, None]
    column = np.take_along_axis(within, tile, axis=2) + tile * likeness.shape[4]
    return np.take_along_axis(tops, tile, axis=2)[:, :, 0], column[:, :, 0]


def _tiled(vectors: FloatArray) -> FloatArray:
    """[..., P, E] -> [..., tiles, cells of one, E]; one tile where they do not divide the cells."""
    *before, cells, length = vectors.shape
    side = TILE if cells % TILE == 0 else cells
    return vectors.reshape(*before, cells // side, side, length)
