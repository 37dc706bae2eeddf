"""One answer beside the truth."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np

from vpr_ros.core.place_table import PlaceTable
from vpr_ros.core.records import Estimate, Frame, Matrix4
from vpr_ros.evaluation.answered_pose import accepted_pose, guessed_pose
from vpr_ros.evaluation.pose_error import direction_error_deg, pose_error
from vpr_ros.evaluation.positives.positives import Positives
from vpr_ros.evaluation.records import Query, Truth


@dataclass(frozen=True)
class Asked:
    """Which frame of the source this is, the how many-th of those asked about, in which sequence; FrameEntry's
    has_heading and has_stamp."""

    number: int
    index: int
    sequence: int
    has_heading: bool = True
    has_stamp: bool = True


def judge_query(
    asked: Asked, frame: Frame, estimate: Estimate, table: PlaceTable, positives: Positives | None
) -> Query:
    """`frame` carries its pose in the map's frame, as `in_map_frame` makes it."""
    ids = np.array([candidate.place_id for candidate in estimate.candidates.ranked], dtype=np.int64)
    rows = np.searchsorted(table.place_ids, ids).tolist()
    judgement = None if positives is None else positives.judge(frame, asked.index, rows)
    true = frame.map_from_base
    accepted, coarse = accepted_pose(estimate), guessed_pose(estimate)
    direction = None
    if accepted is not None and true is not None and asked.has_heading and rows and table.map_from_base is not None:
        direction = direction_error_deg(np.asarray(table.map_from_base[rows[0]]), accepted.map_from_base, true)
    row = None if judgement is None else judgement.positive_row
    return Query(
        number=asked.number,
        sequence=asked.sequence,
        estimate=estimate,
        truth=Truth(
            map_from_base=true,
            labels=frame.labels,
            has_positive=None if judgement is None else judgement.has_positive,
            positive_place_id=None if row is None else int(table.place_ids[row]),
            has_heading=asked.has_heading,
        ),
        right=None if judgement is None else judgement.right,
        pose_error=None if accepted is None or true is None else pose_error(accepted, true, asked.has_heading),
        coarse_error=None if coarse is None or true is None else pose_error(coarse, true, asked.has_heading),
        direction_error_deg=direction,
        has_stamp=asked.has_stamp,
    )


def in_map_frame(frame: Frame, map_from_source: Matrix4 | None) -> Frame:
    """The frame with its pose in the map's frame, and without a pose that is none."""
    pose = frame.map_from_base
    if pose is None:
        return frame
    if not is_pose(pose):
        return dataclasses.replace(frame, map_from_base=None)
    return frame if map_from_source is None else dataclasses.replace(frame, map_from_base=map_from_source @ pose)


def is_pose(pose: Matrix4) -> bool:
    """Whether it is finite and turns without stretching."""
    if not np.isfinite(pose).all():
        return False
    rotation = pose[:3, :3]
    return bool(np.abs(rotation @ rotation.T - np.eye(3)).max() < 1e-3 and np.linalg.det(rotation) > 0)
