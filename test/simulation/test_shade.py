from __future__ import annotations

import numpy as np
import pytest

from vpr_ros.core.geometry import planar_pose
from vpr_ros.simulation.camera import intrinsics_from_fov, pixel_rays
from vpr_ros.simulation.cast_rays import cast_rays
from vpr_ros.simulation.shade import Light, shade, shading_tables
from vpr_ros.simulation.solids import Material, SolidBuilder
from vpr_ros.simulation.texture_atlas import AtlasBuilder

CAMERA_IN_BASE = np.array([[0, 0, 1, 0], [-1, 0, 0, 0], [0, -1, 0, 0], [0, 0, 0, 1.0]])
EVEN_SKY = ((0.2, 0.3, 0.9), (0.8, 0.8, 0.8))


def _poster() -> np.ndarray:
    """Red in its upper left, green upper right, blue lower left, white lower right, as a person sees it."""
    image = np.zeros((64, 64, 3))
    image[:32, :32, 0] = image[:32, 32:, 1] = image[32:, :32, 2] = 1
    image[32:, 32:] = 1
    return image


def _picture(builder: SolidBuilder, pose: np.ndarray, cubes: float = 1.0) -> np.ndarray:
    atlas = AtlasBuilder()
    atlas.add(_poster())
    solids = builder.build()
    light = Light(
        np.ones((max(solids.light_texels, 1), 4), np.float32), np.full((len(solids), 6, 3), cubes, np.float32), EVEN_SKY
    )
    rays = pixel_rays(intrinsics_from_fov(64, 64, 60.0))
    return shade(cast_rays(solids, rays, pose), rays, shading_tables(solids), atlas.build(), light)


@pytest.mark.parametrize("quarter", range(4))
def test_posters_hang_upright_and_are_never_mirrored(quarter: int) -> None:
    builder = SolidBuilder()
    builder.spot(0, 0, 0, quarter, 0, "poster").box((-1, 0, -1), (1, 0.02, 1), Material(0), front=Material(0))
    # Stand in front (spot's +y) and look back at it.
    facing = np.pi / 2 * (quarter + 1)
    pose = planar_pose(2.5 * np.cos(facing), 2.5 * np.sin(facing), facing + np.pi) @ CAMERA_IN_BASE
    image = _picture(builder, pose)
    corners = [image[20, 20], image[20, 44], image[44, 20], image[44, 44]]
    np.testing.assert_allclose(corners, [[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 1]], atol=0.01)


def test_poster_on_the_floor_reads_from_its_lower_edge() -> None:
    builder = SolidBuilder()
    builder.spot(0, 0, 0, 0, 0, "rug").box((-1, -1, -0.1), (1, 1, 0), Material(0))
    down = np.array([[1, 0, 0, 0], [0, -1, 0, 0], [0, 0, -1, 3.0], [0, 0, 0, 1]])
    image = _picture(builder, down)
    np.testing.assert_allclose([image[20, 20], image[44, 44]], [[1, 0, 0], [1, 1, 1]], atol=0.01)


def test_sky_takes_the_colours_of_the_hour() -> None:
    builder = SolidBuilder()
    builder.spot(0, 0, 0, 0, 0, "behind").box((-9, -9, -9), (-8, -8, -8), Material(0))
    up = np.eye(4)
    image = _picture(builder, up)
    np.testing.assert_allclose(image[32, 32], EVEN_SKY[0], atol=0.01)


def test_curved_things_are_lit_from_the_side_that_their_cube_says() -> None:
    builder = SolidBuilder()
    atlas = AtlasBuilder()
    atlas.add(np.ones((4, 4, 3)))
    builder.spot(0, 0, 0, 0, 0, "ball").ellipsoid((3, 0, 0), (1, 1, 1), Material(0))
    solids = builder.build()
    cubes = np.zeros((1, 6, 3), np.float32)
    cubes[0, 2] = 1.0  # light comes from +y, the robot's left
    light = Light(np.ones((1, 4), np.float32), cubes, EVEN_SKY)
    rays = pixel_rays(intrinsics_from_fov(65, 65, 60.0))
    image = shade(cast_rays(solids, rays, CAMERA_IN_BASE), rays, shading_tables(solids), atlas.build(), light)
    assert image[32, 18].mean() > 0.2
    assert image[32, 46].mean() == pytest.approx(0.0, abs=1e-6)
