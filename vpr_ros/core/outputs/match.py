"""`~/match`: the decision and its candidates, for people. A probability of each comes with the belief filter."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from vpr_ros.core.message_fields import header_fields
from vpr_ros.core.outputs.status import OK, WARN, pair, status_fields, status_of_pairs
from vpr_ros.core.outputs.topics import place_frame
from vpr_ros.core.place_table import PlaceTable
from vpr_ros.core.records import UNKNOWN, Candidate, Estimate, Rejected, VerifiedPose


def match_fields(
    estimate: Estimate, table: PlaceTable, map_id: str, held_back: str | None = None, epoch: int = 0
) -> dict[str, Any]:
    """Status 0 is the decision, then one status for each candidate, best first."""
    ranked = estimate.candidates.ranked
    rows = table.rows_of([candidate.place_id for candidate in ranked])
    statuses = [_decision(estimate, map_id, held_back, epoch)]
    for rank, (candidate, row) in enumerate(zip(ranked, rows, strict=True), start=1):
        statuses.append(_candidate(rank, candidate, row, table, map_id))
    return {"header": header_fields(estimate.stamp_ns, ""), "status": statuses}


def place_name(estimate: Estimate, map_id: str) -> str:
    """The frame of the place that is believed in, `UNKNOWN` when refusing."""
    return UNKNOWN if estimate.place_id is None else place_frame(map_id, estimate.place_id)


def _decision(estimate: Estimate, map_id: str, held_back: str | None, epoch: int) -> dict[str, Any]:
    values: dict[str, Any] = {
        "place": place_name(estimate, map_id),
        "room": estimate.room.label,
        "room share": estimate.room.share,
        "floor": estimate.floor.label,
        "floor share": estimate.floor.share,
        "map id": map_id,
        "epoch": epoch,
        "image": estimate.source_name,
    }
    pose, message = estimate.pose, "accepted"
    if isinstance(pose, VerifiedPose):
        values["pose"] = "accepted" if held_back is None else f"held back: {held_back}"
        values.update({f"pose {name}": number for name, number in pose.numbers.items()})
        message = "accepted" if held_back is None else f"accepted; pose held back: {held_back}"
    elif isinstance(pose, Rejected):
        values["pose"] = f"refused: {pose}"
        message = f"accepted; pose refused: {pose}"
    values.update({f"{stage} ms": latency for stage, latency in estimate.latency_ms.items()})
    if estimate.refusal is not None:
        return status_fields(WARN, "decision", f"refused: {estimate.refusal}", estimate.camera, values)
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
    values = [place, pair("similarity", candidate.similarity), *of_place]
    if candidate.overlap is not None:
        values.insert(2, pair("overlap", candidate.overlap))
    if candidate.inliers is not None:
        values.insert(2, pair("inliers", candidate.inliers))
    return status_of_pairs(OK, f"candidate {rank}", place["value"], table.cameras[row], values)


@lru_cache(maxsize=4096)
def _place_pairs(
    name: str, stamp_ns: int, source_name: str, room: str, floor: str, map_id: str
) -> tuple[dict[str, str], ...]:
    """What is said of a place whenever it is a candidate: the same ones are again and again."""
    stamp = f"{stamp_ns // 10**9}.{stamp_ns % 10**9:09d}"
    values = {"place": name, "keyframe stamp": stamp, "keyframe": source_name, "room": room, "floor": floor}
    return tuple(pair(key, value) for key, value in {**values, "map id": map_id}.items())
