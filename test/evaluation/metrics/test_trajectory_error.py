from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("evo")
from vpr_ros.core.geometry import planar_pose
from vpr_ros.evaluation.metrics.trajectory_error import trajectory_error

WALK = np.stack([planar_pose(0.5 * step, 0.1 * step**2, 0.1 * step) for step in range(8)])


def test_a_constant_offset_is_absolute_error_only():
    found = trajectory_error(WALK, planar_pose(3.0, 4.0, 0.0) @ WALK, [0] * 8)
    assert found.ate_rmse_m == pytest.approx(5)
    assert found.rpe_rmse_m == pytest.approx(0, abs=1e-9)


def test_one_turned_pose_spoils_two_steps():
    answered = WALK.copy()
    answered[3] = answered[3] @ planar_pose(0.0, 0.0, np.radians(90))
    found = trajectory_error(WALK, answered, [0] * 8)
    assert found.ate_rmse_m == pytest.approx(0, abs=1e-9)
    assert found.rpe_rmse_deg == pytest.approx(np.sqrt(2 * 90**2 / 7))


def test_no_step_goes_from_one_sequence_to_the_next():
    answered = WALK.copy()
    answered[4:] = planar_pose(10.0, 0.0, 0.0) @ answered[4:]
    assert trajectory_error(WALK, answered, [0] * 4 + [1] * 4).rpe_rmse_m == pytest.approx(0, abs=1e-9)
    assert trajectory_error(WALK, answered, [0] * 8).rpe_rmse_m > 1


def test_single_poses_have_no_steps():
    found = trajectory_error(WALK[:2], WALK[:2], [0, 1])
    assert (found.ate_rmse_m, found.rpe_rmse_m, found.rpe_rmse_deg) == (0, None, None)


def test_it_is_evos_own_figure_on_a_noisy_walk():
    from evo.core.metrics import APE, RPE, PoseRelation, StatisticsType
    from evo.core.trajectory import PosePath3D

    rng = np.random.default_rng(0)
    noisy = np.stack([pose @ planar_pose(*rng.normal(0, 0.2, 3)) for pose in WALK])
    ours = trajectory_error(WALK, noisy, [0] * 8)
    for metric, figure in (
        (APE(PoseRelation.translation_part), ours.ate_rmse_m),
        (RPE(PoseRelation.translation_part), ours.rpe_rmse_m),
        (RPE(PoseRelation.rotation_angle_deg), ours.rpe_rmse_deg),
    ):
        metric.process_data((PosePath3D(poses_se3=list(WALK)), PosePath3D(poses_se3=list(noisy))))
        assert figure == pytest.approx(metric.get_statistic(StatisticsType.rmse))
