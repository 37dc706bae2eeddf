"""What the flat is made of: boxes, ellipsoids and upright cylinders with a material on every face.

A solid has a centre, half sizes and a yaw. In its own scaled frame a box is the cube -1..1, an ellipsoid the unit
ball, a cylinder the unit cylinder along z. Faces are numbered +x, -x, +y, -y, +z, -z; curved solids use face 0.
Texture coordinates run right and down as a person in front of the face sees it, the top of the image upwards.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from vpr_ros.core.records import Array

BOX, ELLIPSOID, CYLINDER = 0, 1, 2
FACES = ("+x", "-x", "+y", "-y", "+z", "-z")
# Per face: axis of u with its sign, axis of v with its sign, in the solid's frame (v grows upwards).
FACE_U = ((1, 1.0), (1, -1.0), (0, -1.0), (0, 1.0), (0, 1.0), (0, 1.0))
FACE_V = ((2, 1.0), (2, 1.0), (2, 1.0), (2, 1.0), (1, 1.0), (1, -1.0))


@dataclass(frozen=True)
class Material:
    """A texture of the atlas on a face. tile_m: side of one repeat; None stretches it once over the face.

    anchored: repeats start at the map's origin, so that neighbouring pieces of a wall join without a seam.
    emission: light given off while the lamp is on, in the unit of irradiance that a white page at noon has near 1.
    hidden: nobody sees the face from inside, so its light is not worked out finely.
    """

    texture: int
    tile_m: float | None = None
    tint: tuple[float, float, float] = (1.0, 1.0, 1.0)
    anchored: bool = False
    emission: float = 0.0
    hidden: bool = False


@dataclass(frozen=True)
class Solid:
    """One solid; `materials` has six entries for a box and one for a curved solid."""

    kind: int
    centre: tuple[float, float, float]
    half: tuple[float, float, float]
    yaw: float
    materials: tuple[Material, ...]
    room: int
    name: str


@dataclass(frozen=True, eq=False)
class Solids:
    """n solids as columns, what rays and shading gather from. `face` tables have 6 n rows.

    uv: scale and offset [6n, 4] from scaled face coordinates -1..1 to repeats of the texture.
    texels: repeats a metre (the larger axis) [6n]. `lit` [6n, 3]: first light texel, columns, rows.
    """

    kind: Array
    centre: Array
    half: Array
    yaw: Array
    room: Array
    texture: Array
    uv: Array
    repeats_per_m: Array
    tint: Array
    emission: Array
    lit: Array
    names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.kind)

    @property
    def light_texels(self) -> int:
        """How many light texels the faces have together."""
        return int((self.lit[:, 1] * self.lit[:, 2]).sum())


LIGHT_TEXEL_M = 0.14
MAX_LIGHT_TEXELS = 64


def solids_from(items: Sequence[Solid]) -> Solids:
    """Columns of these solids, in order."""
    count = len(items)
    texture = np.zeros((count * 6,), dtype=np.int32)
    uv = np.zeros((count * 6, 4), dtype=np.float32)
    repeats = np.zeros(count * 6, dtype=np.float32)
    tint = np.ones((count * 6, 3), dtype=np.float32)
    emission = np.zeros(count * 6, dtype=np.float32)
    lit = np.zeros((count * 6, 3), dtype=np.int64)
    for index, item in enumerate(items):
        for face in range(6):
            row = index * 6 + face
            material = item.materials[face if item.kind == BOX else 0]
            texture[row], tint[row], emission[row] = material.texture, material.tint, material.emission
            uv[row], repeats[row] = _face_uv(item, face, material)
            if item.kind == BOX:
                lit[row, 1:] = (2, 2) if material.hidden else _light_grid(item, face)
    cells = lit[:, 1] * lit[:, 2]
    lit[:, 0] = np.cumsum(cells) - cells
    return Solids(
        kind=np.array([item.kind for item in items], dtype=np.int8),
        centre=np.array([item.centre for item in items], dtype=np.float64).reshape(count, 3),
        half=np.array([item.half for item in items], dtype=np.float64).reshape(count, 3),
        yaw=np.array([item.yaw for item in items], dtype=np.float64),
        room=np.array([item.room for item in items], dtype=np.int32),
        texture=texture,
        uv=uv,
        repeats_per_m=repeats,
        tint=tint,
        emission=emission,
        lit=lit,
        names=tuple(item.name for item in items),
    )


def _face_uv(item: Solid, face: int, material: Material) -> tuple[tuple[float, float, float, float], float]:
    if item.kind != BOX:
        radius, height = max(item.half[0], item.half[1]), item.half[2]
        if material.tile_m is None:
            return (0.5, 0.5, 0.5, 0.5), 1.0 / (2 * np.pi * radius)
        # u is the angle over pi, so that its full range -1..1 is the circumference; whole repeats close the seam.
        around = max(1, round(2 * np.pi * radius / material.tile_m))
        return (around / 2, 0.0, height / material.tile_m, 0.0), 1.0 / material.tile_m
    half_u, half_v = item.half[FACE_U[face][0]], item.half[FACE_V[face][0]]
    if material.tile_m is None:
        return (0.5, 0.5, 0.5, 0.5), max(0.5 / half_u, 0.5 / half_v)
    offset_u = offset_v = 0.0
    if material.anchored:
        offset_u = item.centre[FACE_U[face][0]] * FACE_U[face][1] / material.tile_m
        offset_v = item.centre[FACE_V[face][0]] * FACE_V[face][1] / material.tile_m
    tile = material.tile_m
    return (half_u / tile, offset_u % 1.0, half_v / tile, offset_v % 1.0), 1.0 / tile


def _light_grid(item: Solid, face: int) -> tuple[int, int]:
    if item.room < 0:  # the open air is lit evenly
        return 2, 2

    def cells(half: float) -> int:
        return int(np.clip(np.ceil(2 * half / LIGHT_TEXEL_M) + 1, 2, MAX_LIGHT_TEXELS))

    return cells(item.half[FACE_U[face][0]]), cells(item.half[FACE_V[face][0]])


class SolidBuilder:
    """Collects solids. Pieces are built in the frame of a `Spot`."""

    def __init__(self) -> None:
        self.items: list[Solid] = []

    def spot(self, x: float, y: float, z: float, quarter: int, room: int, name: str, turn: float = 0.0) -> Spot:
        """A place to build at: quarter turns (anticlockwise) and a free turn in radians about its origin."""
        return Spot(self, (x, y, z), quarter % 4, turn, room, name)

    def build(self) -> Solids:
        """The columns of everything collected."""
        return solids_from(self.items)


@dataclass(frozen=True)
class Spot:
    """A frame to build in: x to the right along the wall behind, y out into the room, z up."""

    builder: SolidBuilder
    origin: tuple[float, float, float]
    quarter: int
    turn: float
    room: int
    name: str

    def box(
        self,
        low: Sequence[float],
        high: Sequence[float],
        material: Material,
        yaw: float = 0.0,
        *,
        faces: Mapping[str, Material] | None = None,
        **named: Material,
    ) -> None:
        """A box between two corners; `front` (+y), `back`, `left` (-x), `right`, `top`, `bottom` may differ."""
        centre = [(a + b) / 2 for a, b in zip(low, high, strict=True)]
        half = [abs(b - a) / 2 for a, b in zip(low, high, strict=True)]
        self._add(BOX, centre, half, yaw, self._turned(material, {**(faces or {}), **named}))

    def ellipsoid(self, centre: Sequence[float], half: Sequence[float], material: Material, yaw: float = 0.0) -> None:
        """An ellipsoid by centre and half axes."""
        self._add(ELLIPSOID, centre, half, yaw, (material,))

    def cylinder(self, centre: Sequence[float], half: Sequence[float], material: Material, yaw: float = 0.0) -> None:
        """An upright cylinder by centre, half widths and half height."""
        self._add(CYLINDER, centre, half, yaw, (material,))

    def _turned(self, material: Material, faces: Mapping[str, Material]) -> tuple[Material, ...]:
        # Going round anticlockwise the sides are +x, +y, -x, -y; a quarter turn moves each to the next.
        ring = [faces.get(side, material) for side in ("right", "front", "left", "back")]
        ring = ring[-self.quarter :] + ring[: -self.quarter] if self.quarter else ring
        return (ring[0], ring[2], ring[1], ring[3], faces.get("top", material), faces.get("bottom", material))

    def _add(
        self, kind: int, centre: Iterable[float], half: Iterable[float], yaw: float, materials: tuple[Material, ...]
    ) -> None:
        x, y, z = centre
        hx, hy, hz = half
        if self.quarter % 2:
            hx, hy = hy, hx
        cos, sin = ((1, 0), (0, 1), (-1, 0), (0, -1))[self.quarter]
        x, y = cos * x - sin * y, sin * x + cos * y
        if self.turn:
            cosine, sine = float(np.cos(self.turn)), float(np.sin(self.turn))
            x, y = cosine * x - sine * y, sine * x + cosine * y
        where = (self.origin[0] + x, self.origin[1] + y, self.origin[2] + z)
        self.builder.items.append(Solid(kind, where, (hx, hy, hz), self.turn + yaw, materials, self.room, self.name))
