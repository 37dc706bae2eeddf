"""One furnished floor, built and lit once; cameras small enough to be quick."""

from __future__ import annotations

import numpy as np
import pytest

from vpr_ros.core.geometry import planar_pose
from vpr_ros.core.records import Intrinsics, Matrix4
from vpr_ros.simulation.camera import intrinsics_from_fov
from vpr_ros.simulation.flat import Floor, build_floor
from vpr_ros.simulation.flat_config import CameraConfig, base_from_camera
from vpr_ros.simulation.shade import Light
from vpr_ros.simulation.style import Difference

SEED = 1


@pytest.fixture(scope="session")
def lit_floor() -> tuple[Floor, Light]:
    floor = build_floor(SEED, 0, Difference())
    return floor, floor.lit("day")


@pytest.fixture
def small_camera() -> Intrinsics:
    return intrinsics_from_fov(80, 60, 85.0)


@pytest.fixture
def looking():
    """looking(x, y, yaw, z=1.0): map_from_camera of a level camera that faces yaw."""

    def pose(x: float, y: float, yaw: float, z: float = 1.0) -> Matrix4:
        camera = base_from_camera(CameraConfig(forward_m=0.0, height_m=z))
        return np.asarray(planar_pose(x, y, yaw) @ camera)

    return pose
