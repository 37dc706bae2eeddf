"""Light that does not move, computed once: lamps, window light and sun with shadows, one bounce, dark corners.

Everything here is per room: its lights, and as obstacles the boxes that reach into it. What bounces is taken from the
room's mean light and mean colour; daylight crosses doors as dim area lights. Irradiance is in units in which a white
page at a bright window is near 1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vpr_ros.core.records import Array, FloatArray
from vpr_ros.simulation.shade import Light
from vpr_ros.simulation.shadows import Box, blocked, buried, obstacles_in, openness_of
from vpr_ros.simulation.solids import BOX, FACE_U, FACE_V, Solids
from vpr_ros.simulation.texture_atlas import TextureAtlas

SKIN_M = 0.012
OUTSIDE = -1
WALL_REACH_M = 0.3
"""A little more than an outer wall is thick: window frames are lit from inside, facades are not."""


@dataclass(frozen=True)
class AreaLight:
    """A lamp or an opening that shines into `room`. normal is None for lamps, which shine all around.

    power: irradiance at 1 m straight ahead, RGB. samples: points on it that are asked for shadows.
    """

    room: int
    samples: tuple[tuple[float, float, float], ...]
    normal: tuple[float, float, float] | None
    power: tuple[float, float, float]


@dataclass(frozen=True)
class Sun:
    """Parallel light. towards: unit vector to the sun; colour: irradiance of a surface facing it."""

    towards: tuple[float, float, float]
    colour: tuple[float, float, float]


@dataclass(frozen=True, eq=False)
class Lighting:
    """All light of one floor at one time of day. rooms: low and high corners [r, 2, 3]; sky: zenith and horizon."""

    lights: tuple[AreaLight, ...]
    doors: tuple[tuple[AreaLight, AreaLight], ...]
    sun: Sun | None
    sky: tuple[tuple[float, float, float], tuple[float, float, float]]
    lit_rooms: frozenset[int]
    outdoors: tuple[float, float, float]
    rooms: Array


@dataclass(frozen=True, eq=False)
class _Space:
    """One room's points [3, m] (those not buried), which rows they are, and its obstacles."""

    rows: Array
    position: FloatArray
    normal: FloatArray
    boxes: list[Box]


@dataclass(frozen=True, eq=False)
class _Points:
    """Where light is wanted: positions, normals, rooms, and what share of the room's surface each stands for."""

    position: Array
    normal: Array
    room: Array
    weight: Array
    albedo: Array


def bake_light(solids: Solids, atlas: TextureAtlas, lighting: Lighting) -> Light:
    """Light texels of all boxes and light cubes of all solids."""
    texels = _texel_points(solids, atlas, lighting.rooms)
    probes = _probe_points(solids)
    position = np.concatenate([texels.position, probes.position])
    normal = np.concatenate([texels.normal, probes.normal])
    room = np.concatenate([texels.room, probes.room])
    direct, openness = np.zeros((len(position), 3)), np.zeros(len(position))
    spaces = []
    for index, volume in enumerate(lighting.rooms):
        boxes = obstacles_in(solids, volume)
        rows = np.flatnonzero(room == index)
        rows = rows[~buried(position[rows].T.astype(np.float32), boxes)]
        spaces.append(_Space(rows, position[rows].T.astype(np.float32), normal[rows].T.astype(np.float32), boxes))
    for index, space in enumerate(spaces):
        lights = [light for light in lighting.lights if light.room == index]
        direct[space.rows] = _direct(space.position, space.normal, space.boxes, lights, lighting.sun)
        openness[space.rows] = openness_of(space.position, space.normal, space.boxes)
    leaking = _leaks(lighting, _bounced(direct[: len(texels.position)], texels, len(lighting.rooms)))
    for index, space in enumerate(spaces):
        lights = [light for light in leaking if light.room == index]
        direct[space.rows] += _direct(space.position, space.normal, space.boxes, lights, None)
    ambient = _bounced(direct[: len(texels.position)], texels, len(lighting.rooms))
    total = direct + (0.25 + 0.75 * openness)[:, None] * np.where(room[:, None] >= 0, ambient[room], 0.0)
    outside = room == OUTSIDE
    total[outside] = _open_air(normal[outside], lighting)
    grid = np.zeros((len(texels.position), 4), dtype=np.float32)
    grid[:, :3] = total[: len(texels.position)]
    cubes = total[len(texels.position) :].reshape(len(solids), 6, 3).astype(np.float32)
    _let_lamps_glow(solids, grid, cubes, lighting.lit_rooms)
    return Light(np.ascontiguousarray(grid), cubes, lighting.sky)


def room_cubes(light: Light, solids: Solids, rooms: int) -> FloatArray:
    """Light cubes of whole rooms [rooms + 1, 6, 3] for what moves; the last row is the outside."""
    whole = np.full((rooms + 1, 6, 3), 0.3, dtype=np.float32)
    for index in range(rooms):
        inside = solids.room == index
        if inside.any():
            whole[index] = np.median(light.cubes[inside], axis=0)
    return whole


def _texel_points(solids: Solids, atlas: TextureAtlas, rooms: Array) -> _Points:
    positions, normals, weights, albedos = [], [], [], []
    for solid in range(len(solids)):
        if solids.kind[solid] != BOX:
            continue
        cos, sin = np.cos(solids.yaw[solid]), np.sin(solids.yaw[solid])
        turn = np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]])
        for face in range(6):
            _, columns, rows = solids.lit[solid * 6 + face]
            local = np.zeros((rows, columns, 3))
            # Samples on an edge would lie inside the neighbour that the box stands on.
            u, v = (np.linspace(-1 + 0.4 / n, 1 - 0.4 / n, n) for n in (columns, rows))
            axis = face // 2
            sign = -1.0 if face % 2 else 1.0
            local[..., axis] = sign
            local[..., FACE_U[face][0]] = (u * FACE_U[face][1])[None, :]
            local[..., FACE_V[face][0]] = (v * FACE_V[face][1])[:, None]
            normal = turn[:, axis] * sign
            point = (local * solids.half[solid]) @ turn.T + solids.centre[solid] + normal * SKIN_M
            positions.append(point.reshape(-1, 3))
            normals.append(np.broadcast_to(normal, (rows * columns, 3)))
            area = 4 * solids.half[solid][FACE_U[face][0]] * solids.half[solid][FACE_V[face][0]]
            weights.append(np.full(rows * columns, area / (rows * columns)))
            colour = atlas.mean_albedo[solids.texture[solid * 6 + face]] * solids.tint[solid * 6 + face]
            albedos.append(np.broadcast_to(colour, (rows * columns, 3)))
    position, normal_all = np.concatenate(positions), np.concatenate(normals)
    room = _room_of(position + normal_all * 0.03, rooms)
    return _Points(position, normal_all, room, np.concatenate(weights), np.concatenate(albedos))


def _probe_points(solids: Solids) -> _Points:
    directions = np.array([[1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0], [0, 0, 1], [0, 0, -1]], dtype=np.float64)
    position = (solids.centre[:, None] + directions * (solids.half[:, None] + SKIN_M)).reshape(-1, 3)
    normal = np.tile(directions, (len(solids), 1))
    count = len(position)
    return _Points(position, normal, np.repeat(solids.room, 6), np.zeros(count), np.zeros((count, 3)))


def _room_of(position: Array, rooms: Array) -> Array:
    """The room that holds each point or, inside a wall or window, the nearest one."""
    away = np.stack([np.maximum(np.maximum(low - position, position - high), 0).max(axis=1) for low, high in rooms])
    nearest = away.argmin(axis=0)
    under = (position[:, 2] < rooms[0, 0, 2] - 0.1) | (position[:, 2] > rooms[0, 1, 2] + 0.1)
    return np.where((away.min(axis=0) < WALL_REACH_M) & ~under, nearest, OUTSIDE)


def _direct(
    position: FloatArray, normal: FloatArray, boxes: list[Box], lights: list[AreaLight], sun: Sun | None
) -> Array:
    """Irradiance [m, 3] at points [3, m] from lights and sun, with shadows."""
    total = np.zeros((position.shape[1], 3))
    for light in lights:
        share = np.zeros(position.shape[1])
        for sample in light.samples:
            towards = np.array(sample, dtype=np.float32)[:, None] - position
            square = np.maximum((towards**2).sum(axis=0), 0.09)
            unit = towards / np.sqrt(square)
            facing = np.maximum((unit * normal).sum(axis=0), 0)
            if light.normal is not None:
                facing *= np.maximum(-(np.array(light.normal, dtype=np.float32) @ unit), 0)
            lit = np.flatnonzero(facing > 1e-3)
            lit = lit[~blocked(position[:, lit], towards[:, lit], 0.96, boxes)]
            share[lit] += facing[lit] / square[lit]
        total += (share / len(light.samples))[:, None] * np.array(light.power)
    if sun is not None:
        towards = np.array(sun.towards, dtype=np.float32)
        facing = towards @ normal
        lit = np.flatnonzero(facing > 1e-3)
        rays = np.repeat(towards[:, None], len(lit), axis=1)
        lit = lit[~blocked(position[:, lit], rays, 40.0, boxes)]
        total[lit] += facing[lit, None] * np.array(sun.colour)
    return total


def _bounced(direct: Array, texels: _Points, rooms: int) -> Array:
    """Ambient irradiance of each room: its mean light times its mean colour, bounced for ever."""
    ambient = np.zeros((rooms, 3))
    for index in range(rooms):
        inside = texels.room == index
        weight = texels.weight[inside, None]
        if not weight.sum():
            continue
        colour = np.clip((weight * texels.albedo[inside]).sum(axis=0) / weight.sum(), 0, 0.6)
        ambient[index] = (weight * texels.albedo[inside] * direct[inside]).sum(axis=0) / weight.sum() / (1 - colour)
    return ambient


def _leaks(lighting: Lighting, ambient: Array) -> list[AreaLight]:
    """Doors as lights: each side shines with what the room behind it holds."""
    lights = []
    for here, there in lighting.doors:
        for light, behind in ((here, there.room), (there, here.room)):
            power = np.array(light.power) * ambient[behind]
            lights.append(AreaLight(light.room, light.samples, light.normal, tuple(power)))
    return lights


def _open_air(normal: Array, lighting: Lighting) -> Array:
    up = 0.5 + 0.5 * normal[:, 2:]
    total = up * np.array(lighting.outdoors)
    if lighting.sun is not None:
        facing = np.maximum(normal @ np.array(lighting.sun.towards), 0)[:, None]
        total = total + facing * np.array(lighting.sun.colour)
    return np.asarray(total)


def _let_lamps_glow(solids: Solids, grid: FloatArray, cubes: FloatArray, lit_rooms: frozenset[int]) -> None:
    for row in np.flatnonzero(solids.emission):
        solid, face = divmod(int(row), 6)
        if int(solids.room[solid]) not in lit_rooms:
            continue
        first, columns, rows = solids.lit[row]
        grid[first : first + columns * rows, :3] = solids.emission[row]
        if face == 0 and solids.kind[solid] != BOX:
            cubes[solid] = solids.emission[row]
