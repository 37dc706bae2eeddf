"""How well cells tell overlapping views from others: held-out views vote for each other as places do for a query."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from vpr_ros.core.embed_patches import PatchEmbedder
from vpr_ros.core.overlap_encoder import GRID
from vpr_ros.core.place_embeddings import PlaceEmbeddings, encode_embeddings, likeness_by_chance
from vpr_ros.core.records import Array, FloatArray, PatchEmbeddings
from vpr_ros.core.rerank_overlap import NumpyVoteCounter, count_overlap
from vpr_ros.core.rerank_settings import RerankSettings
from vpr_ros.training.training_data import Judged, TrainingData

OVERLAPS = 0.25
"""What shares more is the same place, as evaluation counts it."""
Encode = Callable[[FloatArray, FloatArray], FloatArray]
"""[n, P, R] cells and their middles [n, P, 2] -> embeddings [n, P, E] of unit length."""


def judge_overlap(encode: Encode, data: TrainingData, settings: RerankSettings) -> float:
    """The area under the ROC curve of "shares more than `OVERLAPS`" by voted overlap, over pairs of held-out views of
    each group; the mean over groups. NaN where no group has pairs of both kinds.
    """
    areas = [_area(encode, data, judged, settings) for judged in data.judged]
    known = [area for area in areas if not np.isnan(area)]
    return float(np.mean(known)) if known else float("nan")


def _area(encode: Encode, data: TrainingData, judged: Judged, settings: RerankSettings) -> float:
    pooled, use = data.cells(judged.views, np.zeros(len(judged.views), int))
    vectors = encode(pooled, data.centres[data.shape_of[judged.views]])
    vectors = np.where(use[..., None], vectors, np.float32(0))
    scores = vote_scores(
        [PatchEmbeddings(each, valid, GRID) for each, valid in zip(vectors, use, strict=True)], settings
    )
    first, second = np.nonzero(~np.eye(len(scores), dtype=bool) & ~np.isnan(judged.overlaps))
    return roc_area(scores[first, second], judged.overlaps[first, second] > OVERLAPS)


def vote_scores(views: list[PatchEmbeddings], settings: RerankSettings) -> Array:
    """[n, n]: what each view (row) as a query gives each other one, all of them being its candidates."""
    codes = np.stack([encode_embeddings(view) for view in views])
    places = PlaceEmbeddings(codes, GRID, likeness_by_chance(codes))
    counter = NumpyVoteCounter(places)
    scores = np.full((len(views), len(views)), np.nan)
    for row, view in enumerate(views):
        others = [other for other in range(len(views)) if other != row]
        scores[row, others], _, _ = count_overlap(view, others, places.chance, counter, settings)
    return scores


def roc_area(scores: Array, positive: Array) -> float:
    """The chance that a positive scores above another, ties counting half; NaN where there are not both."""
    order = np.argsort(scores, kind="stable")
    values, first, counts = np.unique(scores[order], return_index=True, return_counts=True)
    del values
    ranks = np.empty(len(scores))
    ranks[order] = np.repeat(first + (counts - 1) / 2, counts)
    positives = np.count_nonzero(positive)
    others = len(scores) - positives
    if not positives or not others:
        return float("nan")
    return float((ranks[positive].sum() - positives * (positives - 1) / 2) / (positives * others))


def encode_by(embedder: PatchEmbedder, directions: FloatArray | None) -> Encode:
    """The untrained embedder on cells that were reduced by `directions`, as far as those tell what the cells were."""

    def encode(pooled: FloatArray, centres: FloatArray) -> FloatArray:  # noqa: ARG001
        whole = pooled if directions is None else pooled @ directions.T
        vectors = whole if embedder.projection is None else whole @ embedder.projection
        return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-12), np.float32)

    return encode
