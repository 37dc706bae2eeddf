"""TF as a whole: chains, time, and trees that are none."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vpr_ros.core.geometry import invert_pose, planar_pose, pose_matrix, quaternion_from_matrix
from vpr_ros.core.records import Array
from vpr_ros.sources.bags.transform_tree import TransformTree, TreeBuilder

SECOND = 10**9
LEVEL = (0.0, 0.0, 0.0, 1.0)


def tree_of(*edges: tuple[str, str, int, tuple[float, ...], bool]) -> TransformTree:
    builder = TreeBuilder()
    for parent, child, stamp_ns, values, is_static in edges:
        builder.add(parent, child, stamp_ns, values, is_static=is_static)
    return builder.build()[0]


def values_of(pose: Array) -> tuple[float, ...]:
    return (*pose[:3, 3].tolist(), *quaternion_from_matrix(pose).tolist())


def moving(parent: str, child: str, *xs: float) -> list[tuple[str, str, int, tuple[float, ...], bool]]:
    return [(parent, child, index * SECOND, (x, 0.0, 0.0, *LEVEL), False) for index, x in enumerate(xs)]


def lookup(tree: TransformTree, target: str, source: str, *stamps: int) -> tuple[Array, list[bool]]:
    poses, known = tree.lookup(target, source, np.array(stamps, dtype=np.int64), 1.0)
    return poses, known.tolist()


def test_map_odom_base_are_joined_and_interpolated() -> None:
    tree = tree_of(*moving("map", "odom", 10, 20), *moving("odom", "base_link", 1, 2))
    poses, known = lookup(tree, "map", "base_link", 0, SECOND // 2, SECOND, 2 * SECOND)
    assert known == [True, True, True, False]
    assert poses[:3, 0, 3] == pytest.approx([11, 16.5, 22])


def test_siblings_are_joined_through_their_parent() -> None:
    """The base hangs below the footprint; the camera hangs below the base; the laser beside it."""
    static = [("base", "camera", 0, (0.1, 0.0, 0.5, *LEVEL), True), ("base", "laser", 0, (0.3, 0.0, 0.2, *LEVEL), True)]
    tree = tree_of(*static)
    assert tree.is_static("laser", "camera")
    assert tree.span("laser", "camera") is None
    poses, _ = lookup(tree, "laser", "camera", 0)
    assert poses[0, :3, 3] == pytest.approx([-0.2, 0, 0.3])


@given(*[st.floats(-3, 3)] * 6)
def test_the_way_back_is_the_inverse(x1: float, y1: float, yaw1: float, x2: float, y2: float, yaw2: float) -> None:
    a, b = planar_pose(x1, y1, yaw1), pose_matrix(np.array([x2, y2, 1.0]), np.array([yaw2, 0.3, 0.1, 1.0]))
    tree = tree_of(("map", "odom", 0, values_of(a), False), ("odom", "cam", 0, values_of(b), True))
    forth, _ = lookup(tree, "map", "cam", 0)
    back, _ = lookup(tree, "cam", "map", 0)
    assert forth[0] == pytest.approx(a @ b, abs=1e-9)
    assert back[0] == pytest.approx(invert_pose(a @ b), abs=1e-9)


def test_frames_apart_are_not_connected() -> None:
    tree = tree_of(*moving("map", "odom", 0), *moving("world", "person", 0))
    assert not tree.connects("map", "person")
    assert tree.connects("map", "map")
    assert tree.frames == ["map", "odom", "person", "world"]


def test_a_loop_is_no_tree_and_no_trap() -> None:
    tree = tree_of(*moving("a", "b", 0), *moving("b", "a", 0))
    assert tree.ancestors("a") == ["a", "b"]
    assert not tree.connects("a", "b")


def test_a_new_parent_replaces_the_old_one() -> None:
    tree = tree_of(*moving("odom", "base", 0, 1), *moving("map", "base", 5, 6))
    assert tree.ancestors("base") == ["base", "map"]


def test_the_span_is_where_all_hops_are_known() -> None:
    late = [("odom", "base", stamp * SECOND, (0.0, 0.0, 0.0, *LEVEL), False) for stamp in (1, 2, 3, 4, 5)]
    tree = tree_of(*moving("map", "odom", 0, 1, 2), *late)
    assert tree.span("map", "base") == (SECOND, 2 * SECOND)


def test_transforms_that_are_none_are_left_out_and_counted() -> None:
    builder = TreeBuilder()
    builder.add("a", "b", 0, (0, 0, 0, 0, 0, 0, 0), is_static=True)
    builder.add("/map", "c", 0, (0, 0, 0, *LEVEL), is_static=True)
    tree, left_out = builder.build()
    assert left_out == 1
    assert tree.frames == ["c", "map"]
