"""Trajectories in TUM's format, for evo and for people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np

from vpr_ros.core.geometry import quaternion_from_matrix
from vpr_ros.core.records import Matrix4
from vpr_ros.evaluation.answered_pose import AnsweredPose, accepted_pose, guessed_pose
from vpr_ros.evaluation.files.run_folder import COARSE_TUM, ESTIMATED_TUM, TRUE_TUM
from vpr_ros.evaluation.judge_query import is_pose
from vpr_ros.evaluation.records import Query


def write_trajectories(folder: Path, queries: Iterable[Query]) -> None:
    """One file for each kind of pose that any query has."""
    poses: dict[str, list[tuple[int, Matrix4]]] = {TRUE_TUM: [], COARSE_TUM: [], ESTIMATED_TUM: []}
    for query in queries:
        found = {
            TRUE_TUM: query.truth.map_from_base,
            COARSE_TUM: _pose(guessed_pose(query.estimate)),
            ESTIMATED_TUM: _pose(accepted_pose(query.estimate)),
        }
        for name, pose in found.items():
            if pose is not None and is_pose(pose):
                poses[name].append((query.estimate.stamp_ns, pose))
    for name, rows in poses.items():
        if rows:
            (folder / name).write_text("".join(_lines(rows)), encoding="ascii")


def _pose(answered: AnsweredPose | None) -> Matrix4 | None:
    return None if answered is None else answered.map_from_base


def _lines(rows: Sequence[tuple[int, Matrix4]]) -> Iterator[str]:
    poses = np.stack([pose for _, pose in rows])
    values = np.concatenate([poses[:, :3, 3], quaternion_from_matrix(poses)], axis=1)
    for (stamp_ns, _), row in zip(rows, values.tolist(), strict=True):
        sign, stamp = ("-" if stamp_ns < 0 else ""), abs(stamp_ns)
        numbers = " ".join(f"{value:.9g}" for value in row)
        yield f"{sign}{stamp // 10**9}.{stamp % 10**9:09d} {numbers}\n"
