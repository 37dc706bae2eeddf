from __future__ import annotations

import numpy as np
import pytest

from vpr_ros.core.place_table import PlaceTable
from vpr_ros.core.records import Labels


@pytest.fixture
def table() -> PlaceTable:
    ids = np.array([2, 5, 9], dtype=np.int64)
    return PlaceTable(ids, ids * 10, ("a", "b", "c"), ("cam",) * 3, (Labels(),) * 3, None)


def test_several_places_have_the_rows_that_each_has(table: PlaceTable):
    assert table.rows_of([9, 2, 5, 2]) == [2, 0, 1, 0] == [table.row_of(place_id) for place_id in (9, 2, 5, 2)]
    assert table.rows_of([]) == []


@pytest.mark.parametrize("strange", [1, 3, 10])
def test_a_place_that_the_map_lacks_is_named(table: PlaceTable, strange: int):
    with pytest.raises(KeyError, match=str(strange)):
        table.row_of(strange)
    with pytest.raises(KeyError, match=str(strange)):
        table.rows_of([5, strange, 2])
