"""The same view under other light, and mirrored: what training sees besides the images themselves."""

from __future__ import annotations

import cv2
import numpy as np

from vpr_ros.core.records import Array

DUSK_EVERY = 0.4
"""The share of augmented images that become an evening's: dark, warm, noisy. The others are the day's, otherwise
exposed."""


def augment_light(image: Array, rng: np.random.Generator) -> Array:
    """RGB uint8 HxWx3 -> the same view under another light, by another exposure."""
    dusk = rng.random() < DUSK_EVERY
    brightness = rng.uniform(0.25, 0.6) if dusk else rng.uniform(0.7, 1.3)
    gamma = rng.uniform(1.0, 1.6) if dusk else rng.uniform(0.7, 1.4)
    warmth = rng.uniform(0.05, 0.3) if dusk else rng.uniform(-0.12, 0.12)
    noise = rng.uniform(2.0, 10.0) if dusk else rng.uniform(0.0, 5.0)
    levels = np.linspace(0, 1, 256)[:, None] ** gamma * brightness * channel_gains(warmth)
    table = np.clip(levels * 255, 0, 255).round().astype(np.uint8)
    lit = cv2.LUT(image, table.reshape(1, 256, 3))
    grain = rng.standard_normal((*image.shape[:2], 1), dtype=np.float32) * np.float32(noise)
    return np.clip(lit + grain, 0, 255).round().astype(np.uint8)


def channel_gains(warmth: float) -> Array:
    """[3] factors of red, green, blue: above 0 as under lamps, below as under the sky; green stays."""
    return np.array([1 + warmth, 1.0, 1 - warmth])


def mirror(image: Array) -> Array:
    """Left becomes right."""
    return np.ascontiguousarray(image[:, ::-1])
