"""What a whole map is wrong by together: fitted, and told of poses that are solved on it."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from ask_verifier import BASES, NO_ROBOT, QUERY
from pose_scene import ON_ROBOT, PINHOLE, Eyes, Points, World, ranked, robot_at, room, table_of

from vpr_ros.core.describe_image import StageClock
from vpr_ros.core.pose.covariance import moved_pose, pose_change
from vpr_ros.core.pose.shared_error import SharedError, fit_shared_error, views_apart
from vpr_ros.core.pose_settings import PoseSettings
from vpr_ros.core.records import VerifiedPose
from vpr_ros.core.verify_pose import Verifier
from vpr_ros.features.matchers.mutual_ratio import MutualRatio


def answers(shared: SharedError, count: int = 400):
    """Errors of poses whose covariance is right but for what the map is wrong by."""
    rng = np.random.default_rng(3)
    variances = np.tile([0.002**2] * 3 + [0.001**2] * 3, (count, 1))
    apart = rng.uniform(0.05, 0.6, count)
    whole = variances + apart[:, None] ** 2 * np.array([shared.position_m**2] * 3 + [shared.turn_rad**2] * 3)
    return rng.normal(size=(count, 6)) * np.sqrt(whole), variances, apart


def test_what_was_put_in_is_found():
    found = fit_shared_error(*answers(SharedError(0.1, 0.05)))
    assert found.position_m == pytest.approx(0.1, rel=0.1)
    assert found.turn_rad == pytest.approx(0.05, rel=0.1)


def test_a_map_that_is_as_sure_as_it_may_be_gets_next_to_nothing():
    errors, variances, apart = answers(SharedError())
    found = fit_shared_error(0.9 * errors, variances, apart)
    assert found == SharedError(0.0, 0.0)


def test_a_few_answers_gone_astray_do_not_count():
    errors, variances, apart = answers(SharedError(0.1, 0.05), 40)
    errors[:3] = 5.0
    assert fit_shared_error(errors, variances, apart).position_m < 0.2


def test_moving_and_turning_both_lead_astray():
    here = robot_at(0, 0, 0)
    assert views_apart(here, here) == 0
    assert views_apart(here, robot_at(1, 0, 0)) == pytest.approx(0.5)
    assert views_apart(here, robot_at(0, 0, 30)) == pytest.approx(np.radians(30))


@pytest.mark.parametrize("change", [np.zeros(6), np.array([0.1, -0.2, 0.3, 0.4, -0.5, 0.6])])
def test_a_change_of_a_pose_is_what_moves_it(change):
    assert pose_change(QUERY, moved_pose(QUERY, change)) == pytest.approx(change, abs=1e-12)


def fix(shared: SharedError) -> VerifiedPose:
    world = World.of(room(), noise_px=0.3)
    keyframes = [world.keyframe(number, base) for number, base in enumerate(BASES)]
    told, _ = world.see(QUERY, PINHOLE, ON_ROBOT)
    settings = PoseSettings(gates=dataclasses.replace(NO_ROBOT, max_position_sigma_m=0.05))
    points = Points(*keyframes, shared_error=shared)
    verifier = Verifier(points, table_of(*BASES), Eyes(told), MutualRatio(0.85), settings)
    pose = verifier.verify([world.frame()], ranked(0, 1, 2), StageClock()).pose
    assert isinstance(pose, VerifiedPose)
    return pose


def test_a_fix_is_as_uncertain_as_its_map_and_what_the_image_says_of_its_axes_stays():
    sure, unsure = fix(SharedError()), fix(SharedError(2.0, 0.5))
    assert np.array_equal(sure.map_from_base, unsure.map_from_base)
    added = unsure.covariance - sure.covariance
    apart = np.sqrt(added[0, 0]) / 2.0
    camera = [views_apart(base @ ON_ROBOT, QUERY @ ON_ROBOT) for base in BASES]
    assert min(camera) <= apart <= max(camera)
    assert added == pytest.approx(np.diag([(2.0 * apart) ** 2] * 3 + [(0.5 * apart) ** 2] * 3), abs=1e-9)
    assert sure.relative is not None
    assert unsure.relative is not None
    assert np.trace(unsure.relative.covariance) > np.trace(sure.relative.covariance)
