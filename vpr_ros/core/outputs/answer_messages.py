"""What an answer is told as on the topics that bags of results hold too."""

from __future__ import annotations

from typing import Any

import numpy as np

from vpr_ros.core.message_fields import header_fields, pose_fields
from vpr_ros.core.outputs.candidates import candidate_poses
from vpr_ros.core.outputs.match import match_fields, place_name
from vpr_ros.core.outputs.told_map import ToldMap
from vpr_ros.core.outputs.topics import (
    CANDIDATES,
    COARSE_POSE,
    FIX,
    FLOOR,
    MATCH,
    OUTPUT_TOPICS,
    PLACE_ID,
    RELATIVE_POSE,
    ROOM,
    RTABMAP_GLOBAL_POSE,
    OutputMessage,
    message_on,
    place_frame,
)
from vpr_ros.core.records import UNKNOWN, Array, Estimate, Matrix4, RelativePose, VerifiedPose

NO_TWIST = dict.fromkeys("xyz", 0.0)
UNKNOWN_TWIST = np.diag([1e6] * 6).reshape(36)
"""The covariance of a twist that says nothing."""


def messages_of(
    estimate: Estimate,
    place_map: ToldMap,
    base_frame: str,
    fix: VerifiedPose | None,
    held_back: str | None = None,
    epoch: int = 0,
) -> list[OutputMessage]:
    """What is published for one frame, all stamped with the image's stamp; no pose where there is none.

    fix: the estimate's pose where it may be fused; held_back: why it may not. epoch: how often time began anew.
    """
    map_id = place_map.map_id
    messages = [
        message_on(PLACE_ID, {"data": place_name(estimate, map_id)}),
        message_on(ROOM, {"data": estimate.room.label}),
        message_on(FLOOR, {"data": estimate.floor.label}),
        message_on(MATCH, match_fields(estimate, place_map.table, map_id, held_back, epoch)),
    ]
    candidates = candidate_poses(estimate, place_map)
    if candidates is not None:
        messages.append(message_on(CANDIDATES, candidates))
    header, coarse = header_fields(estimate.stamp_ns, place_map.map_frame), estimate.coarse_pose
    if coarse is not None:
        fields = {"header": header, "pose": _pose(coarse.map_from_base, coarse.covariance)}
        messages.append(message_on(COARSE_POSE, fields))
    if fix is not None:
        messages.append(message_on(FIX, {"header": header, "pose": _pose(fix.map_from_base, fix.covariance)}))
        if fix.relative is not None:
            messages.append(message_on(RELATIVE_POSE, _odometry(fix.relative, estimate.stamp_ns, map_id, base_frame)))
    return messages


def withdrawn_messages() -> list[OutputMessage]:
    """What replaces the latched answers when the robot stops looking: a late subscriber shall not read an old room."""
    return [message_on(topic, {"data": UNKNOWN}) for topic in OUTPUT_TOPICS if topic.latched]


def rtabmap_pose(fix: VerifiedPose, stamp_ns: int, base_frame: str) -> OutputMessage:
    """The fix as rtabmap's `global_pose` wants it: `frame_id` names whose pose it is, not what it is in."""
    fields = {"header": header_fields(stamp_ns, base_frame), "pose": _pose(fix.map_from_base, fix.covariance)}
    return message_on(RTABMAP_GLOBAL_POSE, fields)


def _pose(a_from_base: Matrix4, covariance: Array) -> dict[str, Any]:
    return {"pose": pose_fields(a_from_base), "covariance": np.asarray(covariance, dtype=np.float64).reshape(36)}


def _odometry(relative: RelativePose, stamp_ns: int, map_id: str, base_frame: str) -> dict[str, Any]:
    """The robot in the frame of a keyframe; nothing is known of how it moves."""
    return {
        "header": header_fields(stamp_ns, place_frame(map_id, relative.place_id)),
        "child_frame_id": base_frame,
        "pose": _pose(relative.place_from_base, relative.covariance),
        "twist": {"twist": {"linear": NO_TWIST, "angular": NO_TWIST}, "covariance": UNKNOWN_TWIST},
    }
