from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vpr_ros.core.place_table import PlaceTable
from vpr_ros.core.records import Labels
from vpr_ros.core.retrieve_places import BLOCK, ExactIndex, rank_rows, retrieve_places, within_reach


def table_of(ids: list[int]) -> PlaceTable:
    count = len(ids)
    return PlaceTable(
        np.array(ids), np.arange(count), tuple(map(str, ids)), ("camera",) * count, (Labels(),) * count, None
    )


@given(st.integers(0, 10**6), st.integers(1, 50), st.integers(1, 60))
def test_the_exact_index_agrees_with_a_full_sort(seed, places, count):
    rng = np.random.default_rng(seed)
    descriptors = rng.integers(-2, 3, (places, 3)).astype(np.float32)  # small integers: many ties
    query = rng.integers(-2, 3, 3).astype(np.float32)
    rows, similarities = ExactIndex(descriptors).search(query, count)
    everything = descriptors @ query
    wanted = sorted(range(places), key=lambda row: (-everything[row], row))[:count]
    assert rows.tolist() == wanted
    np.testing.assert_array_equal(similarities, everything[wanted])


@given(st.integers(0, 10**6), st.integers(1, 20 * BLOCK), st.integers(1, 40), st.sampled_from([0.0, 1e-7, 1.0]))
def test_what_is_within_reach_holds_the_best(seed, size, count, spread):
    rough = np.random.default_rng(seed).normal(0.3, spread, size).astype(np.float32)
    rows = within_reach(rough, count)
    assert np.all(np.diff(rows) > 0)
    assert set(np.argsort(-rough, kind="stable")[:count]) <= set(rows)
    if spread == 1.0:  # and not much else
        assert len(rows) <= count + 2 or size <= count


def test_nearly_equal_places_are_told_apart_in_double_precision():
    base = np.random.default_rng(0).standard_normal(512)
    base /= np.linalg.norm(base)
    descriptors = np.stack([base * (1 + 1e-9 * row) for row in range(50)]).astype(np.float32)
    truth = descriptors.astype(np.float64) @ base.astype(np.float32).astype(np.float64)
    rows, similarities = ExactIndex(descriptors).search(base.astype(np.float32), 5)
    assert rows.tolist() == sorted(range(50), key=lambda row: (-truth[row], row))[:5]
    np.testing.assert_allclose(similarities, truth[rows], rtol=1e-14)


def test_a_row_has_the_same_similarity_wherever_it_stands():
    rng = np.random.default_rng(1)
    one, query = rng.standard_normal((2, 509)).astype(np.float32)
    _, similarities = rank_rows(np.tile(one, (3000, 1)), np.arange(3000), query, 3000)
    assert len(np.unique(similarities)) == 1


def test_many_queries_are_answered_as_one_by_one(monkeypatch):
    monkeypatch.setattr("vpr_ros.core.retrieve_places.FLOATS_AT_ONCE", 1000)
    rng = np.random.default_rng(2)
    descriptors, queries = rng.standard_normal((400, 16), np.float32), rng.standard_normal((11, 16), np.float32)
    queries[3, 5] = np.nan
    index = ExactIndex(descriptors)
    for many, query in zip(index.search_many(queries, 7), queries, strict=True):
        one = index.search(query, 7)
        np.testing.assert_array_equal(many[0], one[0])
        np.testing.assert_array_equal(many[1], one[1])


@pytest.mark.parametrize("wrong", [np.nan, np.inf])
def test_a_query_that_is_not_finite_finds_nothing(wrong):
    rows, similarities = ExactIndex(np.eye(3, dtype=np.float32)).search(np.array([wrong, 0, 0], np.float32), 2)
    assert len(rows) == len(similarities) == 0


def test_candidates_carry_place_ids_and_not_rows():
    descriptors = np.eye(3, dtype=np.float32)
    found = retrieve_places(np.array([0.1, 0.9, 0.5], np.float32), ExactIndex(descriptors), table_of([4, 70, 71]), 2)
    assert [candidate.place_id for candidate in found.ranked] == [70, 71]
    assert found.best is found.ranked[0]
