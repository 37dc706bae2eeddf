"""An Estimate as (topic, type, fields), so that bags and the node say the same. Knows ROS by its names only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from vpr_ros.core.message_fields import header_fields, pose_fields
from vpr_ros.core.place_table import PlaceTable
from vpr_ros.core.records import UNKNOWN, Array, Candidate, Estimate, Matrix4, Rejected, RelativePose, VerifiedPose

STRING = "std_msgs/msg/String"
POSE = "geometry_msgs/msg/PoseWithCovarianceStamped"
ODOMETRY = "nav_msgs/msg/Odometry"
DIAGNOSTICS = "diagnostic_msgs/msg/DiagnosticArray"

# Levels of diagnostic_msgs/DiagnosticStatus.
OK, WARN, ERROR = 0, 1, 2

NO_TWIST = dict.fromkeys("xyz", 0.0)
UNKNOWN_TWIST = np.diag([1e6] * 6).reshape(36)
"""The covariance of a twist that says nothing."""


@dataclass(frozen=True)
class OutputTopic:
    """A topic relative to the node's name (`~/`). Latched ones keep their last message for late subscribers."""

    name: str
    type_name: str
    latched: bool = False


PLACE_ID = OutputTopic("~/place_id", STRING)
ROOM = OutputTopic("~/room", STRING, latched=True)
FLOOR = OutputTopic("~/floor", STRING, latched=True)
COARSE_POSE = OutputTopic("~/coarse_pose", POSE)
FIX = OutputTopic("~/pose", POSE)
RELATIVE_POSE = OutputTopic("~/relative_pose", ODOMETRY)
MATCH = OutputTopic("~/match", DIAGNOSTICS)
OUTPUT_TOPICS = (PLACE_ID, ROOM, FLOOR, COARSE_POSE, FIX, RELATIVE_POSE, MATCH)


@dataclass(frozen=True)
class OutputMessage:
    """One message; `fields` nests mappings by ROS field names, fixed arrays are numpy arrays."""

    topic: str
    type_name: str
    fields: Mapping[str, Any]


def messages_of(
    estimate: Estimate, table: PlaceTable, map_id: str, map_frame: str, base_frame: str
) -> list[OutputMessage]:
    """What is published for one frame, all stamped with the image's stamp; no pose where there is none."""
    messages = [
        _message(PLACE_ID, {"data": _place_name(estimate, map_id)}),
        _message(ROOM, {"data": estimate.room.label}),
        _message(FLOOR, {"data": estimate.floor.label}),
        _message(MATCH, _match(estimate, table, map_id)),
    ]
    header, coarse, fix = header_fields(estimate.stamp_ns, map_frame), estimate.coarse_pose, estimate.pose
    if coarse is not None:
        messages.append(
            _message(COARSE_POSE, {"header": header, "pose": _pose(coarse.map_from_base, coarse.covariance)})
        )
    if isinstance(fix, VerifiedPose):
        messages.append(_message(FIX, {"header": header, "pose": _pose(fix.map_from_base, fix.covariance)}))
        if fix.relative is not None:
            fields = _odometry(fix.relative, estimate.stamp_ns, map_id, base_frame)
            messages.append(_message(RELATIVE_POSE, fields))
    return messages


def withdrawn_messages() -> list[OutputMessage]:
    """What replaces the latched answers when the robot stops looking: a late subscriber shall not read an old room."""
    return [_message(topic, {"data": UNKNOWN}) for topic in OUTPUT_TOPICS if topic.latched]


def place_frame(map_id: str, place_id: int) -> str:
    """The ROS frame of a place, which is also its name on `~/place_id`."""
    return f"{map_id}/place_{place_id}"


def status_fields(level: int, name: str, message: str, hardware_id: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a diagnostic_msgs/DiagnosticStatus; values are written as text."""
    return _status(level, name, message, hardware_id, [_pair(key, value) for key, value in values.items()])


def _message(topic: OutputTopic, fields: Mapping[str, Any]) -> OutputMessage:
    return OutputMessage(topic.name, topic.type_name, fields)


def _place_name(estimate: Estimate, map_id: str) -> str:
    return UNKNOWN if estimate.place_id is None else place_frame(map_id, estimate.place_id)


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


def _match(estimate: Estimate, table: PlaceTable, map_id: str) -> dict[str, Any]:
    """Status 0 is the decision, then one status for each candidate, best first."""
    ranked = estimate.candidates.ranked
    rows = table.rows_of([candidate.place_id for candidate in ranked])
    statuses = [_decision(estimate, map_id)]
    for rank, (candidate, row) in enumerate(zip(ranked, rows, strict=True), start=1):
        statuses.append(_candidate(rank, candidate, row, table, map_id))
    return {"header": header_fields(estimate.stamp_ns, ""), "status": statuses}


def _decision(estimate: Estimate, map_id: str) -> dict[str, Any]:
    values: dict[str, Any] = {
        "place": _place_name(estimate, map_id),
        "room": estimate.room.label,
        "room share": estimate.room.share,
        "floor": estimate.floor.label,
        "floor share": estimate.floor.share,
        "map id": map_id,
        "image": estimate.source_name,
    }
    pose = estimate.pose
    if isinstance(pose, VerifiedPose):
        values["pose"] = "accepted"
        values.update({f"pose {name}": number for name, number in pose.numbers.items()})
    elif pose is not None:
        values["pose"] = f"refused: {pose}"
    values.update({f"{stage} ms": latency for stage, latency in estimate.latency_ms.items()})
    if estimate.refusal is not None:
        return status_fields(WARN, "decision", f"refused: {estimate.refusal}", estimate.camera, values)
    message = f"accepted; pose refused: {pose}" if isinstance(pose, Rejected) else "accepted"
    return status_fields(OK, "decision", message, estimate.camera, values)


def _candidate(rank: int, candidate: Candidate, row: int, table: PlaceTable, map_id: str) -> dict[str, Any]:
    labels = table.labels[row]
    place, *of_place = _place_pairs(
        place_frame(map_id, candidate.place_id),
        int(table.stamps_ns[row]),
        table.source_names[row],
        labels.room or UNKNOWN,
        labels.floor or UNKNOWN,
        map_id,
    )
    values = [place, _pair("similarity", candidate.similarity), *of_place]
    if candidate.overlap is not None:
        values.insert(2, _pair("overlap", candidate.overlap))
    if candidate.inliers is not None:
        values.insert(2, _pair("inliers", candidate.inliers))
    return _status(OK, f"candidate {rank}", place["value"], table.cameras[row], values)


@lru_cache(maxsize=4096)
def _place_pairs(
    name: str, stamp_ns: int, source_name: str, room: str, floor: str, map_id: str
) -> tuple[dict[str, str], ...]:
    """What is said of a place whenever it is a candidate: the same ones are again and again."""
    stamp = f"{stamp_ns // 10**9}.{stamp_ns % 10**9:09d}"
    values = {"place": name, "keyframe stamp": stamp, "keyframe": source_name, "room": room, "floor": floor}
    return tuple(_pair(key, value) for key, value in {**values, "map id": map_id}.items())


def _status(level: int, name: str, message: str, hardware_id: str, pairs: list[dict[str, str]]) -> dict[str, Any]:
    return {"level": level, "name": name, "message": message, "hardware_id": hardware_id, "values": pairs}


def _pair(key: str, value: Any) -> dict[str, str]:
    return {"key": key, "value": f"{value:.4f}" if isinstance(value, float) else str(value)}
