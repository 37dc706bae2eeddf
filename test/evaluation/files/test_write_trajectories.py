from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sample_run import make_query

from vpr_ros.core.geometry import planar_pose
from vpr_ros.evaluation.files.write_trajectories import write_trajectories
from vpr_ros.evaluation.records import Run
from vpr_ros.sources.trajectory_file import read_trajectory


def test_true_and_coarse_poses_come_back_as_they_were(run: Run, tmp_path: Path):
    write_trajectories(tmp_path, run.queries)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["coarse.tum", "true.tum"]
    stamps, poses = read_trajectory(tmp_path / "true.tum")
    assert stamps == [query.estimate.stamp_ns for query in run.queries]
    assert poses == pytest.approx(np.stack([query.truth.map_from_base for query in run.queries]), abs=1e-6)
    assert len(read_trajectory(tmp_path / "coarse.tum")[0]) == len(run.queries) - 1


def test_evo_reads_them(run: Run, tmp_path: Path):
    interface = pytest.importorskip("evo.tools.file_interface")
    write_trajectories(tmp_path, run.queries)
    assert interface.read_tum_trajectory_file(str(tmp_path / "true.tum")).num_poses == len(run.queries)


def test_accepted_poses_stand_in_their_own_file_and_broken_ones_nowhere(full_run: Run, tmp_path: Path):
    broken = make_query(99, said=np.full((4, 4), np.nan), true=planar_pose(0.0, 0.0, 0.0))
    write_trajectories(tmp_path, [*full_run.queries, broken])
    answered = sum(query.pose_error is not None for query in full_run.queries)
    assert len(read_trajectory(tmp_path / "estimated.tum")[0]) == answered
