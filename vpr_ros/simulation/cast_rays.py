"""What every pixel sees: the nearest solid and its exact depth.

Solids are taken nearest first. Each is bounded by a rectangle of pixels (edges clipped at the near plane), skipped when
everything drawn there already is nearer, and else intersected with the rays of that rectangle only.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vpr_ros.core.records import Array, FloatArray, Matrix4
from vpr_ros.simulation.camera import PixelRays
from vpr_ros.simulation.solids import CYLINDER, ELLIPSOID, Solids

NEAR_M = 0.03
FAR_M = 1.0e6
MIN_AREA_PX = 1.0

_SIGNS = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], dtype=np.float64)
_EDGES = np.array([(a, b) for a in range(8) for b in range(a + 1, 8) if np.abs(_SIGNS[a] - _SIGNS[b]).sum() == 2])


@dataclass(frozen=True, eq=False)
class Hits:
    """solid: int32 [H, W], -1 for sky; depth_m: float32 [H, W] along the optical axis, FAR_M for sky.

    directions: float32 [3, H, W], rays in the map frame with unit depth; origin: float64 [3].
    """

    solid: Array
    depth_m: FloatArray
    directions: FloatArray
    origin: Array


def cast_rays(solids: Solids, rays: PixelRays, map_from_camera: Matrix4) -> Hits:
    """The nearest solid of every pixel."""
    rotation = map_from_camera[:3, :3].astype(np.float32)
    origin = map_from_camera[:3, 3]
    height, width = rays.directions.shape[1:]
    x, y = rays.directions[0], rays.directions[1]
    directions = np.empty((3, height, width), dtype=np.float32)
    for axis in range(3):
        directions[axis] = rotation[axis, 0] * x + rotation[axis, 1] * y + rotation[axis, 2]
    directions[np.abs(directions) < 1e-7] = 1e-7
    depth = np.full((height, width), FAR_M, dtype=np.float32)
    solid = np.full((height, width), -1, dtype=np.int32)
    inverse = 1.0 / directions
    rectangles, nearest = _bounds(solids, rays, map_from_camera)
    for index in np.argsort(nearest, kind="stable"):
        if nearest[index] >= FAR_M:
            break
        top, bottom, left, right = rectangles[index]
        window = (slice(top, bottom), slice(left, right))
        if depth[window].max() <= nearest[index]:
            continue
        entry, leave = _interval(
            solids, index, origin, directions[:, top:bottom, left:right], inverse[:, top:bottom, left:right]
        )
        hit = (entry < leave) & (entry < depth[window]) & (entry > NEAR_M)
        np.copyto(depth[window], entry, where=hit)
        np.copyto(solid[window], np.int32(index), where=hit)
    return Hits(solid, depth, directions, origin)


def _bounds(solids: Solids, rays: PixelRays, map_from_camera: Matrix4) -> tuple[Array, Array]:
    """Rectangles (top, bottom, left, right) [n, 4] and the least depth [n]; FAR_M where a solid cannot be seen."""
    cos, sin = np.cos(solids.yaw)[:, None], np.sin(solids.yaw)[:, None]
    corner = _SIGNS[None] * solids.half[:, None]
    turned = np.stack(
        [cos * corner[..., 0] - sin * corner[..., 1], sin * corner[..., 0] + cos * corner[..., 1], corner[..., 2]],
        axis=-1,
    )
    relative = turned + (solids.centre - map_from_camera[:3, 3])[:, None]
    camera = relative @ map_from_camera[:3, :3]
    start, end = camera[:, _EDGES[:, 0]], camera[:, _EDGES[:, 1]]
    crosses = (start[..., 2] < NEAR_M) != (end[..., 2] < NEAR_M)
    rise = np.where(crosses, end[..., 2] - start[..., 2], 1.0)
    cut = start + ((NEAR_M - start[..., 2]) / rise)[..., None] * (end - start)
    points = np.concatenate([camera, cut], axis=1)
    valid = np.concatenate([camera[..., 2] >= NEAR_M, crosses], axis=1)
    z = np.maximum(points[..., 2], NEAR_M)
    seen_x, seen_y = points[..., 0] / z, points[..., 1] / z

    def extent(values: Array) -> tuple[Array, Array]:
        return np.where(valid, values, np.inf).min(axis=1), np.where(valid, values, -np.inf).max(axis=1)

    (x_low, x_high), (y_low, y_high) = extent(seen_x), extent(seen_y)
    rectangle = np.stack(
        [
            np.searchsorted(rays.row_high, y_low),
            np.searchsorted(rays.row_low, y_high, side="right"),
            np.searchsorted(rays.column_high, x_low),
            np.searchsorted(rays.column_low, x_high, side="right"),
        ],
        axis=1,
    )
    area = np.maximum(rectangle[:, 1] - rectangle[:, 0], 0) * np.maximum(rectangle[:, 3] - rectangle[:, 2], 0)
    nearest = np.where(valid, z, FAR_M).min(axis=1)
    return rectangle, np.where(area >= MIN_AREA_PX, nearest, FAR_M)


def _interval(
    solids: Solids, index: int, origin: Array, directions: FloatArray, inverse: FloatArray
) -> tuple[Array, Array]:
    """Depths at which rays enter and leave one solid; entry > leave where they miss it."""
    yaw, half, kind = float(solids.yaw[index]), solids.half[index], int(solids.kind[index])
    from_centre = origin - solids.centre[index]
    if yaw:
        cos, sin = np.float32(np.cos(yaw)), np.float32(np.sin(yaw))
        x = cos * directions[0] + sin * directions[1]
        y = cos * directions[1] - sin * directions[0]
        x[np.abs(x) < 1e-7] = 1e-7
        y[np.abs(y) < 1e-7] = 1e-7
        from_centre = np.array(
            [cos * from_centre[0] + sin * from_centre[1], cos * from_centre[1] - sin * from_centre[0], from_centre[2]]
        )
        directions = (x, y, directions[2])  # type: ignore[assignment]
        inverse = (1 / x, 1 / y, inverse[2])  # type: ignore[assignment]
    if kind == ELLIPSOID:
        return _quadric(from_centre / half, [directions[axis] * np.float32(1 / half[axis]) for axis in range(3)])
    entry, leave = _slab(from_centre[2], half[2], inverse[2])
    if kind == CYLINDER:
        side = _quadric(
            from_centre[:2] / half[:2], [directions[axis] * np.float32(1 / half[axis]) for axis in range(2)]
        )
        return np.maximum(entry, side[0]), np.minimum(leave, side[1])
    for axis in range(2):
        near, far = _slab(from_centre[axis], half[axis], inverse[axis])
        np.maximum(entry, near, out=entry)
        np.minimum(leave, far, out=leave)
    return entry, leave


def _slab(offset: float, half: float, inverse: FloatArray) -> tuple[FloatArray, FloatArray]:
    middle = inverse * np.float32(-offset)
    reach = np.abs(inverse) * np.float32(half)
    return middle - reach, middle + reach


def _quadric(start: Array, along: list[FloatArray]) -> tuple[FloatArray, FloatArray]:
    """Where rays cross the unit circle or ball of as many axes as given."""
    a = along[0] * along[0]
    b = along[0] * np.float32(start[0])
    for axis in range(1, len(along)):
        a += along[axis] * along[axis]
        b += along[axis] * np.float32(start[axis])
    c = np.float32(start @ start - 1)
    inside = b * b - a * c
    root = np.sqrt(np.maximum(inside, 0))
    entry = np.where(inside > 0, (-b - root) / a, np.float32(FAR_M))
    return entry, np.where(inside > 0, (-b + root) / a, np.float32(-FAR_M))
