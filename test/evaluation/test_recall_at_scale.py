from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from vpr_ros.core.errors import UsageError
from vpr_ros.evaluation import recall_at_scale
from vpr_ros.evaluation.recall_at_scale import any_within, nearest_rows, recall_at


def unit(rng: np.random.Generator, rows: int, size: int = 16) -> np.ndarray:
    vectors = rng.standard_normal((rows, size)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recall_at_scale, "DATABASE_BLOCK", 64)
    monkeypatch.setattr(recall_at_scale, "QUERY_BLOCK", 7)


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("places", [20, 64, 65, 500])
def test_blocks_find_what_the_whole_product_finds(places: int):
    rng = np.random.default_rng(0)
    database, queries = unit(rng, places), unit(rng, 23)
    found = nearest_rows(database, queries, 20)
    expected = np.argsort(-(queries @ database.T), axis=1, kind="stable")[:, :20]
    assert np.array_equal(found.rows, expected)
    assert found.similarities == pytest.approx(np.take_along_axis(queries @ database.T, expected, axis=1), abs=1e-6)


@pytest.mark.usefixtures("small_blocks")
def test_equal_descriptors_come_by_row():
    database = np.tile(unit(np.random.default_rng(0), 1), (200, 1))
    assert nearest_rows(database, database[:1], 10).rows.tolist() == [list(range(10))]


@pytest.mark.usefixtures("small_blocks")
def test_it_is_what_faiss_finds(tmp_path: Path):
    faiss = pytest.importorskip("faiss")
    rng = np.random.default_rng(1)
    np.save(tmp_path / "database.npy", unit(rng, 1000))
    database, queries = np.load(tmp_path / "database.npy", mmap_mode="r"), unit(rng, 50)
    flat = faiss.IndexFlatIP(16)
    flat.add(np.array(database))
    assert np.array_equal(nearest_rows(database, queries, 20).rows, flat.search(queries, 20)[1])


def test_recall_both_ways_by_hand():
    places = np.array([[0.0, 0], [100, 0], [200, 0]])
    database = np.eye(3, dtype=np.float32)
    queries = np.array([[1, 0.5, 0], [1, 0.5, 0], [0, 0.5, 1]], dtype=np.float32)
    asked_from = np.array([[10.0, 0], [110, 0], [5000, 0]])
    among, of_all = recall_at(nearest_rows(database, queries, 2), places, asked_from, 25.0, (1, 2, 5))
    assert among == {1: 0.5, 2: 1.0}
    assert of_all == pytest.approx({1: 1 / 3, 2: 2 / 3})


def test_no_query_with_a_positive_has_no_recall():
    found = nearest_rows(np.eye(2, dtype=np.float32), np.eye(2, dtype=np.float32), 1)
    among, of_all = recall_at(found, np.zeros((2, 2)), np.full((2, 2), 1e6), 25.0)
    assert (among, of_all) == ({}, {1: 0.0})


def test_the_grid_finds_every_neighbour():
    rng = np.random.default_rng(2)
    places, asked = rng.uniform(-300, 300, (200, 2)), rng.uniform(-300, 300, (300, 2))
    expected = (np.linalg.norm(places[None] - asked[:, None], axis=2) <= 25).any(axis=1)
    assert 0 < expected.sum() < 300
    assert np.array_equal(any_within(places, asked, 25.0), expected)


def test_what_cannot_be_compared_is_refused():
    with pytest.raises(UsageError, match="cannot be compared"):
        nearest_rows(np.zeros((3, 4), np.float32), np.zeros((3, 5), np.float32), 1)
    with pytest.raises(UsageError, match="5 nearest of 3"):
        nearest_rows(np.zeros((3, 4), np.float32), np.zeros((3, 4), np.float32), 5)
