"""FAISS's indexes against the exact one: the same where they must be, near where they may differ."""

from __future__ import annotations

import dataclasses
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vpr_ros.core.errors import SettingsError, WeightsError
from vpr_ros.core.retrieve_places import ExactIndex, PlaceIndex
from vpr_ros.core.settings import Settings
from vpr_ros.maps.indexes import make_index as make_index_module
from vpr_ros.maps.indexes.make_index import EXACT_UP_TO, WORTH_PREPARING, choose_index, index_for, make_index

faiss = pytest.importorskip("faiss")
MIN_FOR_IVF_PQ = pytest.importorskip("vpr_ros.maps.indexes.proposers").MIN_FOR_IVF_PQ


def unit(values: np.ndarray) -> np.ndarray:
    return (values / np.maximum(np.linalg.norm(values, axis=-1, keepdims=True), 1e-12)).astype(np.float32)


def clustered(seed: int, count: int, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Descriptors around some hundred centres, and 50 queries near places."""
    rng = np.random.default_rng(seed)
    centres = rng.standard_normal((count // 100, size))
    places = unit(centres[rng.integers(0, len(centres), count)] + 0.5 * rng.standard_normal((count, size)))
    return places, unit(places[rng.integers(0, count, 50)] + 0.3 * rng.standard_normal((50, size)) / size**0.5)


@pytest.fixture(scope="module")
def many() -> tuple[np.ndarray, np.ndarray]:
    return clustered(0, MIN_FOR_IVF_PQ, 50)


@pytest.fixture(scope="module")
def indexes(many: tuple[np.ndarray, np.ndarray]) -> dict[str, PlaceIndex]:
    return {name: make_index(name, many[0]) for name in ("flat", "pq_scan", "hnsw", "ivf_pq")}


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 10**6), st.integers(1, 60), st.integers(1, 80), st.booleans())
def test_flat_gives_the_exact_answer_to_the_bit(seed, places, count, equal):
    descriptors, query = some_places(seed, places, equal)
    rows, similarities = make_index("flat", descriptors).search(query, count)
    wanted_rows, wanted = ExactIndex(descriptors).search(query, count)
    np.testing.assert_array_equal(rows, wanted_rows)
    np.testing.assert_array_equal(similarities, wanted)


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 10**6), st.integers(1, 60), st.integers(1, 80), st.booleans())
def test_hnsw_says_true_similarities_of_as_many_places_as_were_asked_for(seed, places, count, equal):
    descriptors, query = some_places(seed, places, equal)
    rows, similarities = make_index("hnsw", descriptors).search(query, count)
    assert len(set(rows.tolist())) == min(count, places)
    wanted_rows, wanted = ExactIndex(descriptors).search(query, places)
    np.testing.assert_array_equal(similarities, wanted[np.argsort(wanted_rows)][rows])
    assert np.lexsort((rows, -similarities)).tolist() == list(range(len(rows)))


def some_places(seed: int, places: int, equal: bool) -> tuple[np.ndarray, np.ndarray]:
    """Descriptors of four numbers, with zeros and ties if `equal`, and a query."""
    rng = np.random.default_rng(seed)
    values = rng.integers(-1, 2, (places, 4)) if equal else rng.standard_normal((places, 4))
    return unit(values), unit(rng.standard_normal(4))


@pytest.mark.parametrize("name", ["flat", "hnsw"])
def test_a_thousand_equal_places_come_by_row(name):
    descriptors = unit(np.tile(np.arange(1.0, 9.0), (1000, 1)))
    rows, similarities = make_index(name, descriptors).search(descriptors[0], 30)
    assert similarities == pytest.approx(np.ones(30))
    assert np.all(np.diff(rows) > 0)
    if name == "flat":
        assert rows.tolist() == list(range(30))


@pytest.mark.parametrize("name", ["flat", "pq_scan", "hnsw", "ivf_pq"])
@pytest.mark.parametrize("value", [0.0, np.nan, np.inf])
def test_zero_and_unfinite_queries_are_answered_as_the_exact_index_does(many, indexes, name, value):
    descriptors = many[0]
    queries = np.stack([descriptors[17], np.full(50, value, np.float32), descriptors[4]])
    index, exact = indexes[name], ExactIndex(descriptors)
    for found, wanted in zip(index.search_many(queries, 5), exact.search_many(queries, 5), strict=True):
        np.testing.assert_array_equal(found[0], wanted[0])
        np.testing.assert_array_equal(found[1], wanted[1])


@pytest.mark.parametrize(("name", "least"), [("flat", 1.0), ("pq_scan", 0.99), ("hnsw", 0.97), ("ivf_pq", 0.95)])
def test_ten_nearest_agree_with_the_exact_ones(many, indexes, name, least):
    descriptors, queries = many
    index, exact = indexes[name], ExactIndex(descriptors)
    assert agreement(index, exact, queries, 10) >= least
    for (rows, similarities), query in zip(index.search_many(queries, 10), queries, strict=True):
        np.testing.assert_allclose(similarities, descriptors[rows].astype(float) @ query.astype(float), rtol=1e-12)
        assert np.all(np.diff(similarities) <= 0)


@pytest.mark.parametrize("name", ["pq_scan", "hnsw", "ivf_pq"])
def test_the_same_descriptors_make_the_same_index(many, indexes, name):
    again = make_index(name, many[0])
    first, second = (faiss.serialize_index(index.proposer.index) for index in (indexes[name], again))
    np.testing.assert_array_equal(first, second)


def test_more_candidates_than_lists_hold_are_found_all_the_same(many, indexes):
    descriptors, queries = many
    rows, _ = indexes["ivf_pq"].search(queries[0], len(descriptors) + 5)
    assert sorted(rows.tolist()) == list(range(len(descriptors)))


def agreement(index: PlaceIndex, exact: PlaceIndex, queries: np.ndarray, count: int) -> float:
    pairs = zip(index.search_many(queries, count), exact.search_many(queries, count), strict=True)
    return float(np.mean([len(np.intersect1d(ours[0], best[0])) / count for ours, best in pairs]))


def test_a_scan_finds_a_few_places_that_are_like_nothing_else():
    rng = np.random.default_rng(3)
    many = np.pad(clustered(1, 5000, 40)[0], ((0, 0), (0, 24)))
    few = np.pad(unit(rng.standard_normal((30, 24))), ((0, 0), (40, 0)))
    descriptors = np.concatenate([many, few])
    queries = unit(few + 0.1 * rng.standard_normal(few.shape))
    assert agreement(make_index("pq_scan", descriptors), ExactIndex(descriptors), queries, 5) >= 0.97


@pytest.mark.parametrize("name", ["pq_scan", "ivf_pq"])
@pytest.mark.parametrize("size", [1, 7])
def test_any_length_of_descriptor_can_be_coded(name, size):
    descriptors, _ = clustered(size, MIN_FOR_IVF_PQ, size)
    rows, similarities = make_index(name, descriptors).search(descriptors[99], 1)
    assert similarities[0] == pytest.approx(1, abs=1e-6)
    np.testing.assert_allclose(descriptors[rows[0]], descriptors[99], atol=1e-3)


@pytest.mark.parametrize(("name", "least"), [("ivf_pq", MIN_FOR_IVF_PQ), ("pq_scan", 624)])
def test_too_few_places_to_learn_from_are_counted(many, name, least):
    with pytest.raises(SettingsError, match=f"at least {least} places, this map has {least - 1}"):
        make_index(name, many[0][: least - 1])


def test_building_leaves_the_threads_of_faiss_alone():
    before = faiss.omp_get_max_threads()
    make_index("hnsw", np.eye(8, dtype=np.float32))
    assert faiss.omp_get_max_threads() == before


def test_auto_is_exact_until_maps_are_large():
    assert choose_index("auto", EXACT_UP_TO) == "exact"
    assert choose_index("auto", EXACT_UP_TO + 1) == "pq_scan"
    assert choose_index("ivf_pq", 5) == "ivf_pq"


def test_few_queries_do_not_wait_for_an_index():
    asked = Settings()
    assert index_for(asked, WORTH_PREPARING - 1).retrieval.index == "exact"
    assert index_for(asked, WORTH_PREPARING) is asked
    named = dataclasses.replace(asked, retrieval=dataclasses.replace(asked.retrieval, index="hnsw"))
    assert index_for(named, 1) is named


def test_without_faiss_auto_stays_exact_and_a_named_index_is_one_line(monkeypatch):
    monkeypatch.setattr(make_index_module, "find_spec", lambda _: None)
    monkeypatch.setitem(sys.modules, "faiss", None)
    for name in ("faiss_index", "proposers"):
        monkeypatch.delitem(sys.modules, f"vpr_ros.maps.indexes.{name}", raising=False)
    assert choose_index("auto", EXACT_UP_TO + 1) == "exact"
    with pytest.raises(WeightsError, match=r"pip install 'vpr_ros\[search\]'"):
        make_index("hnsw", np.eye(3, dtype=np.float32))


def test_an_index_says_what_it_is():
    assert make_index("exact", np.eye(3, dtype=np.float32)).about == "exact"
    assert make_index("hnsw", np.eye(3, dtype=np.float32)).about.startswith("hnsw over 3 places, made in ")
