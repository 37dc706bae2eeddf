"""The node's topics: their names, types and how long their messages live."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

STRING = "std_msgs/msg/String"
POSE = "geometry_msgs/msg/PoseWithCovarianceStamped"
POSES = "geometry_msgs/msg/PoseArray"
ODOMETRY = "nav_msgs/msg/Odometry"
DIAGNOSTICS = "diagnostic_msgs/msg/DiagnosticArray"
DETECTIONS_3D = "vision_msgs/msg/Detection3DArray"
MARKER_ARRAY = "visualization_msgs/msg/MarkerArray"
COMPRESSED_IMAGE = "sensor_msgs/msg/CompressedImage"


@dataclass(frozen=True)
class OutputTopic:
    """A topic relative to the node's name (`~/`). Latched ones keep their last message for late subscribers."""

    name: str
    type_name: str
    latched: bool = False


@dataclass(frozen=True)
class OutputMessage:
    """One message; `fields` nests mappings by ROS field names, fixed arrays are numpy arrays."""

    topic: str
    type_name: str
    fields: Mapping[str, Any]


PLACE_ID = OutputTopic("~/place_id", STRING)
ROOM = OutputTopic("~/room", STRING, latched=True)
FLOOR = OutputTopic("~/floor", STRING, latched=True)
COARSE_POSE = OutputTopic("~/coarse_pose", POSE)
FIX = OutputTopic("~/pose", POSE)
RELATIVE_POSE = OutputTopic("~/relative_pose", ODOMETRY)
MATCH = OutputTopic("~/match", DIAGNOSTICS)
CANDIDATES = OutputTopic("~/candidates", POSES)
OUTPUT_TOPICS = (PLACE_ID, ROOM, FLOOR, COARSE_POSE, FIX, RELATIVE_POSE, MATCH, CANDIDATES)
"""What every answer is told on, here and in bags of results."""

DETECTIONS = OutputTopic("~/detections", DETECTIONS_3D)
RTABMAP_GLOBAL_POSE = OutputTopic("~/rtabmap_global_pose", POSE)
MARKERS = OutputTopic("~/markers", MARKER_ARRAY)
KEYFRAMES = OutputTopic("~/keyframes", MARKER_ARRAY, latched=True)
ROOM_MARKERS = OutputTopic("~/room_markers", MARKER_ARRAY, latched=True)
DEBUG_IMAGE = OutputTopic("~/debug_image/compressed", COMPRESSED_IMAGE)


def message_on(topic: OutputTopic, fields: Mapping[str, Any]) -> OutputMessage:
    """A message of the topic's type."""
    return OutputMessage(topic.name, topic.type_name, fields)


def place_frame(map_id: str, place_id: int) -> str:
    """The ROS frame of a place, which is also its name on `~/place_id`."""
    return f"{map_id}/place_{place_id}"


def is_place_frame(frame_id: str) -> bool:
    """Whether the frame is that of a place: of this map or of another node's."""
    map_id, _, place = frame_id.rpartition("/place_")
    return bool(map_id) and place.isdigit()
