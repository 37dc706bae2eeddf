"""The map as a display shows it: its keyframes, coloured by floor, and the names of its rooms.

Their stamps are zero: they hold for all time. Outlines of rooms come with the maps that know them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from vpr_ros.core.draw_plan import room_colours
from vpr_ros.core.message_fields import header_fields
from vpr_ros.core.outputs.marker import HERE, RGB, TEXT, TRIANGLE_LIST, delete_all, marker, with_points
from vpr_ros.core.outputs.told_map import ToldMap
from vpr_ros.core.outputs.topics import KEYFRAMES, ROOM_MARKERS, OutputMessage, message_on
from vpr_ros.core.records import UNKNOWN, Array

ARROWHEAD_M = np.array([[0.14, 0.0, 0.0], [-0.08, 0.07, 0.0], [-0.08, -0.07, 0.0]])
"""Corners of a keyframe's flat arrowhead, which points where the base did; in the base's frame."""
MOST_SHOWN = 20_000
"""Of a larger map every second keyframe is shown, or every third: a display must stay usable."""
NAME_M, NAME_ABOVE_M = 0.35, 0.6
ONE: tuple[float, float, float] = (1.0, 1.0, 1.0)


def keyframe_markers(place_map: ToldMap) -> OutputMessage:
    """`~/keyframes`: one marker for each floor, named after it. A map without poses shows nothing."""
    shown: list[dict[str, Any]] = [delete_all(place_map.map_frame)]
    poses = place_map.table.map_from_base
    if poses is not None:
        colours, header = _floor_colours(place_map), header_fields(0, place_map.map_frame)
        every = -(-len(poses) // MOST_SHOWN)
        for floor, rows in _rows_by([labels.floor or UNKNOWN for labels in place_map.table.labels]).items():
            drawn = marker(TRIANGLE_LIST, f"floor {floor}", header, HERE, ONE, colours[floor], 0.8)
            shown.append(with_points(drawn, _arrowheads(np.asarray(poses)[rows[::every]])))
    return message_on(KEYFRAMES, {"markers": shown})


def room_markers(place_map: ToldMap) -> OutputMessage:
    """`~/room_markers`: the name of every room in the middle of its keyframes. A map without poses shows nothing."""
    shown: list[dict[str, Any]] = [delete_all(place_map.map_frame)]
    poses, labels = place_map.table.map_from_base, place_map.table.labels
    if poses is not None:
        colours, header = _floor_colours(place_map), header_fields(0, place_map.map_frame)
        named = _rows_by([(each.floor or UNKNOWN, each.room) for each in labels])
        for (floor, room), rows in named.items():
            if room is not None:
                middle = np.eye(4)
                middle[:3, 3] = np.median(np.asarray(poses)[rows][:, :3, 3], axis=0)
                middle[2, 3] += NAME_ABOVE_M
                name = marker(TEXT, f"floor {floor}, {room}", header, middle, (0.0, 0.0, NAME_M), colours[floor])
                shown.append({**name, "text": room})
    return message_on(ROOM_MARKERS, {"markers": shown})


def _floor_colours(place_map: ToldMap) -> dict[str, RGB]:
    colours = room_colours([labels.floor or UNKNOWN for labels in place_map.table.labels])
    return {floor: tuple(value / 255 for value in colour) for floor, colour in colours.items()}


def _rows_by(names: list[Any]) -> dict[Any, npt.NDArray[np.int64]]:
    rows: dict[Any, list[int]] = {}
    for row, name in enumerate(names):
        rows.setdefault(name, []).append(row)
    return {name: np.array(each, np.int64) for name, each in rows.items()}


def _arrowheads(map_from_base: Array) -> Array:
    """[3 n, 3] corners in the map."""
    turned = np.einsum("nij,cj->nci", map_from_base[:, :3, :3], ARROWHEAD_M)
    return np.asarray((turned + map_from_base[:, None, :3, 3]).reshape(-1, 3))
