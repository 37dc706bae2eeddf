"""queries.csv: one row a query, written and read back. Hostile names neither break rows nor become formulas."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from vpr_ros.core.geometry import yaw_of
from vpr_ros.core.place_table import PlaceTable
from vpr_ros.core.records import Matrix4
from vpr_ros.evaluation.answered_pose import accepted_pose, guessed_pose, probability_of
from vpr_ros.evaluation.metrics.recall import first_right_ranks
from vpr_ros.evaluation.records import PoseError, Query

_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "'")
_POSE = ("x", "y", "z", "yaw_deg")
COLUMNS = (
    *("number", "stamp_ns", "source_name", "camera", "sequence", "refused"),
    *("place_id", "place_source", "similarity", "probability"),
    *("judged", "has_positive", "place_right", "rank", "positive_place_id"),
    *("room", "true_room", "floor", "true_floor"),
    *("pose_m", "pose_deg", "coarse_m", "coarse_deg"),
    *(f"{kind}_{axis}" for kind in ("true", "coarse", "pose") for axis in _POSE),
    "total_ms",
)


def write_queries(path: Path, queries: Iterable[Query], table: PlaceTable) -> None:
    """The file, one line a query."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n", quoting=csv.QUOTE_ALL)  # some spreadsheets split at ;
        writer.writerow(COLUMNS)
        for query in queries:
            row = query_row(query, table)
            writer.writerow([row[column] for column in COLUMNS])


def query_row(query: Query, table: PlaceTable) -> dict[str, str]:
    """What is known of a query, as text by column."""
    estimate, truth = query.estimate, query.truth
    best = estimate.candidates.best
    rank = None if query.right is None else int(first_right_ranks([query.right])[0]) or None
    values: dict[str, object] = {
        "number": query.number,
        "stamp_ns": estimate.stamp_ns,
        "source_name": safe_text(estimate.source_name),
        "camera": safe_text(estimate.camera),
        "sequence": query.sequence,
        "refused": None if estimate.refusal is None else safe_text(str(estimate.refusal)),
        "place_id": estimate.place_id,
        "place_source": None if best is None else safe_text(table.source_names[table.row_of(best.place_id)]),
        "similarity": None if best is None else round(best.similarity, 6),
        "probability": probability_of(estimate),
        "judged": int(query.right is not None),
        "has_positive": truth.has_positive,
        "place_right": query.place_right,
        "rank": rank,
        "positive_place_id": truth.positive_place_id,
        "room": safe_text(estimate.room.label),
        "true_room": safe_text(truth.labels.room),
        "floor": safe_text(estimate.floor.label),
        "true_floor": safe_text(truth.labels.floor),
        "total_ms": round(sum(estimate.latency_ms.values()), 3),
        **_error("pose", query.pose_error),
        **_error("coarse", query.coarse_error),
    }
    answered, coarse = accepted_pose(estimate), guessed_pose(estimate)
    values |= _pose("true", truth.map_from_base)
    values |= _pose("pose", None if answered is None else answered.map_from_base)
    values |= _pose("coarse", None if coarse is None else coarse.map_from_base)
    return {column: _cell(values.get(column)) for column in COLUMNS}


def safe_text(text: str | None) -> str | None:
    """Text on one line that no spreadsheet takes for a formula and every encoding can hold."""
    if text is None:
        return None
    shown = text
    if not text.isprintable():
        shown = "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)
    return f"'{shown}" if shown.startswith(_FORMULA) else shown


def _error(kind: str, error: PoseError | None) -> dict[str, object]:
    if error is None:
        return {}
    angle_deg = None if math.isnan(error.angle_deg) else round(error.angle_deg, 6)
    return {f"{kind}_m": round(error.distance_m, 6), f"{kind}_deg": angle_deg}


def _pose(kind: str, pose: Matrix4 | None) -> dict[str, object]:
    if pose is None or not np.isfinite(pose).all():
        return {}
    values = [*(float(value) for value in pose[:3, 3]), math.degrees(float(yaw_of(pose)))]
    return {f"{kind}_{axis}": round(value, 6) for axis, value in zip(_POSE, values, strict=True)}


def _cell(value: object) -> str:
    if value is None:
        return ""
    return str(int(value)) if isinstance(value, bool) else str(value)
