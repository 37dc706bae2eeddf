"""Every way of ordering candidates on one task, and what each is worth: rows of the table."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from benchmarks.overlap_describe import Asked, Described, numbered_places, place_embeddings
from benchmarks.overlap_figures import Difference, mean_spearman, paired_difference
from benchmarks.overlap_task import SHARED, TURNED_DEG, overlaps
from benchmarks.rerank_by_sift import SiftVerifier
from vpr_ros.core.embed_patches import GRID
from vpr_ros.core.place_embeddings import PlaceEmbeddings
from vpr_ros.core.records import Array, Candidate, Candidates, PatchEmbeddings
from vpr_ros.core.rerank_overlap import NumpyVoteCounter, rerank_overlap
from vpr_ros.core.rerank_settings import SCORINGS, RerankSettings
from vpr_ros.core.spread import spread
from vpr_ros.training.judge_overlap import roc_area

PAIRED_PLACES = 200
"""Keyframes of a flat, spread over its map, that every query is compared with for the figures over all pairs."""
ALONE = 1000.0
"""A `rerank.weight` at which similarity decides between equal overlaps only."""
FLOAT_CODES = 1000.0


@dataclass(frozen=True)
class Way:
    """Patches embedded by `embedder`, voting under these settings; int8 as a map keeps them, or float32."""

    name: str
    embedder: str
    settings: RerankSettings
    int8: bool = True


@dataclass(frozen=True, eq=False)
class Row:
    """What an order is worth. area_pairs: AUC of overlap > 0.25 over all pairs; area_lists, rho: over shortlists; NaN
    where a figure was not taken. gain, over_sift: of R@1 against retrieval alone and against SIFT."""

    name: str
    area_pairs: float
    area_lists: float
    rho: float
    recall_1: float
    recall_5: float
    gain: Difference
    over_sift: Difference
    milliseconds: float


@dataclass(frozen=True, eq=False)
class _Order:
    """scores: [q, k] of the candidates as retrieved; right: [q, k] whether each is right, in the new order."""

    scores: Array
    right: Array
    milliseconds: float


class Contest:
    """The ways on one task. Queries without any right place are left out of R@1 and R@5, for every way alike."""

    def __init__(self, asked: Asked, verifier: SiftVerifier) -> None:
        self._asked = asked
        self._ids = np.array([[each.place_id for each in shortlist.ranked] for shortlist in asked.shortlists])
        right = (asked.overlap > SHARED) & (asked.turned_deg < TURNED_DEG)
        self._right = np.take_along_axis(right, self._ids, axis=1)
        self._overlap = np.take_along_axis(asked.overlap, self._ids, axis=1)
        self._counted = right.any(axis=1)
        self._sequences = np.array(asked.task.sequences)[self._counted].tolist()
        similarities = np.array([[each.similarity for each in shortlist.ranked] for shortlist in asked.shortlists])
        self._retrieved = _Order(similarities, self._right, 0.0)
        self._sift = self._verified(verifier)
        self._pairs = _pairs(asked)

    @property
    def counted(self) -> int:
        """Queries that have a right place."""
        return int(self._counted.sum())

    def rows(self, ways: Sequence[Way]) -> Iterator[Row]:
        """Retrieval alone, spatial verification, then the ways."""
        yield self._row("retrieval alone", self._retrieved, self._area_of_descriptors())
        yield self._row("SIFT + RANSAC", self._sift, float("nan"))
        for way in ways:
            yield self._row(way.name, self._reranked(way), self._area_of_pairs(way))

    def _row(self, name: str, order: _Order, area_pairs: float) -> Row:
        return Row(
            name,
            area_pairs,
            roc_area(order.scores.ravel(), self._overlap.ravel() > SHARED),
            mean_spearman(order.scores, self._overlap),
            float(self._hits(order, 1).mean()),
            float(self._hits(order, 5).mean()),
            paired_difference(self._hits(order, 1), self._hits(self._retrieved, 1), self._sequences),
            paired_difference(self._hits(order, 1), self._hits(self._sift, 1), self._sequences),
            order.milliseconds,
        )

    def _hits(self, order: _Order, count: int) -> Array:
        return np.asarray(order.right[self._counted, :count].any(axis=1))

    def _verified(self, verifier: SiftVerifier) -> _Order:
        found = verifier.verify(self._asked.shortlists)
        inliers = np.stack(found.inliers)
        right = np.take_along_axis(self._right, np.argsort(-inliers, axis=1, kind="stable"), axis=1)
        return _Order(inliers, right, float(np.median(found.milliseconds)))

    def _reranked(self, way: Way) -> _Order:
        asked = self._asked
        places = _kept(asked.places.embeddings[way.embedder], way.int8)
        counter = NumpyVoteCounter(places)
        scores, right, milliseconds = np.zeros(self._ids.shape), np.zeros(self._ids.shape, bool), []
        for row, (query, shortlist) in enumerate(
            zip(asked.queries.embeddings[way.embedder], asked.shortlists, strict=True)
        ):
            began = time.perf_counter()
            found = rerank_overlap(query, shortlist, places, counter, asked.table, way.settings).candidates
            milliseconds.append((time.perf_counter() - began) * 1e3)
            overlap_of = {each.place_id: each.overlap for each in found.ranked}
            right_of = dict(zip(self._ids[row].tolist(), self._right[row].tolist(), strict=True))
            scores[row] = [overlap_of[place_id] for place_id in self._ids[row].tolist()]
            right[row] = [right_of[each.place_id] for each in found.ranked]
        return _Order(scores, right, float(np.median(milliseconds)))

    def _area_of_pairs(self, way: Way) -> float:
        """Each query against the places of its pairs, all of them being its candidates."""
        everyone = _joined(self._asked, way.embedder)
        places = _kept([everyone[place] for place in self._pairs.places], way.int8)
        counter, table = NumpyVoteCounter(places), numbered_places(len(places.codes))
        everything = Candidates(tuple(Candidate(place, 0.0) for place in range(len(places.codes))))
        scores = np.zeros(self._pairs.shared.shape)
        for row, query in enumerate(self._pairs.queries):
            found = rerank_overlap(everyone[query], everything, places, counter, table, way.settings).candidates
            for candidate in found.ranked:
                scores[row, candidate.place_id] = candidate.overlap
        return self._area(scores)

    def _area_of_descriptors(self) -> float:
        descriptors = np.concatenate([each.descriptors for each in _two(self._asked)])
        return self._area(descriptors[self._pairs.queries] @ descriptors[self._pairs.places].T)

    def _area(self, scores: Array) -> float:
        known = ~np.isnan(self._pairs.shared)
        return roc_area(scores[known], self._pairs.shared[known] > SHARED)


@dataclass(frozen=True, eq=False)
class _Pairs:
    """queries, places: numbers among the task's queries and then its keyframes. shared: [queries, places] by depth, NaN
    for a frame and itself."""

    queries: Sequence[int]
    places: Sequence[int]
    shared: Array


def _pairs(asked: Asked) -> _Pairs:
    """Where map and queries are of one drive all frames against all others, else queries against some places."""
    count = len(asked.queries.descriptors)
    if asked.task.drive is not asked.task.visit:
        some = spread(list(range(len(asked.places.descriptors))), PAIRED_PLACES)
        return _Pairs(range(count), [count + place for place in some], asked.overlap[:, some])
    rows = [[overlaps(one.seen, other.seen) for other in _two(asked)] for one in _two(asked)]
    shared = np.block(rows)
    np.fill_diagonal(shared, np.nan)
    return _Pairs(range(len(shared)), range(len(shared)), shared)


def _joined(asked: Asked, embedder: str) -> list[PatchEmbeddings]:
    return [embedded for each in _two(asked) for embedded in each.embeddings[embedder]]


def _two(asked: Asked) -> tuple[Described, Described]:
    return asked.queries, asked.places


def _kept(embeddings: Sequence[PatchEmbeddings], int8: bool) -> PlaceEmbeddings:
    kept = place_embeddings(embeddings)
    if int8:
        return kept
    # Codes get unit length when they are read, whatever their scale; a length below 1 would be taken for nothing.
    return PlaceEmbeddings(np.stack([each.vectors for each in embeddings]) * np.float32(FLOAT_CODES), GRID, kept.chance)


def ways_of(embedders: Sequence[str], settings: RerankSettings, ablation: bool) -> list[Way]:
    """Each embedder under the settings; with ablation the last one under others as well."""
    ways = [Way(f"{name} patches", name, settings) for name in embedders]
    if not ablation:
        return ways
    name = embedders[-1]
    changes: Mapping[str, RerankSettings] = {
        **{f"scoring {each}": replace(settings, scoring=each) for each in SCORINGS if each != settings.scoring},
        "by overlap alone": replace(settings, weight=ALONE),
        **{f"radius {each:g}, fixed": replace(settings, radius=each, adaptive=False) for each in (0.1, 0.3, 0.5, 0.7)},
        **{f"radius {each:g}, adaptive": replace(settings, radius=each, adaptive=True) for each in (0.15, 0.3, 0.6, 1)},
    }
    ways += [Way(f"{name}, {told}", name, changed) for told, changed in changes.items() if changed != settings]
    return [*ways, Way(f"{name}, float32", name, settings, int8=False)]
