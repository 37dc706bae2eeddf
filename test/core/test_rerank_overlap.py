"""Voting against its closed form, and the corners: one candidate, no neighbour, all alike."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from vpr_ros.core.place_embeddings import PlaceEmbeddings, decode_embeddings, encode_embeddings
from vpr_ros.core.place_table import PlaceTable
from vpr_ros.core.records import Candidate, Candidates, Labels, PatchEmbeddings
from vpr_ros.core.rerank_overlap import (
    NumpyVoteCounter,
    Reranked,
    like_above,
    rerank_overlap,
    strongest_votes,
    vote_weights,
)
from vpr_ros.core.rerank_settings import RerankSettings

FIRST_ID, STEP = 100, 7
BY_OVERLAP = 1000.0


def table(count: int) -> PlaceTable:
    ids = FIRST_ID + STEP * np.arange(count)
    return PlaceTable(ids, np.zeros(count, np.int64), ("x",) * count, ("c",) * count, (Labels(),) * count, None)


def embedded(vectors: np.ndarray, valid: np.ndarray | None = None) -> PatchEmbeddings:
    valid = np.ones(len(vectors), bool) if valid is None else valid
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit = np.where(valid[:, None], vectors / np.maximum(lengths, 1e-12), 0)
    return PatchEmbeddings(unit.astype(np.float32), valid, (1, len(vectors)))


def places_of(made: list[PatchEmbeddings], chance: float = 0.0) -> PlaceEmbeddings:
    return PlaceEmbeddings(np.stack([encode_embeddings(each) for each in made]), made[0].grid, chance)


def rerank(
    query: PatchEmbeddings, places: PlaceEmbeddings, similarities: list[float] | None = None, **asked: object
) -> Reranked:
    count = len(places.codes)
    similarities = [0.5] * count if similarities is None else similarities
    ranked = tuple(Candidate(FIRST_ID + STEP * row, similarity) for row, similarity in enumerate(similarities[:count]))
    how = RerankSettings(**{"adaptive": False, "weight": BY_OVERLAP, **asked})  # type: ignore[arg-type]
    return rerank_overlap(query, Candidates(ranked), places, NumpyVoteCounter(places), table(count), how)


def closed_form(query: np.ndarray, places: np.ndarray, threshold: float, scoring: str) -> list[float]:
    """As the papers write it, one pair after another, in double precision."""
    cosines = [[[float(np.dot(q, p)) for p in place] for q in query] for place in places]
    near = [[[c for c in row if c > threshold] for row in place] for place in cosines]
    plain = [sum(sum(row) for row in place) for place in near]
    if scoring == "plain":
        return plain
    if scoring == "mutual":
        return [
            sum(
                c
                for row in place
                for cell, c in enumerate(row)
                if c > threshold and c == max(row) == max(other[cell] for other in place)
            )
            for place in cosines
        ]
    cells, shortlist = len(query), len(places)
    scores = []
    for place in near:
        score = 0.0
        for cell, row in enumerate(place):
            shown_by = sum(bool(other[cell]) for other in near)
            score += max(0.0, len(row) / cells * math.log(shortlist / (shown_by + 1e-5))) * sum(row)
        scores.append(score)
    return scores if any(scores) else plain


def random_case(seed: int, cells: int, count: int, length: int) -> tuple[PatchEmbeddings, PlaceEmbeddings]:
    rng = np.random.default_rng(seed)
    made = [embedded(rng.standard_normal((cells, length)), rng.random(cells) > 0.1) for _ in range(count + 1)]
    return made[0], places_of(made[1:])


@given(
    seed=st.integers(0, 10**6),
    cells=st.sampled_from([1, 5, 32, 64]),
    count=st.integers(1, 12),
    radius=st.floats(0.2, 1.0),
    scoring=st.sampled_from(["plain", "tfidf", "mutual"]),
)
@settings(max_examples=40, deadline=None)
def test_scores_are_the_closed_form(seed, cells, count, radius, scoring):
    query, places = random_case(seed, cells, count, 8)
    vectors = decode_embeddings(places.codes).astype(np.float64)
    cosines = query.vectors.astype(np.float64) @ vectors.reshape(-1, 8).T
    assume(
        np.abs(cosines[cosines != 0] - (1 - radius)).min(initial=1) > 1e-6
    )  # a pair on the very edge may go either way
    reranked = rerank(query, places, scoring=scoring, radius=radius)
    expected = closed_form(query.vectors.astype(np.float64), vectors, 1 - radius, scoring)
    for candidate in reranked.candidates.ranked:
        row = (candidate.place_id - FIRST_ID) // STEP
        assert candidate.overlap == pytest.approx(expected[row], rel=1e-6, abs=1e-6)
    overlaps = [candidate.overlap for candidate in reranked.candidates.ranked]
    assert overlaps == sorted(overlaps, reverse=True)


@given(seed=st.integers(0, 10**6), scoring=st.sampled_from(["plain", "tfidf", "mutual"]))
@settings(max_examples=15, deadline=None)
def test_votes_add_up_to_the_score(seed, scoring):
    query, places = random_case(seed, 32, 6, 4)
    for candidate in (reranked := rerank(query, places, scoring=scoring, radius=0.5)).candidates.ranked:
        votes = reranked.votes_for(candidate.place_id)
        assert votes.weights.sum() == pytest.approx(candidate.overlap, rel=1e-4, abs=1e-6)
        assert (np.diff(votes.weights) <= 0).all()
        assert (votes.weights > 0).all()
        likeness = query.vectors @ decode_embeddings(places.codes[(candidate.place_id - FIRST_ID) // STEP]).T
        assert (likeness[votes.query_cells, votes.place_cells] > 0.5 - 1e-6).all()


def test_the_strongest_votes_are_one_for_each_cell_that_votes_at_all():
    query, places = random_case(3, 32, 6, 4)
    votes = rerank(query, places, scoring="plain", radius=0.5).votes_for(FIRST_ID)
    few = strongest_votes(votes)
    assert len(few.weights) < len(votes.weights)
    for cells, kept in ((votes.query_cells, few.query_cells), (votes.place_cells, few.place_cells)):
        assert set(kept) == set(cells)
        for cell in set(cells):
            assert few.weights[kept == cell].max() == votes.weights[cells == cell].max()
    assert (np.diff(few.weights) <= 0).all()


def test_the_place_that_shows_the_same_comes_first_with_its_own_id():
    rng = np.random.default_rng(0)
    made = [embedded(rng.standard_normal((64, 64))) for _ in range(7)]
    reranked = rerank(made[4], places_of(made), scoring="tfidf", radius=0.3)
    best = reranked.candidates.best
    assert best is not None
    assert best.place_id == FIRST_ID + 4 * STEP
    votes = reranked.votes_for(best.place_id)
    np.testing.assert_array_equal(np.sort(votes.query_cells), np.arange(64))
    np.testing.assert_array_equal(votes.query_cells, votes.place_cells)


@pytest.mark.parametrize("scoring", ["plain", "tfidf", "mutual"])
def test_a_shortlist_of_one_keeps_it(scoring):
    query, places = random_case(1, 32, 1, 8)
    reranked = rerank(query, places, scoring=scoring, radius=0.9)
    (only,) = reranked.candidates.ranked
    assert only.overlap is not None
    assert only.overlap > 0  # ln(1 / 1) leaves no weight, so the plain score stands
    assert len(reranked.votes_for(only.place_id).weights)


@pytest.mark.parametrize("scoring", ["plain", "tfidf", "mutual"])
def test_without_neighbours_the_order_stays_and_nothing_is_no_number(scoring):
    query, places = random_case(2, 32, 5, 32)
    reranked = rerank(query, places, scoring=scoring, radius=0.0)
    assert [candidate.place_id for candidate in reranked.candidates.ranked] == [FIRST_ID + STEP * i for i in range(5)]
    assert [candidate.overlap for candidate in reranked.candidates.ranked] == [0.0] * 5
    assert not len(reranked.votes_for(FIRST_ID).weights)


@pytest.mark.parametrize("scoring", ["plain", "tfidf", "mutual"])
def test_patches_that_are_all_equal_leave_the_order_as_it_was(scoring):
    same = embedded(np.ones((32, 8)))
    reranked = rerank(same, places_of([same] * 4), scoring=scoring, radius=0.3)
    assert [candidate.place_id for candidate in reranked.candidates.ranked] == [FIRST_ID + STEP * i for i in range(4)]
    pairs = 32 if scoring == "mutual" else 32 * 32
    assert reranked.candidates.ranked[0].overlap == pytest.approx(pairs, rel=1e-6)


@pytest.mark.parametrize("radius", [0.5, 1.0, 2.0])
def test_what_is_not_valid_neither_votes_nor_is_voted_for(radius):
    rng = np.random.default_rng(3)
    valid = np.arange(32) < 20
    query = embedded(rng.standard_normal((32, 8)), valid)
    places = places_of([embedded(rng.standard_normal((32, 8)), ~valid) for _ in range(3)])
    for candidate in (reranked := rerank(query, places, scoring="plain", radius=radius)).candidates.ranked:
        votes = reranked.votes_for(candidate.place_id)
        assert valid[votes.query_cells].all()
        assert not valid[votes.place_cells].any()


def test_a_query_that_shows_nothing_changes_nothing():
    _, places = random_case(4, 32, 4, 8)
    nothing = embedded(np.zeros((32, 8)), np.zeros(32, bool))
    reranked = rerank(nothing, places, [0.9, 0.8, 0.7, 0.6], scoring="tfidf", radius=0.5)
    assert [candidate.overlap for candidate in reranked.candidates.ranked] == [0.0] * 4
    assert [candidate.similarity for candidate in reranked.candidates.ranked] == [0.9, 0.8, 0.7, 0.6]


def test_similarity_decides_as_far_as_the_weight_leaves_it_to():
    rng = np.random.default_rng(5)
    made = [embedded(rng.standard_normal((64, 16))) for _ in range(3)]
    similarities = [0.9, 0.8, 0.5]
    places = places_of(made)
    first = [
        rerank(made[2], places, similarities, weight=weight, radius=0.3).candidates.ranked[0].place_id
        for weight in (0.0, 0.1, 0.45, 10.0)
    ]
    assert first == [FIRST_ID, FIRST_ID, FIRST_ID + 2 * STEP, FIRST_ID + 2 * STEP]


@pytest.mark.parametrize(("voters", "first"), [(1, 0), (5, 0), (7, 1), (64, 1)])
def test_a_lone_vote_does_not_count_as_much_as_many(voters, first):
    """Of 64 cells some are those of the second place; it leads by overlap once a tenth of them vote."""
    rng = np.random.default_rng(9)
    query, nothing, likeness = (
        rng.standard_normal((64, 64)),
        rng.standard_normal((64, 64)),
        rng.standard_normal((64, 64)),
    )
    likeness[:voters] = query[:voters]
    places = places_of([embedded(nothing), embedded(likeness)])
    reranked = rerank(embedded(query), places, [0.9, 0.8], scoring="mutual", radius=0.2, weight=0.105)
    assert reranked.candidates.ranked[0].place_id == FIRST_ID + STEP * first
    overlaps = {each.place_id: each.overlap for each in reranked.candidates.ranked}
    assert overlaps[FIRST_ID + STEP] == pytest.approx(voters, rel=0.02)


def test_the_radius_counts_in_units_of_what_is_alike_by_chance():
    assert like_above(RerankSettings(radius=0.3, adaptive=True), 0.7) == pytest.approx(1 - 0.3 * 0.3)
    assert like_above(RerankSettings(radius=1.0, adaptive=True), 0.7) == pytest.approx(0.7)  # the median itself
    assert like_above(RerankSettings(radius=0.3, adaptive=False), 0.7) == pytest.approx(0.7)
    assert like_above(RerankSettings(radius=2.0, adaptive=True), -0.5) == 0


def test_a_longer_shortlist_than_one_core_takes_at_once_is_counted_whole():
    query, places = random_case(6, 64, 23, 8)
    votes = NumpyVoteCounter(places).count(query.vectors, list(range(23)), 0.3)
    for row in range(23):
        alone = NumpyVoteCounter(places).count(query.vectors, [row], 0.3)
        np.testing.assert_array_equal(votes.hits[row], alone.hits[0])
        np.testing.assert_allclose(votes.sums[row], alone.sums[0], atol=1e-5)
    assert vote_weights(votes, "plain").shape == (23, 64)


def test_no_candidates_are_no_candidates():
    query, places = random_case(7, 32, 3, 8)
    assert rerank(query, places, []).candidates.ranked == ()


def test_who_was_no_candidate_has_no_votes():
    query, places = random_case(8, 32, 3, 8)
    with pytest.raises(KeyError):
        rerank(query, places).votes_for(1)
