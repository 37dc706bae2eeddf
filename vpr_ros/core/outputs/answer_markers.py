"""An answer as a display shows it: where the robot is said to be, the keyframe it was taken for, the line between."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from vpr_ros.core.message_fields import header_fields
from vpr_ros.core.outputs.marker import ARROW, HERE, LINE_STRIP, RGB, TEXT, delete_all, marker, with_points
from vpr_ros.core.outputs.told_map import ToldMap
from vpr_ros.core.outputs.topics import MARKERS, OutputMessage, message_on
from vpr_ros.core.records import Array, Candidate, Estimate, VerifiedPose

# How far an answer may be trusted: held by geometry; a place only, a few metres around it; solved and not believed.
FIXED, PLACE_ONLY, HELD_BACK = (0.18, 0.53, 0.34), (0.93, 0.69, 0.13), (0.77, 0.23, 0.19)
KEYFRAME: RGB = (0.55, 0.55, 0.6)
ARROW_M, LINE_M, TEXT_M = (0.5, 0.08, 0.08), 0.03, 0.2


def answer_markers(estimate: Estimate, place_map: ToldMap, sound: VerifiedPose | None) -> OutputMessage:
    """The four markers `query`, `match`, `line` and `text`; all are taken down where no place is believed in or the
    map has no poses.

    sound: the estimate's pose where it is one to believe, else the coarse pose is shown. Colours go by that; by the
    probability, once there is one.
    """
    best, table = estimate.candidates.best, place_map.table
    shown = sound or estimate.coarse_pose
    if estimate.refusal is not None or best is None or shown is None or table.map_from_base is None:
        return no_markers(place_map)
    keyframe = np.asarray(table.map_from_base[table.row_of(best.place_id)])
    header = header_fields(estimate.stamp_ns, place_map.map_frame)
    query, colour = shown.map_from_base, _colour(estimate, sound)
    line = marker(LINE_STRIP, "line", header, HERE, (LINE_M, 0.0, 0.0), colour)
    return _message(
        [
            marker(ARROW, "query", header, query, ARROW_M, colour),
            marker(ARROW, "match", header, keyframe, ARROW_M, KEYFRAME),
            with_points(line, np.stack([query[:3, 3], keyframe[:3, 3]])),
            _text(header, query, best, colour),
        ]
    )


def no_markers(place_map: ToldMap) -> OutputMessage:
    """Nothing is shown any more."""
    return _message([delete_all(place_map.map_frame)])


def _message(markers: Sequence[dict[str, Any]]) -> OutputMessage:
    return message_on(MARKERS, {"markers": list(markers)})


def _colour(estimate: Estimate, sound: VerifiedPose | None) -> RGB:
    if sound is not None:
        return FIXED
    return HELD_BACK if isinstance(estimate.pose, VerifiedPose) else PLACE_ONLY


def _text(header: dict[str, Any], query: Array, best: Candidate, colour: RGB) -> dict[str, Any]:
    above = np.array(query)
    above[2, 3] += 2 * TEXT_M
    told = f"place {best.place_id}: similarity {best.similarity:.2f}"
    if best.inliers is not None:
        told += f", {best.inliers} points"
    return {**marker(TEXT, "text", header, above, (0.0, 0.0, TEXT_M), colour), "text": told}
