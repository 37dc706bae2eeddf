from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pose_scene import ON_ROBOT, PINHOLE, World, robot_at, room

from vpr_ros.core.geometry import invert_pose
from vpr_ros.core.pose.correspondences import QueryView
from vpr_ros.core.pose.guided_matches import _neighbours, guided_matches
from vpr_ros.core.records import Intrinsics

QUERY = robot_at(0.2, 0.1, 4)
ALIKE = 20.0


def _look(world, where, keyframes, seen_from=QUERY):
    keypoints, _ = world.see(seen_from)
    views = [QueryView(keypoints, PINHOLE, invert_pose(ON_ROBOT))]
    return guided_matches(list(enumerate(keyframes)), views, where, 6.0, ALIKE)


def test_with_the_right_pose_everything_is_found_all_over_the_picture():
    world = World.of(room(), noise_px=0.5)
    guided = _look(world, QUERY, [world.keyframe(0, QUERY)])
    assert len(guided.pairs) == guided.expected > 200
    assert guided.by_chance == 0
    assert guided.share == 1
    assert guided.confirmed == 1


def test_with_a_wrong_pose_only_chance_is_found():
    world = World.of(room(), noise_px=0.5)
    guided = _look(world, robot_at(-0.5, 0.4, -6), [world.keyframe(0, QUERY)])
    assert guided.expected > 100
    assert guided.share < 0.05
    assert guided.confirmed < 0.1


def test_a_shared_window_confirms_its_cells_and_no_others():
    window = np.random.default_rng(2).uniform([3.0, 0.3, 0.6], [3.0, 1.2, 1.5], (120, 3))
    here, there = (
        World.of(np.concatenate([window, room(seed=3)]), 4),
        World.of(np.concatenate([window, room(seed=5)]), 6),
    )
    there.looks[:120] = here.looks[:120]
    guided = _look(here, QUERY, [there.keyframe(0, QUERY)])
    assert len(guided.pairs) >= 100
    assert guided.share > 0.1
    assert guided.confirmed < 0.3


def test_what_looks_alike_everywhere_is_found_by_chance():
    world = World.of(room(6000))
    world.looks[:] = 7
    guided = _look(world, robot_at(-0.5, 0.4, -6), [world.keyframe(0, QUERY)])
    assert guided.by_chance > 50
    assert guided.share < 0.2


def test_maps_of_few_points_are_asked_in_proportion():
    world = World.of(room(120))
    guided = _look(world, QUERY, [world.keyframe(0, QUERY)])
    assert 10 < guided.expected < 100
    assert guided.confirmed == 1


def test_nothing_is_expected_behind_the_camera():
    world = World.of(room())
    guided = _look(world, QUERY @ robot_at(0, 0, 180), [world.keyframe(0, QUERY)])
    assert len(guided.pairs) == 0
    assert guided.share == 0
    assert guided.confirmed == 0


@given(st.integers(0, 40), st.integers(0, 40), st.floats(1, 60), st.integers(0, 10**6))
def test_neighbours_are_those_within_the_radius(pixels, spots, radius, seed):
    rng = np.random.default_rng(seed)
    a, b = rng.uniform(0, 200, (pixels, 2)), rng.uniform(0, 200, (spots, 2))
    near = set(zip(*(each.tolist() for each in _neighbours(a, b, radius)), strict=True))
    assert near == {(i, j) for i in range(pixels) for j in range(spots) if np.square(a[i] - b[j]).sum() < radius**2}


def test_an_image_without_keypoints_finds_nothing():
    world = World.of(room())
    nothing, _ = World.of(np.zeros((0, 3))).see(QUERY)
    guided = guided_matches(
        [(0, world.keyframe(0, QUERY))], [QueryView(nothing, PINHOLE, invert_pose(ON_ROBOT))], QUERY, 6.0, ALIKE
    )
    assert len(guided.pairs) == 0
    assert guided.share == pytest.approx(0)


def test_points_beside_the_picture_are_not_folded_back_into_it():
    """This lens turns round at 45 degrees from its axis: what stands beyond would appear to be in the picture."""
    lens = Intrinsics(np.array([[700.0, 0, 320], [0, 700, 240], [0, 0, 1]]), 640, 480, "plumb_bob", (-0.33, 0, 0, 0, 0))
    beside = np.random.default_rng(0).uniform([1.0, 1.6, 0.4], [1.0, 3.0, 0.8], (100, 3))
    world = World.of(beside)
    keyframe = world.keyframe(0, robot_at(0, 0, 60))
    assert len(keyframe.pixels) > 30
    keypoints, which = world.see(robot_at(0, 0, 0), lens)
    assert len(which) > 5  # the polynomial alone would have them seen
    views = [QueryView(keypoints, lens, invert_pose(ON_ROBOT))]
    assert guided_matches([(0, keyframe)], views, robot_at(0, 0, 0), 6.0, ALIKE).expected == 0
