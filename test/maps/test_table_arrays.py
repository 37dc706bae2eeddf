from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from vpr_ros.core.place_table import PlaceTable
from vpr_ros.core.records import Labels
from vpr_ros.maps.place_map import CameraCalibration
from vpr_ros.maps.table_arrays import decode_table, encode_table, with_uncalibrated

name = st.text(max_size=8)
file_name = st.binary(max_size=8).map(lambda raw: raw.decode("utf-8", "surrogateescape")) | name.filter(
    lambda text: not any("\ud800" <= letter <= "\udfff" for letter in text)
)
labels = st.builds(Labels, st.none() | name, st.none() | name, st.none() | name)


@given(rows=st.lists(st.tuples(file_name, name, labels), min_size=1, max_size=12))
def test_any_table_comes_back(rows: list[tuple[str, str, Labels]]) -> None:
    sources, cameras, tags = zip(*rows, strict=True)
    table = PlaceTable(np.arange(len(rows)), np.arange(len(rows)), sources, cameras, tags, None)
    calibrations = with_uncalibrated((), table)
    coded = encode_table(table, calibrations)
    ends = np.cumsum([0, *map(len, coded.source_names)])
    arrays = {
        **coded.arrays,
        "source_names": np.frombuffer(b"".join(coded.source_names), np.uint8),
        "source_name_offsets": ends,
    }
    back = decode_table(arrays, coded.label_names, calibrations)
    assert (back.source_names, back.cameras, back.labels) == (table.source_names, table.cameras, table.labels)
    assert back.map_from_base is None


def test_known_cameras_keep_their_place_and_the_others_follow_once() -> None:
    table = PlaceTable(np.arange(3), np.arange(3), ("", "", ""), ("phone", "front", "phone"), (Labels(),) * 3, None)
    front = CameraCalibration("front")
    assert [camera.name for camera in with_uncalibrated([front], table)] == ["front", "phone"]
    assert with_uncalibrated([front], table)[0] is front
