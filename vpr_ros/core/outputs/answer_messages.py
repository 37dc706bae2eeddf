"""What an answer is told as on the topics that bags of results hold too."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from vpr_ros.core.message_fields import header_fields, pose_fields
from vpr_ros.core.outputs.candidates import candidate_poses, detections
from vpr_ros.core.outputs.match import match_fields, place_name
from vpr_ros.core.outputs.told_map import ToldMap
from vpr_ros.core.outputs.topics import (
    CANDIDATES,
    COARSE_POSE,
    DETECTIONS,
    FIX,
    FLOOR,
    MATCH,
    OUTPUT_TOPICS,
    PLACE_ID,
    RELATIVE_POSE,
    ROOM,
    RTABMAP_GLOBAL_POSE,
    OutputMessage,
    OutputTopic,
    message_on,
    place_frame,
)
from vpr_ros.core.records import UNKNOWN, Array, CoarsePose, Estimate, Matrix4, RelativePose, VerifiedPose

NO_TWIST = dict.fromkeys("xyz", 0.0)
UNKNOWN_TWIST = np.diag([1e6] * 6).reshape(36)
"""The covariance of a twist that says nothing."""


def of_every_answer(topic: OutputTopic) -> bool:
    """The topics that are told wherever answers are."""
    return topic in OUTPUT_TOPICS


def messages_of(
    estimate: Estimate,
    place_map: ToldMap,
    base_frame: str,
    fix: VerifiedPose | None,
    held_back: str | None = None,
    epoch: int = 0,
    wanted: Callable[[OutputTopic], bool] = of_every_answer,
) -> list[OutputMessage]:
    """What is published for one frame, all stamped with the image's stamp; no pose where there is none.

    fix: the estimate's pose where it may be fused; held_back: why it may not. epoch: how often time began anew. wanted:
    a topic of which nothing is wanted costs nothing.
    """
    table, map_id, coarse = place_map.table, place_map.map_id, estimate.coarse_pose
    relative = None if fix is None else fix.relative
    told: dict[OutputTopic, Callable[[], Mapping[str, Any] | None]] = {
        PLACE_ID: lambda: {"data": place_name(estimate, map_id)},
        ROOM: lambda: {"data": estimate.room.label},
        FLOOR: lambda: {"data": estimate.floor.label},
        MATCH: lambda: match_fields(estimate, table, map_id, held_back, epoch),
        CANDIDATES: lambda: candidate_poses(estimate, place_map),
        DETECTIONS: lambda: detections(estimate, place_map),
        COARSE_POSE: lambda: _stamped(coarse, estimate.stamp_ns, place_map.map_frame),
        FIX: lambda: _stamped(fix, estimate.stamp_ns, place_map.map_frame),
        # rtabmap takes frame_id for the frame whose pose it is, not for the one that the pose is in.
        RTABMAP_GLOBAL_POSE: lambda: _stamped(fix, estimate.stamp_ns, base_frame),
        RELATIVE_POSE: lambda: _odometry(relative, estimate.stamp_ns, map_id, base_frame),
    }
    made = ((topic, make()) for topic, make in told.items() if wanted(topic))
    return [message_on(topic, fields) for topic, fields in made if fields is not None]


def withdrawn_messages() -> list[OutputMessage]:
    """What replaces the latched answers when the robot stops looking: a late subscriber shall not read an old room."""
    return [message_on(topic, {"data": UNKNOWN}) for topic in OUTPUT_TOPICS if topic.latched]


def _stamped(pose: VerifiedPose | CoarsePose | None, stamp_ns: int, frame_id: str) -> dict[str, Any] | None:
    if pose is None:
        return None
    return {"header": header_fields(stamp_ns, frame_id), "pose": _pose(pose.map_from_base, pose.covariance)}


def _pose(a_from_base: Matrix4, covariance: Array) -> dict[str, Any]:
    return {"pose": pose_fields(a_from_base), "covariance": np.asarray(covariance, dtype=np.float64).reshape(36)}


def _odometry(relative: RelativePose | None, stamp_ns: int, map_id: str, base_frame: str) -> dict[str, Any] | None:
    """The robot in the frame of a keyframe; nothing is known of how it moves."""
    if relative is None:
        return None
    return {
        "header": header_fields(stamp_ns, place_frame(map_id, relative.place_id)),
        "child_frame_id": base_frame,
        "pose": _pose(relative.place_from_base, relative.covariance),
        "twist": {"twist": {"linear": NO_TWIST, "angular": NO_TWIST}, "covariance": UNKNOWN_TWIST},
    }
