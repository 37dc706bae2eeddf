from __future__ import annotations

import dataclasses

import cv2
import numpy as np
import pycolmap
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pose_scene import LENSES, ON_ROBOT, PINHOLE, exact_pairs, robot_at, room

from vpr_ros.core.geometry import invert_pose, pose_matrix
from vpr_ros.core.lens import project_points
from vpr_ros.core.pose.colmap_camera import colmap_camera
from vpr_ros.core.pose.correspondences import QueryView, join
from vpr_ros.core.pose.solve_absolute import NO_POSE, TOO_FEW_MATCHES, solve_absolute
from vpr_ros.core.records import Rejected

unit = st.floats(-1, 1)


@st.composite
def rigid(draw, reach):
    q = np.array([draw(unit) for _ in range(4)])
    q = q if np.linalg.norm(q) > 0.1 else np.array([0.0, 0, 0, 1])
    return pose_matrix(np.array([draw(unit) * reach for _ in range(3)]), q)


def _points_before(map_from_camera, count=60, seed=0):
    """In the map, all of them in the picture."""
    rng = np.random.default_rng(seed)
    ahead = np.column_stack([rng.uniform(-0.35, 0.35, (count, 2)), np.ones(count)]) * rng.uniform(1, 6, (count, 1))
    return ahead @ map_from_camera[:3, :3].T + map_from_camera[:3, 3]


@pytest.mark.parametrize("lens", LENSES.values(), ids=LENSES.keys())
def test_colmap_projects_as_our_lens_does(lens):
    rng = np.random.default_rng(0)
    points = np.column_stack([rng.uniform(-0.5, 0.5, (200, 2)), np.ones(200)]) * rng.uniform(0.5, 5, (200, 1))
    theirs = np.array(colmap_camera(lens).img_from_cam(points))
    assert theirs == pytest.approx(project_points(lens, points), abs=1e-9)


def test_images_already_undistorted_are_not_undistorted_again():
    rectified = dataclasses.replace(LENSES["plumb_bob"], rectified=True)
    assert colmap_camera(rectified).model.name == "PINHOLE"


@pytest.mark.parametrize("lens", LENSES.values(), ids=LENSES.keys())
@settings(max_examples=15, deadline=None)
@given(map_from_base=rigid(10), mount=rigid(0.5))
def test_the_base_in_the_map_is_exact_whatever_the_mounting(lens, map_from_base, mount):
    pairs, views = exact_pairs(_points_before(map_from_base @ mount), map_from_base, lens, mount)
    solution = solve_absolute(pairs, views, 4.0)
    assert solution.map_from_base == pytest.approx(map_from_base, abs=1e-6)
    # Independently: pycolmap's own answer for the camera, put together by its own rigid transforms.
    found = pycolmap.estimate_and_refine_absolute_pose(pairs.pixels, pairs.points_map, colmap_camera(lens))
    base_from_camera = pycolmap.Rigid3d(np.ascontiguousarray(mount[:3]))
    theirs = (base_from_camera * found["cam_from_world"]).inverse().matrix()
    assert solution.map_from_base[:3] == pytest.approx(theirs, abs=1e-6)


@settings(max_examples=10, deadline=None)
@given(map_from_base=rigid(10), first=rigid(0.5), second=rigid(0.5))
def test_a_rig_of_two_cameras(map_from_base, first, second):
    pairs_of, views = [], []
    for number, mount in enumerate((first, second)):
        own, view = exact_pairs(_points_before(map_from_base @ mount, seed=number), map_from_base, PINHOLE, mount)
        pairs_of.append(dataclasses.replace(own, views=own.views + number))
        views += view
    solution = solve_absolute(join(pairs_of), views, 4.0)
    assert solution.map_from_base == pytest.approx(map_from_base, abs=1e-6)


def test_half_of_the_pairs_being_wrong_changes_nothing():
    truth = robot_at(0.3, -0.2, 12)
    pairs, views = exact_pairs(room(), truth, noise_px=0.5)
    wrong = np.arange(len(pairs)) % 2 == 0
    pixels = pairs.pixels.copy()
    pixels[wrong] = np.random.default_rng(5).uniform(0, [640, 480], (wrong.sum(), 2))
    solution = solve_absolute(dataclasses.replace(pairs, pixels=pixels), views, 4.0)
    assert np.linalg.norm(solution.map_from_base[:3, 3] - truth[:3, 3]) < 0.01
    assert solution.inliers[~wrong].mean() > 0.95
    assert solution.inliers[wrong].mean() < 0.05


def test_the_same_pairs_give_the_same_pose():
    pairs, views = exact_pairs(room(), robot_at(0, 0, 0), noise_px=1.0)
    first, second = (solve_absolute(pairs, views, 4.0) for _ in range(2))
    assert np.array_equal(first.map_from_base, second.map_from_base)
    assert np.array_equal(first.covariance, second.covariance)


def test_points_that_nobody_knows_are_left_out():
    truth = robot_at(0, 0, 0)
    pairs, views = exact_pairs(room(), truth)
    points = pairs.points_map.copy()
    points[::3] = np.nan
    solution = solve_absolute(dataclasses.replace(pairs, points_map=points), views, 4.0)
    assert solution.map_from_base == pytest.approx(truth, abs=1e-6)
    assert not solution.inliers[::3].any()


def test_three_pairs_are_too_few():
    pairs, views = exact_pairs(room(), robot_at(0, 0, 0))
    refusal = solve_absolute(pairs.select(np.arange(3)), views, 4.0)
    assert isinstance(refusal, Rejected)
    assert refusal.reason == TOO_FEW_MATCHES


def test_points_all_in_one_line_of_sight_give_no_pose():
    """The solver's answer, if any, has a covariance that no gate lets through, or none."""
    truth = robot_at(0, 0, 0)
    line = (truth @ ON_ROBOT)[:3, 3] + np.linspace(1, 6, 50)[:, None] * np.array([1.0, 0.02, 0.01])
    pairs, views = exact_pairs(line, truth)
    solved = solve_absolute(pairs, views, 4.0)
    assert isinstance(solved, Rejected) or np.sqrt(solved.covariance[:3, :3].trace()) > 0.5


def test_what_a_solver_says_that_is_no_number_is_refused(monkeypatch):
    pairs, views = exact_pairs(room(), robot_at(0, 0, 0))
    broken = {"cam_from_world": pycolmap.Rigid3d(np.full((3, 4), np.nan)), "num_inliers": 50}
    monkeypatch.setattr(pycolmap, "estimate_absolute_pose", lambda *_: broken)
    refusal = solve_absolute(pairs, views, 4.0)
    assert isinstance(refusal, Rejected)
    assert refusal.reason == NO_POSE


def test_a_solver_that_gives_up_is_a_refusal(monkeypatch):
    def gives_up(*_):
        raise RuntimeError("Check failed: something about a matrix")

    pairs, views = exact_pairs(room(), robot_at(0, 0, 0))
    for name in ("refine_absolute_pose", "estimate_absolute_pose"):
        monkeypatch.setattr(pycolmap, name, gives_up)
        assert isinstance(solve_absolute(pairs, views, 4.0), Rejected)


@pytest.mark.parametrize("covariance", [None, np.full((6, 6), np.nan), np.full((6, 6), np.inf)])
def test_a_pose_without_covariance_is_refused(monkeypatch, covariance):
    pairs, views = exact_pairs(room(), robot_at(0, 0, 0))
    real = pycolmap.refine_absolute_pose
    monkeypatch.setattr(pycolmap, "refine_absolute_pose", lambda *all_: {**real(*all_), "covariance": covariance})
    assert isinstance(solve_absolute(pairs, views, 4.0), Rejected)


@pytest.mark.parametrize("lens", [LENSES["none"], LENSES["equidistant"]], ids=["none", "equidistant"])
def test_the_covariance_is_how_much_poses_really_scatter(lens):
    """Base far from the camera, so that turns and positions are correlated; both diagonal and correlation must fit."""
    mount = pose_matrix(np.array([0.5, -0.8, 1.0]), np.array([0.1, 0.2, 0.3, 0.9])) @ ON_ROBOT
    truth = robot_at(2.0, 1.0, 30) @ invert_pose(mount) @ ON_ROBOT
    points = _points_before(truth @ mount, 100)
    away, said = [], []
    for seed in range(80):
        pairs, views = exact_pairs(points, truth, lens, mount, noise_px=1.0, seed=seed)
        solution = solve_absolute(pairs, views, 8.0)
        turned, _ = cv2.Rodrigues(solution.map_from_base[:3, :3] @ truth[:3, :3].T)
        away.append(np.concatenate([solution.map_from_base[:3, 3] - truth[:3, 3], turned[:, 0]]))
        said.append(solution.covariance)
    scatter, covariance = np.cov(np.array(away).T), np.mean(said, axis=0)
    ratio = np.sqrt(np.diag(covariance) / np.diag(scatter))
    assert np.all((ratio > 0.85) & (ratio < 1.5))  # the robust loss makes it a little too large
    assert _correlation(covariance) == pytest.approx(_correlation(scatter), abs=0.3)


def _correlation(covariance):
    sigma = np.sqrt(np.diag(covariance))
    return covariance / np.outer(sigma, sigma)


def test_views_of_one_rig_keep_their_own_pixels():
    """Pairs of the second camera only: its mounting counts, not the first's."""
    truth = robot_at(0, 0, 0)
    pairs, views = exact_pairs(room(), truth)
    other = QueryView(views[0].keypoints, PINHOLE, np.eye(4))
    moved = dataclasses.replace(pairs, views=np.ones_like(pairs.views))
    assert solve_absolute(moved, [other, *views], 4.0).map_from_base == pytest.approx(truth, abs=1e-6)
