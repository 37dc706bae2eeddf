"""The map as a display shows it."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from two_places import TwoPlaces

from vpr_ros.core.geometry import planar_pose
from vpr_ros.core.outputs import map_markers
from vpr_ros.core.outputs.map_markers import keyframe_markers, room_markers
from vpr_ros.core.outputs.marker import DELETE_ALL
from vpr_ros.core.place_table import PlaceTable
from vpr_ros.core.records import Labels
from vpr_ros.sources.bags.message_cdr import deserialize_message, serialize_message

LABELS = (Labels(room="kitchen", floor="g"), Labels(room="kitchen", floor="1"), Labels(room="hall", floor="g"))


def _map(rows: int, labels: tuple[Labels, ...] = LABELS) -> TwoPlaces:
    """Places a metre apart along x, all facing y."""
    made = TwoPlaces(map_frame="world")
    made.table = PlaceTable(
        place_ids=np.arange(rows, dtype=np.int64),
        stamps_ns=np.zeros(rows, dtype=np.int64),
        source_names=("a",) * rows,
        cameras=("front",) * rows,
        labels=tuple(labels[row % len(labels)] for row in range(rows)),
        map_from_base=np.stack([planar_pose(float(row), 0.0, np.pi / 2) for row in range(rows)]),
    )
    return made


def test_keyframes_are_arrowheads_that_point_where_the_robot_did_coloured_by_floor() -> None:
    message = keyframe_markers(_map(6))
    first, ground, upper = message.fields["markers"]
    assert first["action"] == DELETE_ALL
    assert (ground["ns"], upper["ns"]) == ("floor g", "floor 1")
    assert ground["color"] != upper["color"]
    assert ground["header"] == {"stamp": {"sec": 0, "nanosec": 0}, "frame_id": "world"}
    assert len(ground["points"]) == 3 * 4
    tip, left, right = (np.array([corner[axis] for axis in "xyz"]) for corner in upper["points"][:3])
    assert tip == pytest.approx([1.0, 0.14, 0.0])
    assert (left[1], right[1]) == pytest.approx((-0.08, -0.08))
    read = deserialize_message(message.type_name, serialize_message(message.type_name, message.fields))
    assert [len(each.points) for each in read.markers] == [0, 12, 6]


def test_of_a_large_map_some_keyframes_are_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(map_markers, "MOST_SHOWN", 10)
    _, shown = keyframe_markers(_map(25, (Labels(),))).fields["markers"]
    assert shown["ns"] == "floor unknown"
    assert len(shown["points"]) == 3 * 9  # every third


def test_a_room_is_named_in_its_middle_once_on_each_floor() -> None:
    message = room_markers(_map(9))
    deleted, *names = message.fields["markers"]
    assert deleted["action"] == DELETE_ALL
    assert [each["text"] for each in names] == ["kitchen", "kitchen", "hall"]
    assert [each["pose"]["position"]["x"] for each in names] == [3.0, 4.0, 5.0]
    assert len({each["ns"] for each in names}) == 3
    assert message.topic == "~/room_markers"
    assert len(room_markers(_map(3, (Labels(),))).fields["markers"]) == 1


def test_a_map_without_poses_takes_down_what_another_showed() -> None:
    bare = _map(3)
    bare.table = dataclasses.replace(bare.table, map_from_base=None)
    for message in (keyframe_markers(bare), room_markers(bare)):
        assert [each["action"] for each in message.fields["markers"]] == [DELETE_ALL]
