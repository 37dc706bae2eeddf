from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pose_scene import robot_at

from vpr_ros.core.gate_settings import GateSettings
from vpr_ros.core.geometry import pose_matrix
from vpr_ros.core.pose.planar import hold_to_floor
from vpr_ros.core.pose.robot_gates import AWAY, OFF_THE_FLOOR, TILTED, drove_on_floors, learn_robot_gates

TWO_FLOORS = np.array([robot_at(x, y, 30 * x, z) for z in (0.0, 3.0) for x in range(8) for y in (0, 1)])


def leaning(degrees):
    half = np.radians(degrees) / 2
    return pose_matrix(np.zeros(3), np.array([np.sin(half), 0, 0, np.cos(half)]))


def test_both_floors_are_floors_and_nothing_between_is():
    gates = learn_robot_gates(TWO_FLOORS, GateSettings())
    assert gates.check(robot_at(3.5, 0.5, 10)) is None
    assert gates.check(robot_at(3.5, 0.5, 200, 3.05)) is None
    for height in (0.3, 1.5, 2.7, -0.5):
        assert gates.check(robot_at(3.5, 0.5, 10, height)).reason == OFF_THE_FLOOR


def test_what_leans_or_is_far_away_is_refused():
    gates = learn_robot_gates(TWO_FLOORS, GateSettings())
    assert gates.check(robot_at(3, 0, 77) @ leaning(4)) is None
    assert gates.check(robot_at(3, 0, 77) @ leaning(6)).reason == TILTED
    assert gates.check(robot_at(-3, 0, 0)) is None
    assert gates.check(robot_at(-9, 0, 0)).reason == AWAY


def test_a_ramp_is_a_floor_when_said_so():
    slope = leaning(8)
    ramp = np.array([slope @ robot_at(0.5 * x, y, 20 * x) for x in range(10) for y in (0, 0.5)])
    gates = learn_robot_gates(ramp, GateSettings(robot="on"))
    assert gates.check(slope @ robot_at(2.2, 0.2, 5)) is None
    assert gates.check(robot_at(2.2, 0.2, 5)).reason == TILTED


def test_a_camera_in_a_hand_has_no_such_gates():
    rng = np.random.default_rng(0)
    carried = np.array(
        [
            pose_matrix(np.array([0.03 * i, 0, 1.4 + 0.2 * rng.normal()]), [*rng.normal(0, 0.1, 3), 1.0])
            for i in range(60)
        ]
    )
    assert not drove_on_floors(carried)
    assert learn_robot_gates(carried, GateSettings()) is None
    assert learn_robot_gates(carried, GateSettings(robot="on")) is not None
    assert learn_robot_gates(TWO_FLOORS, GateSettings(robot="off")) is None
    assert learn_robot_gates(TWO_FLOORS[:3], GateSettings()) is None
    assert learn_robot_gates(None, GateSettings()) is None


def test_a_hand_that_moves_slowly_is_still_no_robot():
    """Neighbours are alike in any film; what counts is the whole of it."""
    tilts = np.linspace(-30, 30, 100)
    film = np.array([robot_at(0.01 * i, 0, 0, 1.0 + 0.004 * i) @ leaning(tilt) for i, tilt in enumerate(tilts)])
    assert not drove_on_floors(film)


@settings(deadline=None, max_examples=50)
@given(
    st.floats(-0.3, 0.3),
    st.floats(-8, 8),
    st.lists(st.floats(1e-3, 0.3), min_size=6, max_size=6),
    st.integers(0, 1000),
)
def test_held_to_the_floor_it_is_nearer_to_it_and_surer(height, tilt, sigmas, seed):
    free = robot_at(3.2, 0.4, 50, height) @ leaning(tilt)
    mixed = np.linalg.qr(np.random.default_rng(seed).normal(size=(6, 6)))[0]
    covariance = mixed @ np.diag(np.square(sigmas)) @ mixed.T
    held, narrowed = hold_to_floor(free, covariance, TWO_FLOORS)
    assert np.array_equal(narrowed, narrowed.T)
    assert np.linalg.eigvalsh(narrowed)[0] > 0
    assert np.linalg.eigvalsh(covariance - narrowed)[0] > -1e-12
    assert held[:3, :3] @ held[:3, :3].T == pytest.approx(np.eye(3), abs=1e-9)


def test_a_wide_guess_takes_the_floors_height_and_up():
    free = robot_at(3.2, 0.4, 50, 0.2) @ leaning(5)
    held, covariance = hold_to_floor(free, np.diag([1.0] * 3 + [0.25] * 3), TWO_FLOORS)
    assert abs(held[2, 3]) < 0.001
    assert held[2, 2] > np.cos(np.radians(0.05))
    assert held[:2, 3] == pytest.approx([3.2, 0.4])
    assert np.sqrt(covariance[2, 2]) == pytest.approx(0.01, rel=0.01)
    assert covariance[0, 0] == pytest.approx(1.0)
