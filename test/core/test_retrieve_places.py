from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from vpr_ros.core.place_table import PlaceTable
from vpr_ros.core.records import Labels
from vpr_ros.core.retrieve_places import ExactIndex, retrieve_places


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


def test_candidates_carry_place_ids_and_not_rows():
    descriptors = np.eye(3, dtype=np.float32)
    found = retrieve_places(np.array([0.1, 0.9, 0.5], np.float32), ExactIndex(descriptors), table_of([4, 70, 71]), 2)
    assert [candidate.place_id for candidate in found.ranked] == [70, 71]
    assert found.best is found.ranked[0]
