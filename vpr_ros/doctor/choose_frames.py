"""Which frames of a long recording are looked at: where the robot turns and drives most, and some of everywhere."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from vpr_ros.core.geometry import invert_pose
from vpr_ros.core.records import Array
from vpr_ros.doctor.time_offset import rotation_vectors
from vpr_ros.sources.pose_track import PoseTrack, Stamps

MOST_IN_RUNS, MOST_ALONE = 500, 100
"""A few hundred turns tell an offset to milliseconds; more frames would only take longer."""
RUN_S = 10.0
STRAIGHT_RAD = 0.05
"""From image to image."""


def choose_frames(stamps_ns: Stamps, reference: PoseTrack | None) -> npt.NDArray[np.int64]:
    """Indices, ascending, into stamps in ascending order: whole runs of frames, and single ones spread evenly."""
    count = len(stamps_ns)
    if count <= MOST_IN_RUNS + MOST_ALONE:
        return np.arange(count)
    alone = np.linspace(0, count - 1, MOST_ALONE).astype(np.int64)
    runs = _runs(stamps_ns)
    motion = np.array([_motion(stamps_ns[run], reference) for run in runs])
    # Without odometry every run counts the same; those nearest to the middle of the drive then come first.
    middle = np.abs(np.arange(len(runs)) - len(runs) / 2)
    by_turn, by_way = (np.lexsort((middle, -motion[:, column])).tolist() for column in range(2))
    chosen: list[int] = []
    for index in (each for both in zip(by_turn, by_way, strict=True) for each in both):
        if index not in chosen and sum(len(runs[each]) for each in [*chosen, index]) <= MOST_IN_RUNS:
            chosen.append(index)
    return np.asarray(np.unique(np.concatenate([alone, *(runs[index] for index in chosen)])), np.int64)


def _runs(stamps_ns: Stamps) -> list[Array]:
    """Of RUN_S each, or of a fifth of the budget where images come faster."""
    since = ((stamps_ns - stamps_ns[0]) / (RUN_S * 1e9)).astype(np.int64)
    starts = np.flatnonzero(np.diff(since, prepend=-1))
    runs = np.split(np.arange(len(stamps_ns)), starts[1:])
    return [run[: MOST_IN_RUNS // 5] for run in runs]


def _motion(stamps_ns: Stamps, reference: PoseTrack | None) -> tuple[float, float]:
    """(radians turned, metres driven straight on): turns tell clocks, ways tell where the camera looks."""
    if reference is None or len(stamps_ns) < 2:
        return 0.0, 0.0
    poses, known = reference.at(stamps_ns, RUN_S)
    poses = poses[known]
    if len(poses) < 2:
        return 0.0, 0.0
    moved = invert_pose(poses[:-1]) @ poses[1:]
    turned = np.linalg.norm(rotation_vectors(moved), axis=1)
    driven = np.linalg.norm(moved[:, :3, 3], axis=1)
    return float(turned.sum()), float(driven[turned < STRAIGHT_RAD].sum())
