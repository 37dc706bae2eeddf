"""A picture with exact depth: people in, rays cast, surfaces shaded, shutter, sensor."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np

from vpr_ros.core.records import Array, FloatArray, Intrinsics, Matrix4
from vpr_ros.simulation.bake_light import room_cubes
from vpr_ros.simulation.camera import pixel_rays
from vpr_ros.simulation.cast_rays import Hits, cast_rays
from vpr_ros.simulation.expose import SensorSettings, develop, meter, smear
from vpr_ros.simulation.flat import Floor
from vpr_ros.simulation.people import Pose2, person_solids
from vpr_ros.simulation.shade import Light, ShadingTables, shade, shading_tables
from vpr_ros.simulation.solids import Solids, solids_from


@dataclass(frozen=True, eq=False)
class View:
    """image: RGB uint8 [H, W, 3]; depth_m: float32 [H, W], 0 for sky; solid: int32 [H, W], which one, -1 for sky."""

    image: Array
    depth_m: FloatArray
    solid: Array


class FloorRenderer:
    """One floor under one light through one camera."""

    def __init__(self, floor: Floor, light: Light, intrinsics: Intrinsics, sensor: SensorSettings) -> None:
        self.floor = floor
        self.light = light
        self.sensor = sensor
        self.rays = pixel_rays(intrinsics)
        self._tables = shading_tables(floor.solids)
        self._cubes = room_cubes(light, floor.solids, len(floor.plan.rooms))

    def render(
        self,
        map_from_camera: Matrix4,
        noise: np.random.Generator,
        twist: Array | None = None,
        people: tuple[tuple[int, Pose2], ...] = (),
    ) -> View:
        """What the camera (optical frame) sees. twist: its motion in m/s and rad/s in the optical frame [6].

        people: number of a wardrobe and where that person stands.
        """
        hits, radiance = self.trace(map_from_camera, people)
        exposure = meter(radiance, self.sensor)
        if twist is not None:
            radiance = smear(radiance, hits.depth_m, self.rays, twist, exposure.seconds)
        image = develop(radiance, exposure, self.rays, self.sensor, noise)
        return View(image, np.where(hits.solid >= 0, hits.depth_m, np.float32(0)), hits.solid)

    def trace(self, map_from_camera: Matrix4, people: tuple[tuple[int, Pose2], ...] = ()) -> tuple[Hits, FloatArray]:
        """Hits and linear radiance, before any camera."""
        solids, tables, light = self._with(people)
        hits = cast_rays(solids, self.rays, map_from_camera)
        return hits, shade(hits, self.rays, tables, self.floor.painted, light)

    def _with(self, people: tuple[tuple[int, Pose2], ...]) -> tuple[Solids, ShadingTables, Light]:
        solids, tables, light = self.floor.solids, self._tables, self.light
        if not people:
            return solids, tables, light
        figures = []
        for number, at in people:
            room = self.floor.plan.room_at(at.x, at.y).index
            figures += person_solids(self.floor.people[number], at, self.floor.z, room)
        moving = solids_from(figures)
        extra = shading_tables(moving)
        cubes = np.concatenate([light.cubes, self._cubes[moving.room]])
        return (
            _joined(solids, moving),
            ShadingTables(
                *(np.concatenate([getattr(tables, f.name), getattr(extra, f.name)]) for f in dataclasses.fields(tables))
            ),
            dataclasses.replace(light, cubes=cubes),
        )


def _joined(a: Solids, b: Solids) -> Solids:
    columns = {}
    for column in dataclasses.fields(Solids):
        first, second = getattr(a, column.name), getattr(b, column.name)
        columns[column.name] = first + second if column.name == "names" else np.concatenate([first, second])
    return Solids(**columns)
