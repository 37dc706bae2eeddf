"""Colours of what the rays hit: deferred, all pixels at once, one gather a table.

The z-buffer only remembers which solid was hit. Here the hit point is taken to the solid's own frame, which tells the
face, its texture coordinates and its light: from baked light texels on boxes, from a cube of six directions on curves.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vpr_ros.core.records import Array, FloatArray
from vpr_ros.simulation.camera import PixelRays
from vpr_ros.simulation.cast_rays import Hits
from vpr_ros.simulation.solids import BOX, CYLINDER, Solids
from vpr_ros.simulation.texture_atlas import TextureAtlas, sample_atlas

LOD_BIAS = -0.25
"""A little sharper than one texel a pixel: the lens blurs afterwards anyway."""


@dataclass(frozen=True, eq=False)
class Light:
    """Light that was baked for some solids. texels: float32 [L, 4], irradiance on the light grids of faces, RGB first.

    cubes: float32 [n, 6, 3], irradiance from +x, -x, +y, -y, +z, -z at each solid. sky: colours (zenith, horizon).
    """

    texels: FloatArray
    cubes: FloatArray
    sky: tuple[tuple[float, float, float], tuple[float, float, float]]


@dataclass(frozen=True, eq=False)
class ShadingTables:
    """Solids rearranged so that a pixel gathers rows. frame: x, y, z, cos, sin, 1 / half sizes."""

    kind: Array
    frame: FloatArray
    face: FloatArray
    link: Array


def shading_tables(solids: Solids) -> ShadingTables:
    """Rearrange once; rows of several tables may be stacked."""
    frame = np.column_stack([solids.centre, np.cos(solids.yaw), np.sin(solids.yaw), 1 / solids.half])
    face = np.column_stack([solids.uv, solids.repeats_per_m, solids.tint, np.maximum(solids.lit[:, 1:] - 1, 0)])
    link = np.column_stack([solids.texture, solids.lit[:, 0], solids.lit[:, 1]])
    return ShadingTables(solids.kind, frame.astype(np.float32), face.astype(np.float32), link.astype(np.int64))


def shade(hits: Hits, rays: PixelRays, tables: ShadingTables, atlas: TextureAtlas, light: Light) -> FloatArray:
    """Linear radiance [H, W, 3] float32 before any camera."""
    height, width = hits.solid.shape
    solid = hits.solid.ravel()
    seen = np.flatnonzero(solid >= 0)
    image = np.empty((height * width, 3), dtype=np.float32)
    if len(seen) < len(solid):
        sky = np.flatnonzero(solid < 0)
        image[sky] = _sky(hits.directions.reshape(3, -1)[:, sky], light)
    if len(seen):
        image[seen] = _surfaces(hits, rays, seen, solid[seen], tables, atlas, light)
    return image.reshape(height, width, 3)


def _sky(directions: FloatArray, light: Light) -> FloatArray:
    zenith, horizon = (np.array(colour, dtype=np.float32) for colour in light.sky)
    elevation = directions[2] / np.sqrt((directions**2).sum(axis=0))
    share = np.clip(elevation * 1.4, 0, 1)[:, None] ** 0.6
    return np.asarray(horizon + (zenith - horizon) * share, dtype=np.float32)


def _surfaces(
    hits: Hits,
    rays: PixelRays,
    seen: Array,
    solid: Array,
    tables: ShadingTables,
    atlas: TextureAtlas,
    light: Light,
) -> FloatArray:
    frame = tables.frame.take(solid, axis=0)
    depth = hits.depth_m.ravel()[seen]
    ray = hits.directions.reshape(3, -1)[:, seen]
    local = _local(hits, frame, depth, ray)
    face, u, v = _box_face(local)
    curved = np.flatnonzero(tables.kind[solid] != BOX)
    if len(curved):
        u[curved], v[curved] = _curved_uv(local[:, curved], tables.kind[solid[curved]])
        face[curved] = 0
    row = solid * 6 + face
    table, link = tables.face.take(row, axis=0), tables.link.take(row, axis=0)
    normal = _box_normal(face, frame)
    if len(curved):
        normal[:, curved] = _curved_normal(local[:, curved], frame[curved], tables.kind[solid[curved]])
    ray_length = np.sqrt((ray * ray).sum(axis=0))
    slant = np.maximum(np.abs((normal * ray).sum(axis=0)) / ray_length, 0.06)
    footprint = depth * ray_length * rays.radians_per_px.ravel()[seen] / np.sqrt(slant)
    texture = link[:, 0]
    lod = np.log2(footprint * table[:, 4] * atlas.side_px[texture]) + LOD_BIAS
    colour = sample_atlas(atlas, texture, table[:, 0] * u + table[:, 1], -table[:, 2] * v - table[:, 3], lod)
    shine = _light_on_boxes(light, table, link, u, v)
    if len(curved):
        shine[curved, :3] = _light_on_curves(light.cubes[solid[curved]], normal[:, curved])
    return np.asarray(colour[:, :3] * table[:, 5:8] * shine[:, :3])


def _local(hits: Hits, frame: FloatArray, depth: FloatArray, ray: FloatArray) -> FloatArray:
    origin = hits.origin.astype(np.float32)
    x = depth * ray[0] + (origin[0] - frame[:, 0])
    y = depth * ray[1] + (origin[1] - frame[:, 1])
    z = depth * ray[2] + (origin[2] - frame[:, 2])
    cos, sin = frame[:, 3], frame[:, 4]
    return np.stack([(cos * x + sin * y) * frame[:, 5], (cos * y - sin * x) * frame[:, 6], z * frame[:, 7]])


def _box_face(local: FloatArray) -> tuple[Array, FloatArray, FloatArray]:
    x, y, z = local
    size = np.abs(local)
    on_x = (size[0] >= size[1]) & (size[0] >= size[2])
    on_z = ~on_x & (size[2] > size[1])
    face = np.where(on_x, x < 0, np.where(on_z, 4 + (z < 0), 2 + (y < 0)))
    sign = np.where(face & 1, np.float32(-1), np.float32(1))
    u = np.where(on_z, x, np.where(on_x, y, -x) * sign)
    v = np.where(on_z, y * sign, z)
    return face, u, v


def _box_normal(face: Array, frame: FloatArray) -> FloatArray:
    sign = np.where(face & 1, np.float32(-1), np.float32(1))
    axis = face >> 1
    cos, sin = frame[:, 3] * sign, frame[:, 4] * sign
    zero = np.float32(0)
    return np.stack(
        [
            np.where(axis == 0, cos, np.where(axis == 1, -sin, zero)),
            np.where(axis == 0, sin, np.where(axis == 1, cos, zero)),
            np.where(axis == 2, sign, zero),
        ]
    )


def _curved_uv(local: FloatArray, kind: Array) -> tuple[FloatArray, FloatArray]:
    x, y, z = local
    cap = (kind == CYLINDER) & (np.abs(z) > 0.9995)
    angle = np.arctan2(y, x) * np.float32(1 / np.pi)
    return np.where(cap, x, angle), np.where(cap, y, z)


def _curved_normal(local: FloatArray, frame: FloatArray, kind: Array) -> FloatArray:
    scaled = local * frame[:, 5:8].T
    tube = kind == CYLINDER
    cap = tube & (np.abs(local[2]) > 0.9995)
    scaled[2] = np.where(tube, np.where(cap, np.sign(local[2]), 0), scaled[2])
    scaled[:2] = np.where(cap, 0, scaled[:2])
    scaled /= np.maximum(np.sqrt((scaled * scaled).sum(axis=0)), 1e-9)
    cos, sin = frame[:, 3], frame[:, 4]
    return np.stack([cos * scaled[0] - sin * scaled[1], sin * scaled[0] + cos * scaled[1], scaled[2]])


def _light_on_boxes(light: Light, table: FloatArray, link: Array, u: FloatArray, v: FloatArray) -> FloatArray:
    x = np.clip(u * 0.5 + 0.5, 0, 1) * table[:, 8]
    y = np.clip(v * 0.5 + 0.5, 0, 1) * table[:, 9]
    column = np.clip(x.astype(np.int64), 0, np.maximum(table[:, 8].astype(np.int64) - 1, 0))
    row = np.clip(y.astype(np.int64), 0, np.maximum(table[:, 9].astype(np.int64) - 1, 0))
    share_x, share_y = (x - column)[:, None], (y - row)[:, None]
    # Sixteen bytes a texel: taken as one complex number, they come in one gather.
    packed = light.texels.view(np.complex128).ravel()
    last = len(packed) - 1
    first = np.minimum(link[:, 1] + row * link[:, 2] + column, last)
    above = np.minimum(first + link[:, 2], last)

    def corner(index: Array) -> FloatArray:
        return packed.take(index).view(np.float32).reshape(-1, 4)

    low, low_right = corner(first), corner(np.minimum(first + 1, last))
    high, high_right = corner(above), corner(np.minimum(above + 1, last))
    low += (low_right - low) * share_x
    high += (high_right - high) * share_x
    low += (high - low) * share_y
    return low


def _light_on_curves(cubes: FloatArray, normal: FloatArray) -> FloatArray:
    square = normal * normal
    total = np.zeros((normal.shape[1], 3), dtype=np.float32)
    for axis in range(3):
        positive = (normal[axis] > 0)[:, None]
        total += square[axis][:, None] * np.where(positive, cubes[:, 2 * axis], cubes[:, 2 * axis + 1])
    return total
