"""An Estimate as (topic, type, fields), so that bags and the node say the same. Knows ROS by its names only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from vpr_ros.core.message_fields import header_fields, pose_fields
from vpr_ros.core.place_table import PlaceTable
from vpr_ros.core.records import UNKNOWN, Array, Candidate, CoarsePose, Estimate

STRING = "std_msgs/msg/String"
POSE = "geometry_msgs/msg/PoseWithCovarianceStamped"
DIAGNOSTICS = "diagnostic_msgs/msg/DiagnosticArray"

# Levels of diagnostic_msgs/DiagnosticStatus.
OK, WARN, ERROR = 0, 1, 2


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
MATCH = OutputTopic("~/match", DIAGNOSTICS)
OUTPUT_TOPICS = (PLACE_ID, ROOM, FLOOR, COARSE_POSE, MATCH)


@dataclass(frozen=True)
class OutputMessage:
    """One message; `fields` nests mappings by ROS field names, fixed arrays are numpy arrays."""

    topic: str
    type_name: str
    fields: Mapping[str, Any]


def messages_of(estimate: Estimate, table: PlaceTable, map_id: str, map_frame: str) -> list[OutputMessage]:
    """What is published for one frame, all stamped with the image's stamp; no coarse pose where there is none."""
    messages = [
        _message(PLACE_ID, {"data": _place_name(estimate, map_id)}),
        _message(ROOM, {"data": estimate.room.label}),
        _message(FLOOR, {"data": estimate.floor.label}),
        _message(MATCH, _match(estimate, table, map_id)),
    ]
    if estimate.coarse_pose is not None:
        messages.append(_message(COARSE_POSE, _pose(estimate.coarse_pose, estimate.stamp_ns, map_frame)))
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


def _pose(coarse: CoarsePose, stamp_ns: int, map_frame: str) -> dict[str, Any]:
    covariance: Array = np.asarray(coarse.covariance, dtype=np.float64).reshape(36)
    pose = {"pose": pose_fields(coarse.map_from_base), "covariance": covariance}
    return {"header": header_fields(stamp_ns, map_frame), "pose": pose}


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
    values.update({f"{stage} ms": latency for stage, latency in estimate.latency_ms.items()})
    if estimate.refusal is None:
        return status_fields(OK, "decision", "accepted", estimate.camera, values)
    return status_fields(WARN, "decision", f"refused: {estimate.refusal}", estimate.camera, values)


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
