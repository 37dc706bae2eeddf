from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sample_map import rewrite_array

from vpr_ros.core.errors import MapError
from vpr_ros.maps.open_map import open_map
from vpr_ros.maps.place_map import PlaceMap


def _put(array: Any, index: Any, value: Any) -> np.ndarray:
    changed = np.array(array)
    changed[index] = value
    return changed


@pytest.mark.parametrize(
    ("name", "index", "value", "message"),
    [
        ("place_ids", 0, -1, "place_ids are not ascending"),
        ("place_ids", 1, 0, "place_ids are not ascending"),
        ("place_ids", -1, 2**62, "would give place 4611686018427387904 a second time"),
        ("camera_codes", 0, -1, "camera_codes names something"),
        ("camera_codes", 0, 2, "camera_codes names something"),
        ("room_codes", 0, 2, "room_codes names something"),
        ("floor_codes", 0, -2, "floor_codes names something"),
        ("source_name_offsets", 0, 1, "source_name_offsets do not ascend"),
        ("source_name_offsets", 2, 10**9, "source_name_offsets do not ascend"),
        ("source_name_offsets", -1, 0, "source_name_offsets do not ascend"),
        ("thumbnail_offsets", 3, -5, "thumbnail_offsets do not ascend"),
        ("map_from_base", (2, 0, 0), 1.1, "map_from_base of place 2 is no rigid"),
        ("map_from_base", (2, 0, 3), np.inf, "map_from_base of place 2 is no rigid"),
        ("map_from_base", (2, slice(0, 3), slice(0, 3)), -np.eye(3), "map_from_base of place 2 is no rigid"),
        ("map_from_base", (4, 3, 3), 0, "map_from_base of place 7 is no rigid"),
        ("descriptors", (1, 0), np.nan, "descriptor of place 1 is not of unit length"),
        ("descriptors", (5, 0), 3e38, "descriptor of place 8 is not of unit length"),
        ("vocabulary", (0, 0), np.inf, "vocabulary holds numbers that are not finite"),
        ("projection_mean", 0, np.nan, "projection_mean holds numbers that are not finite"),
        ("projection_components", (0, 0), np.inf, "projection_components holds numbers that are not finite"),
    ],
)
def test_numbers_that_make_no_sense_are_refused(
    sample: PlaceMap, name: str, index: Any, value: Any, message: str
) -> None:
    rewrite_array(sample.path, name, _put(_array(sample, name), index, value))
    with pytest.raises(MapError, match=message):
        open_map(sample.path)


def test_a_place_with_nothing_to_describe_is_fine(sample: PlaceMap) -> None:
    rewrite_array(sample.path, "descriptors", _put(sample.descriptors, 3, 0))
    assert not open_map(sample.path).descriptors[3].any()


def _array(sample: PlaceMap, name: str) -> np.ndarray:
    (path,) = sample.path.glob(f"{name}-*.npy")
    return np.load(path, allow_pickle=False)
