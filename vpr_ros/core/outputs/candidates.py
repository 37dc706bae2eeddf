"""The best candidates: where they lie, for displays, and typed for machines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from vpr_ros.core.coarse_pose import FLOOR_ANGLE_RAD, FLOOR_POSITION_M
from vpr_ros.core.message_fields import header_fields, pose_fields
from vpr_ros.core.outputs.told_map import ToldMap
from vpr_ros.core.outputs.topics import place_frame
from vpr_ros.core.records import Candidate, Estimate

SEEN_FROM_AFAR = np.diag([FLOOR_POSITION_M**2] * 3 + [FLOOR_ANGLE_RAD**2] * 3).reshape(36)
"""The covariance of a robot that sees a place: no better than a coarse pose can be."""


def candidate_poses(estimate: Estimate, place_map: ToldMap) -> dict[str, Any] | None:
    """The fields of a geometry_msgs/PoseArray, best first, none when refusing; None where the map has no poses."""
    poses = place_map.table.map_from_base
    if poses is None:
        return None
    rows = place_map.table.rows_of([each.place_id for each in _believed(estimate)])
    header = header_fields(estimate.stamp_ns, place_map.map_frame)
    return {"header": header, "poses": [pose_fields(poses[row]) for row in rows]}


def detections(estimate: Estimate, place_map: ToldMap) -> dict[str, Any]:
    """The fields of a vision_msgs/Detection3DArray: a detection for each candidate, best first, none when refusing.

    Its one hypothesis is the place's frame with the similarity (a probability comes with the belief filter); its pose
    is the place's, with a covariance as wide as places are seen from. Without poses the pose is left out.
    """
    header = header_fields(estimate.stamp_ns, place_map.map_frame)
    return {"header": header, "detections": [_detection(each, header, place_map) for each in _believed(estimate)]}


def _believed(estimate: Estimate) -> tuple[Candidate, ...]:
    return estimate.candidates.ranked if estimate.refusal is None else ()


def _detection(candidate: Candidate, header: Mapping[str, Any], place_map: ToldMap) -> dict[str, Any]:
    name, poses = place_frame(place_map.map_id, candidate.place_id), place_map.table.map_from_base
    result: dict[str, Any] = {"hypothesis": {"class_id": name, "score": candidate.similarity}}
    detection = {"header": header, "results": [result], "id": name}
    if poses is not None:
        pose = pose_fields(poses[place_map.table.row_of(candidate.place_id)])
        result["pose"] = {"pose": pose, "covariance": SEEN_FROM_AFAR}
        detection["bbox"] = {"center": pose}
    return detection
