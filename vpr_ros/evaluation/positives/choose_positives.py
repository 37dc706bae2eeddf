"""From --positives, or from what map and source know, to the criterion of a right place."""

from __future__ import annotations

import difflib
import math
from dataclasses import dataclass
from pathlib import Path

from vpr_ros.core.errors import UsageError
from vpr_ros.core.paths import path_argument
from vpr_ros.core.records import Frame
from vpr_ros.evaluation.positives.positives import Positives
from vpr_ros.evaluation.positives.positives_by_distance import DistancePositives
from vpr_ros.evaluation.positives.positives_by_label import LABELS, LabelPositives, label_of
from vpr_ros.evaluation.positives.positives_by_list import ListedPositives
from vpr_ros.evaluation.positives.positives_by_overlap import OverlapPositives
from vpr_ros.maps.place_map import PlaceMap

INDOORS_M, STREET_M = 5.0, 25.0
OVERLAP, OVERLAP_ANGLE_DEG = 0.25, 45.0
_LIMITS = {"distance": (0.0, 1e6), "overlap": (0.0, 1.0), "angle": (0.0, 180.0)}
_EXPECTED = "distance=0.5[,angle=30], overlap=0.3[,angle=20], label=room, or a JSON file"


@dataclass(frozen=True)
class PositivesChoice:
    """What a person asked for; exactly one of distance_m, overlap, label and path."""

    distance_m: float | None = None
    overlap: float | None = None
    angle_deg: float | None = None
    label: str | None = None
    path: Path | None = None


def parse_positives(text: str) -> PositivesChoice:
    """`distance=0.5,angle=30`, `overlap=0.3,angle=20`, `label=room` or a path to a JSON file. Raises UsageError."""
    if text.lower().endswith(".json"):
        return PositivesChoice(path=path_argument(text))
    values: dict[str, str] = {}
    for part in text.split(","):
        key, equals, value = (each.strip() for each in part.partition("="))
        if key not in (*_LIMITS, "label") or not equals:
            near = difflib.get_close_matches(key, [*_LIMITS, "label"], n=1)
            hint = f"; did you mean {near[0]}=...?" if near and near[0] != key else ""
            raise UsageError(f"--positives {text!r}: cannot read {part.strip()!r}{hint}; expected {_EXPECTED}")
        if key in values:
            raise UsageError(f"--positives {text!r}: {key} stands twice")
        values[key] = value
    kinds = [kind for kind in ("distance", "overlap", "label") if kind in values]
    if len(kinds) != 1 or (kinds == ["label"] and "angle" in values):
        raise UsageError(f"--positives {text!r}: expected one of {_EXPECTED}")
    if kinds == ["label"] and values["label"] not in LABELS:
        raise UsageError(f"--positives {text!r}: label is one of {', '.join(LABELS)}")
    return PositivesChoice(
        distance_m=_number(values, "distance"),
        overlap=_number(values, "overlap"),
        angle_deg=_number(values, "angle"),
        label=values.get("label"),
    )


def bind_positives(choice: PositivesChoice, place_map: PlaceMap, queries: int) -> Positives:
    """The criterion for this map. Raises UsageError where the map lacks what it needs."""
    table = place_map.table
    if choice.path is not None:
        return ListedPositives(choice.path, table, place_map.next_place_id, queries)
    if choice.label is not None:
        return LabelPositives(table, choice.label)
    if choice.overlap is not None:
        angle = OVERLAP_ANGLE_DEG if choice.angle_deg is None else choice.angle_deg
        return OverlapPositives(place_map, choice.overlap, angle)
    assert choice.distance_m is not None
    return DistancePositives(table, choice.distance_m, choice.angle_deg)


def default_positives(place_map: PlaceMap, first: Frame, has_heading: bool = True) -> Positives | None:
    """The strictest criterion that map and source allow; `first`: a query that has a pose where any has one.

    Positions without headings are those of GPS and street data sets, where 25 m is the custom. None where nobody can
    say which place is right.
    """
    table = place_map.table
    if table.map_from_base is not None and first.map_from_base is not None:
        if has_heading and _has_depth(first) and _knows_depth(place_map):
            return OverlapPositives(place_map, OVERLAP, OVERLAP_ANGLE_DEG)
        return DistancePositives(table, INDOORS_M if has_heading else STREET_M, None)
    for kind in ("place", "room"):
        theirs = any(label_of(labels, kind) is not None for labels in table.labels)
        if theirs and label_of(first.labels, kind) is not None:
            return LabelPositives(table, kind)
    return None


def _has_depth(frame: Frame) -> bool:
    return frame.depth_m is not None and frame.intrinsics is not None and frame.base_from_camera is not None


def _knows_depth(place_map: PlaceMap) -> bool:
    known = {
        camera.name
        for camera in place_map.cameras
        if camera.intrinsics is not None and camera.base_from_camera is not None
    }
    return place_map.depth is not None and set(place_map.table.cameras) <= known


def _number(values: dict[str, str], key: str) -> float | None:
    if key not in values:
        return None
    low, high = _LIMITS[key]
    try:
        value = float(values[key])
    except ValueError as error:
        raise UsageError(f"--positives: {key}={values[key]!r} is no number") from error
    if not (math.isfinite(value) and low <= value <= high):
        raise UsageError(f"--positives: {key}={values[key]} is outside {low:g}..{high:g}")
    return value
