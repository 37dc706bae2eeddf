"""Procedural textures of surfaces: periodic float RGB images 0..1, their mean near the colour asked for."""

from __future__ import annotations

import functools

import cv2
import numpy as np

from vpr_ros.core.records import Array

Colour = tuple[float, float, float]


@functools.lru_cache(maxsize=64)
def _ramp(side: int, exponent: float) -> Array:
    frequency = np.fft.fftfreq(side)[:, None] ** 2 + np.fft.rfftfreq(side)[None] ** 2
    frequency[0, 0] = 1
    ramp = frequency ** (-exponent / 2)
    ramp[0, 0] = 0
    return np.asarray(ramp)


def noise(rng: np.random.Generator, side: int, exponent: float = 1.5, stretch: tuple[int, int] = (1, 1)) -> Array:
    """Periodic noise with a power-law spectrum, mean 0, deviation 1; stretch repeats rows or columns."""
    rows, columns = side // stretch[1], side // stretch[0]
    size = max(rows, columns)
    field = np.fft.irfft2(np.fft.rfft2(rng.standard_normal((size, size))) * _ramp(size, exponent), s=(size, size))
    field = field[:rows, :columns]
    if stretch != (1, 1):
        field = np.asarray(cv2.resize(field, (side, side), interpolation=cv2.INTER_LINEAR))
    return np.asarray((field - field.mean()) / (field.std() + 1e-9))


def tinted(shade: Array, colour: Colour) -> Array:
    """Brightness around 1 [H, W] times a colour, brought back to the colour's mean."""
    image = shade[..., None] * np.array(colour)
    return np.asarray(np.clip(image * (np.array(colour) / np.maximum(image.mean(axis=(0, 1)), 1e-3)), 0, 1))


def plaster(rng: np.random.Generator, colour: Colour, side: int = 256) -> Array:
    """Painted wall: roller texture, a few stains and scuffs."""
    shade = 1 + 0.012 * noise(rng, side, 2.2) + 0.012 * noise(rng, side, 0.6)
    for _ in range(6):
        x, y = rng.integers(0, side, 2)
        end = (int(x + rng.integers(-30, 30)), int(y + rng.integers(-8, 8)))
        cv2.line(shade, (int(x), int(y)), end, float(rng.uniform(0.93, 1.03)), 1, cv2.LINE_AA)
    return tinted(shade, colour)


def wallpaper(rng: np.random.Generator, colour: Colour, side: int = 256) -> Array:
    """A repeated motif of a few shapes, in two shades of one colour; every other row may be shifted by half."""
    cells = int(rng.choice([2, 4, 4, 8]))
    motif = _motif(rng, side // cells)
    pattern = np.tile(motif, (cells, cells))
    if rng.random() < 0.5:
        for row in range(1, cells, 2):
            band = slice(row * (side // cells), (row + 1) * (side // cells))
            pattern[band] = np.roll(pattern[band], side // cells // 2, axis=1)
    contrast = rng.uniform(0.16, 0.26) * (1 if rng.random() < 0.6 else -1)
    return tinted(1 + contrast * (pattern - pattern.mean()) + 0.015 * noise(rng, side, 1.0), colour)


def _motif(rng: np.random.Generator, cell: int) -> Array:
    """Shapes in one cell [cell, cell], 0..1, mirrored as prints are."""
    motif: Array = np.zeros((cell, cell), dtype=np.float32)
    for _ in range(int(rng.integers(2, 6))):
        at = tuple(int(value) for value in rng.integers(cell // 6, 5 * cell // 6, 2))
        tone, kind = float(rng.uniform(0.3, 1)), int(rng.integers(0, 5))
        if kind == 0:
            axes = (int(rng.uniform(0.1, 0.32) * cell), max(2, int(rng.uniform(0.04, 0.14) * cell)))
            cv2.ellipse(motif, at, axes, float(rng.uniform(0, 360)), 0, 360, tone, -1)
        elif kind == 1:
            cv2.circle(motif, at, int(rng.uniform(0.06, 0.3) * cell), tone, int(rng.choice([-1, 2, 3])))
        elif kind == 2:
            other = tuple(int(value) for value in rng.integers(0, cell, 2))
            cv2.line(motif, at, other, tone, int(rng.integers(1, max(2, cell // 12))))
        elif kind == 3:
            points = rng.integers(0, cell, (int(rng.integers(3, 5)), 2)).astype(np.int32)
            cv2.polylines(motif, [points], True, tone, int(rng.integers(2, 4)))
        else:
            x = int(rng.integers(0, cell))
            cv2.line(motif, (x, 0), (x, cell), tone, int(rng.integers(1, max(2, cell // 8))))
    mirror = int(rng.integers(0, 4))
    if mirror & 1:
        motif = np.maximum(motif, motif[:, ::-1])
    if mirror & 2:
        motif = np.maximum(motif, motif[::-1])
    return np.asarray(motif)


def wood(rng: np.random.Generator, colour: Colour, side: int = 256, upright: bool = False) -> Array:
    """A board: long grain, growth rings, a few knots."""
    grain = 0.5 * noise(rng, side, 1.6, (16, 1)) + 0.25 * noise(rng, side, 1.0, (32, 1))
    y = np.linspace(0, 2 * np.pi, side, endpoint=False)[:, None]
    rings = np.sin(rng.integers(3, 7) * y + 1.6 * noise(rng, side, 2.6, (4, 1)))
    shade = 1 + 0.09 * grain + 0.07 * rings
    for _ in range(int(rng.integers(1, 4))):
        at = tuple(int(value) for value in rng.integers(12, side - 12, 2))
        cv2.ellipse(shade, at, (int(rng.integers(5, 11)), 4), 0, 0, 360, 0.72, -1, cv2.LINE_AA)
    return tinted(shade.T.copy() if upright else shade, colour)


def planks(rng: np.random.Generator, colour: Colour, side: int = 512) -> Array:
    """A wooden floor: rows of planks with staggered joints, or parquet blocks."""
    shade = 1 + 0.10 * noise(rng, side, 1.5, (16, 1)) + 0.04 * noise(rng, side, 0.8, (4, 1))
    rows = int(rng.choice([6, 8, 10]))
    high = side / rows
    for row in range(rows):
        top, bottom = round(row * high), round((row + 1) * high)
        joints = np.sort(rng.integers(0, side, int(rng.integers(2, 4))))
        for start, end in zip(joints, np.roll(joints, -1), strict=True):
            columns = np.arange(start, end if end > start else end + side) % side
            shade[top:bottom, columns] *= rng.uniform(0.82, 1.16)
        shade[top : top + 2] *= 0.62
        for joint in joints:
            shade[top:bottom, joint : joint + 2] *= 0.62
    return tinted(shade, colour)


def tiles(rng: np.random.Generator, colour: Colour, side: int = 512, count: int = 6) -> Array:
    """Glazed tiles with grout; some carry a second colour or an ornament."""
    step = side / count
    image = np.ones((side, side, 3)) * np.array(colour)
    second = np.clip(np.array(colour) * rng.uniform(0.55, 1.25, 3), 0.05, 0.95)
    style = rng.integers(0, 4)
    for row in range(count):
        for column in range(count):
            top, bottom = round(row * step), round((row + 1) * step)
            left, right = round(column * step), round((column + 1) * step)
            block = image[top:bottom, left:right]
            if (style == 0 and (row + column) % 2) or (style == 1 and rng.random() < 0.18):
                block[:] = second
            block *= rng.uniform(0.94, 1.06)
            if (style == 2 and (row + column) % 2) or (style == 3 and rng.random() < 0.25):
                centre, reach = ((right - left) // 2, (bottom - top) // 2), int(step * rng.uniform(0.18, 0.34))
                tile = np.ascontiguousarray(block)
                if style == 2:
                    cv2.ellipse(tile, centre, (reach, reach), 45, 0, 360, second.tolist(), 3, cv2.LINE_AA)
                else:
                    cv2.drawMarker(tile, centre, second.tolist(), int(rng.integers(0, 4)), reach * 2, 3)
                block[:] = tile
    for index in range(count):
        line = round(index * step)
        image[line : line + 4] = image[:, line : line + 4] = np.array(colour) * 0.72
    image *= (1 + 0.02 * noise(rng, side, 1.5))[..., None]
    return np.asarray(np.clip(image * (np.array(colour) / image.mean(axis=(0, 1))), 0, 1))


def carpet(rng: np.random.Generator, colour: Colour, side: int = 256) -> Array:
    """Rug: bands, lozenges and a border in related colours, with pile."""
    image = np.ones((side, side, 3)) * np.array(colour)
    palette = np.clip(np.array(colour) * rng.uniform(0.4, 1.7, (4, 3)), 0.04, 0.95)
    for index in range(int(rng.integers(5, 10))):
        size = int(side * (0.48 - 0.05 * index))
        if size < 6:
            break
        middle = side // 2
        chosen = palette[rng.integers(0, 4)].tolist()
        if rng.random() < 0.5:
            cv2.rectangle(
                image, (middle - size, middle - size), (middle + size, middle + size), chosen, int(rng.integers(3, 9))
            )
        else:
            points = np.array(
                [[middle, middle - size], [middle + size, middle], [middle, middle + size], [middle - size, middle]]
            )
            cv2.polylines(image, [points.astype(np.int32)], True, chosen, int(rng.integers(3, 9)), cv2.LINE_AA)
    for _ in range(24):
        at = rng.integers(8, side - 8, 2)
        size, chosen = int(rng.integers(3, 9)), palette[rng.integers(0, 4)].tolist()
        for x, y in ((at[0], at[1]), (side - at[0], at[1]), (at[0], side - at[1]), (side - at[0], side - at[1])):
            cv2.circle(image, (int(x), int(y)), size, chosen, -1, cv2.LINE_AA)
    image *= (1 + 0.10 * noise(rng, side, 0.3))[..., None]
    return np.asarray(np.clip(image * (np.array(colour) / image.mean(axis=(0, 1))), 0, 1))


def fabric(rng: np.random.Generator, colour: Colour, side: int = 256) -> Array:
    """Cloth: a weave with stripes, checks or dots."""
    y, x = np.mgrid[0:side, 0:side]
    shade = 1 + 0.05 * np.sin(x * np.pi / 2) * np.sin(y * np.pi / 2) + 0.03 * noise(rng, side, 1.2)
    kind, period = rng.integers(0, 4), int(rng.choice([16, 32, 64]))
    strength = rng.uniform(0.15, 0.35)
    if kind in (0, 1):
        shade *= 1 + strength * ((x % period) < period * rng.uniform(0.2, 0.6))
    if kind == 1:
        shade *= 1 + strength * ((y % period) < period * 0.4)
    if kind == 2:
        shade *= 1 + 1.6 * strength * (
            ((x % period) - period / 2) ** 2 + ((y % period) - period / 2) ** 2 < (period / 4) ** 2
        )
    return tinted(shade, colour)


def stone(rng: np.random.Generator, colour: Colour, side: int = 256) -> Array:
    """Speckled worktop stone with veins."""
    veins = np.abs(noise(rng, side, 2.4))
    shade = 1 + 0.16 * noise(rng, side, 0.2) + 0.12 * noise(rng, side, 1.5) - 0.12 * np.exp(-veins * 9)
    return tinted(np.clip(shade, 0.2, 2), colour)


def metal(rng: np.random.Generator, colour: Colour, side: int = 128) -> Array:
    """Brushed steel or enamel."""
    return tinted(1 + 0.04 * noise(rng, side, 0.8, (16, 1)) + 0.02 * noise(rng, side, 2.0), colour)


def foliage(rng: np.random.Generator, colour: Colour, side: int = 256) -> Array:
    """Leaves over leaves."""
    image = np.ones((side, side, 3)) * np.array(colour) * 0.5
    for _ in range(240):
        at = tuple(int(value) for value in rng.integers(0, side, 2))
        tone = np.clip(np.array(colour) * rng.uniform(0.6, 1.7), 0, 1).tolist()
        axes = (int(rng.integers(8, 20)), int(rng.integers(3, 7)))
        for dx in (-side, 0, side):
            for dy in (-side, 0, side):
                cv2.ellipse(
                    image,
                    (at[0] + dx, at[1] + dy),
                    axes,
                    float(rng.uniform(0, 1) + at[0] * 7),
                    0,
                    360,
                    tone,
                    -1,
                    cv2.LINE_AA,
                )
    return np.asarray(np.clip(image, 0, 1))


def brick(rng: np.random.Generator, colour: Colour, side: int = 256) -> Array:
    """Bricks in mortar."""
    image = np.ones((side, side, 3)) * 0.72
    rows = 16
    high, wide = side // rows, side // 8
    for row in range(rows):
        for column in range(8):
            left = column * wide + (wide // 2 if row % 2 else 0)
            columns = np.arange(left, left + wide - 2) % side
            image[row * high : (row + 1) * high - 2, columns] = np.array(colour) * rng.uniform(0.75, 1.2)
    image *= (1 + 0.08 * noise(rng, side, 0.8))[..., None]
    return np.asarray(np.clip(image, 0, 1))


def rough(rng: np.random.Generator, colour: Colour, side: int = 256) -> Array:
    """Asphalt, grass from afar, bark: noise of two scales."""
    return tinted(np.clip(1 + 0.18 * noise(rng, side, 0.4) + 0.14 * noise(rng, side, 1.8), 0.1, 2), colour)
