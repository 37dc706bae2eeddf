from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vpr_ros.core.geometry import planar_pose
from vpr_ros.core.records import Array
from vpr_ros.simulation.camera import intrinsics_from_fov, pixel_rays
from vpr_ros.simulation.cast_rays import FAR_M, NEAR_M, cast_rays
from vpr_ros.simulation.solids import BOX, CYLINDER, ELLIPSOID, Material, Solid, solids_from

CAMERA_IN_BASE = np.array([[0, 0, 1, 0], [-1, 0, 0, 0], [0, -1, 0, 0], [0, 0, 0, 1.0]])


def _solid(kind: int, centre: tuple[float, ...], half: tuple[float, ...], yaw: float = 0.0) -> Solid:
    materials = (Material(0),) * (6 if kind == BOX else 1)
    return Solid(kind, centre, half, yaw, materials, 0, "thing")  # type: ignore[arg-type]


def test_wall_straight_ahead_has_its_exact_depth_everywhere() -> None:
    wall = solids_from([_solid(BOX, (3.5, 0, 0), (0.5, 20, 20))])
    hits = cast_rays(wall, pixel_rays(intrinsics_from_fov(81, 61, 85.0)), CAMERA_IN_BASE)
    np.testing.assert_allclose(hits.depth_m, 3.0, rtol=1e-6)
    assert (hits.solid == 0).all()


def test_depth_is_along_the_axis_and_the_axes_are_optical() -> None:
    # A post on the robot's left (+y) must appear left of the middle; a lamp above (+z) above it.
    things = solids_from([_solid(BOX, (4, 1.5, 0), (0.1, 0.1, 3)), _solid(ELLIPSOID, (4, 0, 1.5), (0.2, 0.2, 0.2))])
    hits = cast_rays(things, pixel_rays(intrinsics_from_fov(101, 101, 90.0)), CAMERA_IN_BASE)
    post, lamp = np.argwhere(hits.solid == 0), np.argwhere(hits.solid == 1)
    assert post[:, 1].max() < 50
    assert lamp[:, 0].max() < 50
    assert np.abs(lamp[:, 1] - 50).max() < 6
    assert hits.depth_m[50, post[:, 1].min() + 1] == pytest.approx(3.9, abs=0.01)


def test_nearer_of_two_solids_wins_whatever_their_order() -> None:
    near, far = _solid(BOX, (2, 0, 0), (0.1, 5, 5)), _solid(BOX, (5, 0, 0), (0.1, 5, 5))
    rays = pixel_rays(intrinsics_from_fov(33, 25, 60.0))
    for order, index in (([near, far], 0), ([far, near], 1)):
        assert (cast_rays(solids_from(order), rays, CAMERA_IN_BASE).solid == index).all()


def test_sky_is_no_solid() -> None:
    hits = cast_rays(
        solids_from([_solid(BOX, (-3, 0, 0), (1, 1, 1))]), pixel_rays(intrinsics_from_fov(9, 9, 60.0)), CAMERA_IN_BASE
    )
    assert (hits.solid == -1).all()
    assert (hits.depth_m == FAR_M).all()


def _reference(solids: list[Solid], origin: Array, directions: Array) -> Array:
    """Every ray against every solid in double precision, without culling: first hit beyond the near plane."""
    best = np.full(directions.shape[1], np.inf)
    for solid in solids:
        cos, sin = np.cos(solid.yaw), np.sin(solid.yaw)
        turn = np.array([[cos, sin, 0], [-sin, cos, 0], [0, 0, 1]])
        start = (turn @ (origin - np.array(solid.centre))) / solid.half
        along = (turn @ directions) / np.array(solid.half)[:, None]
        spans = []
        if solid.kind in (BOX, CYLINDER):
            for axis in (0, 1, 2) if solid.kind == BOX else (2,):
                ends = np.stack([(-1 - start[axis]) / along[axis], (1 - start[axis]) / along[axis]])
                spans.append((ends.min(axis=0), ends.max(axis=0)))
        if solid.kind in (ELLIPSOID, CYLINDER):
            axes = slice(0, 3 if solid.kind == ELLIPSOID else 2)
            a, b = (along[axes] ** 2).sum(axis=0), start[axes] @ along[axes]
            root = np.sqrt(np.maximum(b * b - a * (start[axes] @ start[axes] - 1), 0))
            miss = b * b < a * (start[axes] @ start[axes] - 1)
            spans.append((np.where(miss, np.inf, (-b - root) / a), np.where(miss, -np.inf, (-b + root) / a)))
        entry, leave = np.max([low for low, _ in spans], axis=0), np.min([high for _, high in spans], axis=0)
        best = np.where((entry < leave) & (entry > NEAR_M) & (entry < best), entry, best)
    return best


number = st.floats(-4, 4, width=32)
SOLIDS = st.lists(
    st.builds(
        _solid,
        st.sampled_from([BOX, ELLIPSOID, CYLINDER]),
        st.tuples(number, number, st.floats(-2, 2, width=32)),
        st.tuples(*[st.floats(0.125, 2, width=32)] * 3),
        st.sampled_from([0.0, 0.0, 0.4, -1.3, 3.0]),
    ),
    min_size=1,
    max_size=8,
)


@settings(max_examples=80, deadline=None)
@given(
    SOLIDS,
    st.floats(-3.1, 3.1),
    st.sampled_from([("none", (), 85.0), ("equidistant", (), 130.0), ("plumb_bob", (-0.25, 0.06, 0.001, 0, 0), 80.0)]),
)
def test_culling_and_clipping_change_nothing(solids: list[Solid], yaw: float, lens: tuple) -> None:
    model, coefficients, fov = lens
    rays = pixel_rays(intrinsics_from_fov(40, 30, fov, model, coefficients))
    pose = planar_pose(0.13, -0.21, yaw, 0.07) @ CAMERA_IN_BASE
    hits = cast_rays(solids_from(solids), rays, pose)
    expected = _reference(solids, pose[:3, 3], hits.directions.reshape(3, -1).astype(np.float64)).reshape(30, 40)
    seen = np.minimum(expected, FAR_M)
    # Rays that graze an edge may fall either way in single precision; all others agree to 0.1 mm a metre.
    agrees = np.abs(hits.depth_m - seen) <= 1e-4 * np.maximum(seen, 1.0)
    assert agrees.mean() > 0.985
