"""All textures in one array with their mip levels, so that shading reads a pixel with one gather a corner.

A texel is four bytes (R, G, B and an unused one) in a uint32. Colours are stored as the square root of the albedo;
textures are square, their side a power of two, and repeat.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vpr_ros.core.records import Array

LEVELS = 9


@dataclass(frozen=True, eq=False)
class TextureAtlas:
    """texels: uint32 [T]; first: int64 [n, LEVELS], where each level of each texture starts; side_px: int64 [n].

    mean_albedo: float32 [n, 3], linear: what light bounces off a surface on average.
    """

    texels: Array
    first: Array
    side_px: Array
    mean_albedo: Array


class AtlasBuilder:
    """Collects textures: RGB float images 0..1, square, side a power of two."""

    def __init__(self) -> None:
        self._levels: list[list[Array]] = []
        self._means: list[Array] = []

    def add(self, image: Array) -> int:
        """Take a texture and return its number."""
        side = image.shape[0]
        if image.shape != (side, side, 3) or side & (side - 1):
            raise ValueError(f"texture of shape {image.shape}: expected a square with a power of two as its side")
        linear = np.clip(image, 0.0, 1.0).astype(np.float32) ** 2
        self._means.append(linear.mean(axis=(0, 1)))
        levels = []
        for _ in range(LEVELS):
            levels.append(_packed(linear))
            if linear.shape[0] > 1:
                half = linear.shape[0] // 2
                linear = linear.reshape(half, 2, half, 2, 3).mean(axis=(1, 3))
        self._levels.append(levels)
        return len(self._levels) - 1

    def build(self) -> TextureAtlas:
        """The atlas of everything collected."""
        flat = [level for levels in self._levels for level in levels]
        sizes = np.array([len(level) for level in flat], dtype=np.int64)
        first = (np.cumsum(sizes) - sizes).reshape(-1, LEVELS)
        sides = np.array([round(len(levels[0]) ** 0.5) for levels in self._levels], dtype=np.int64)
        return TextureAtlas(np.concatenate(flat), first, sides, np.array(self._means, dtype=np.float32))


def sample_atlas(atlas: TextureAtlas, texture: Array, u: Array, v: Array, lod: Array) -> Array:
    """Bilinear samples in the nearest mip level, float32 [n, 4], linear. u, v in repeats (v down), lod in levels."""
    sides = atlas.side_px[texture]
    level = np.clip(np.rint(lod), 0, LEVELS - 1).astype(np.int64)
    level = np.minimum(level, np.log2(sides).astype(np.int64))
    side = sides >> level
    first = atlas.first[texture, level]
    x = u * side - 0.5
    y = v * side - 0.5
    column, row = np.floor(x), np.floor(y)
    share_x, share_y = (x - column)[:, None], (y - row)[:, None]
    mask = side - 1
    left = column.astype(np.int64)
    above = row.astype(np.int64)
    right, below = (left + 1) & mask, ((above + 1) & mask) * side + first
    left, above = left & mask, (above & mask) * side + first
    texels = atlas.texels
    top = _mixed(texels.take(above + left), texels.take(above + right), share_x)
    bottom = _mixed(texels.take(below + left), texels.take(below + right), share_x)
    top += (bottom - top) * share_y
    top *= np.float32(1 / 255)
    top *= top
    return top


def _mixed(a: Array, b: Array, share: Array) -> Array:
    first = a.view(np.uint8).reshape(-1, 4).astype(np.float32)
    second = b.view(np.uint8).reshape(-1, 4).astype(np.float32)
    second -= first
    second *= share
    first += second
    return first


def _packed(linear: Array) -> Array:
    side = linear.shape[0]
    rgba = np.zeros((side, side, 4), dtype=np.uint8)
    rgba[..., :3] = np.rint(np.sqrt(linear) * 255)
    return rgba.reshape(-1, 4).view(np.uint32).ravel()
