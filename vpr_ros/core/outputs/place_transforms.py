"""Where matched places are in the map, as transforms: what a pose relative to a keyframe is in."""

from __future__ import annotations

from typing import Any

import numpy as np

from vpr_ros.core.message_fields import header_fields, transform_fields
from vpr_ros.core.outputs.told_map import ToldMap
from vpr_ros.core.outputs.topics import place_frame

TRANSFORM_STAMPED = "geometry_msgs/msg/TransformStamped"
TF_MESSAGE = "tf2_msgs/msg/TFMessage"
TF_STATIC = "/tf_static"


def place_transform(place_id: int, stamp_ns: int, place_map: ToldMap) -> dict[str, Any] | None:
    """The fields of a geometry_msgs/TransformStamped, `map -> <map_id>/place_<id>`; None where the map has no poses."""
    poses, row = place_map.table.map_from_base, place_map.table.row_of(place_id)
    if poses is None:
        return None
    return {
        "header": header_fields(stamp_ns, place_map.map_frame),
        "child_frame_id": place_frame(place_map.map_id, place_id),
        "transform": transform_fields(np.asarray(poses[row])),
    }
