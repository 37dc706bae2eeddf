"""Thinning: exact, in order, and the same wherever on the globe it happens."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vpr_ros.core.records import Array
from vpr_ros.sources.thin_positions import thin_positions

coordinate = st.floats(-30, 30)
clouds = st.lists(st.tuples(coordinate, coordinate, st.one_of(st.just(0.0), coordinate)), max_size=60)


def thin_slowly(positions: Array, distance_m: float) -> list[bool]:
    """The definition: one after the other, against all that stayed."""
    stayed: list[Array] = []
    result = []
    for position in positions:
        near = any(np.sum((position - other) ** 2) < distance_m**2 for other in stayed)
        result.append(not near)
        if not near:
            stayed.append(position)
    return result


@settings(max_examples=300, deadline=None)
@given(clouds, st.sampled_from([0.5, 3.0, 10.0, 500.0]))
def test_it_is_what_the_definition_says(points: list[tuple[float, float, float]], distance_m: float) -> None:
    positions = np.array(points, dtype=float).reshape(-1, 3)
    shifted = positions - positions.min(axis=0) if len(positions) else positions
    assert thin_positions(positions, distance_m).tolist() == thin_slowly(shifted, distance_m)


@given(clouds, st.floats(0.1, 20))
def test_none_that_stay_are_near_and_each_that_went_was(points: list[tuple[float, float, float]], far: float) -> None:
    positions = np.array(points, dtype=float).reshape(-1, 3)
    stays = thin_positions(positions, far)
    apart = np.linalg.norm(positions[:, None] - positions[None], axis=-1)
    assert (apart[np.ix_(stays, stays)][~np.eye(stays.sum(), dtype=bool)] >= far * (1 - 1e-9)).all()
    assert all((apart[went, :went][stays[:went]] < far * (1 + 1e-9)).any() for went in np.flatnonzero(~stays))


def test_on_a_grid_of_whole_metres_in_utm() -> None:
    east, north = np.meshgrid(np.arange(100.0), np.arange(100.0))
    positions = np.column_stack([east.ravel() + 551_130, north.ravel() + 4_180_998, np.zeros(10_000)])
    stays = thin_positions(positions, 2.0)
    assert stays.sum() == 50 * 100 / 2  # every other one of every other row: exactly 2 m is not nearer than 2 m
    assert stays[:5].tolist() == [True, False, True, False, True]


def test_floors_are_apart_and_repeats_go() -> None:
    positions = np.array([[0, 0, 0], [0, 0, 3.0], [0, 0, 0], [0.1, 0, 3.0]])
    assert thin_positions(positions, 2.5).tolist() == [True, True, False, False]


@pytest.mark.parametrize("distance_m", [0.0, -1.0])
def test_no_distance_thins_nothing(distance_m: float) -> None:
    assert thin_positions(np.zeros((5, 3)), distance_m).all()


def test_a_hundred_thousand_take_seconds_at_most() -> None:
    rng = np.random.default_rng(0)
    positions = np.column_stack([rng.uniform(0, 6000, (100_000, 2)), np.zeros(100_000)])
    began = time.process_time()
    stays = thin_positions(positions, 5.0)
    assert time.process_time() - began < 10  # comparing all pairs takes minutes
    assert 50_000 < stays.sum() < 100_000
