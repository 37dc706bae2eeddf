"""People in the way: figures of ellipsoids and cylinders that stand, walk about or walk ahead of the robot."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vpr_ros.simulation.solids import Material, Solid, SolidBuilder
from vpr_ros.simulation.style import Style
from vpr_ros.simulation.textures import Colour

SKINS: tuple[Colour, ...] = ((0.86, 0.68, 0.56), (0.62, 0.44, 0.33), (0.40, 0.27, 0.20))
HAIRS: tuple[Colour, ...] = ((0.10, 0.08, 0.07), (0.35, 0.22, 0.12), (0.72, 0.58, 0.36))
CLOTHES: tuple[Colour, ...] = (
    (0.55, 0.15, 0.18),
    (0.16, 0.25, 0.45),
    (0.75, 0.72, 0.66),
    (0.2, 0.42, 0.3),
    (0.15, 0.15, 0.17),
)
WARDROBES = 6


@dataclass(frozen=True)
class Wardrobe:
    """Materials and height of one person."""

    height_m: float
    skin: Material
    hair: Material
    shirt: Material
    trousers: Material


@dataclass(frozen=True)
class Pose2:
    """Where a person stands, metres and radians in the map frame, and how far the legs have swung (-1..1)."""

    x: float
    y: float
    heading: float
    stride: float


def dress_people(style: Style) -> tuple[Wardrobe, ...]:
    """Clothes for as many people as may appear at once."""
    wardrobes = []
    for number in range(WARDROBES):
        rng = style.variation.common(f"person {number}")
        skin, hair = SKINS[int(rng.integers(0, 3))], HAIRS[int(rng.integers(0, 3))]
        wardrobes.append(
            Wardrobe(
                height_m=float(rng.uniform(1.58, 1.88)),
                skin=style.plain(skin),
                hair=style.plain(hair),
                shirt=style.furniture(f"person {number}/shirt", "fabric", CLOTHES, 0.3),
                trousers=style.furniture(f"person {number}/trousers", "fabric", CLOTHES, 0.5),
            )
        )
    return tuple(wardrobes)


def person_solids(wardrobe: Wardrobe, at: Pose2, z: float, room: int) -> list[Solid]:
    """One figure, facing its heading."""
    builder = SolidBuilder()
    spot = builder.spot(at.x, at.y, z, 0, room, "person", turn=at.heading - np.pi / 2)
    tall = wardrobe.height_m
    hip, shoulder = 0.49 * tall, 0.82 * tall
    for side in (-1, 1):
        swing = 0.16 * at.stride * side
        spot.cylinder((0.09 * side, swing * 0.6, hip * 0.55), (0.075, 0.085, hip * 0.45), wardrobe.trousers)
        spot.ellipsoid((0.09 * side, swing + 0.06, 0.05), (0.05, 0.13, 0.05), wardrobe.hair)
        spot.ellipsoid((0.25 * side, -swing * 0.7, 0.64 * tall), (0.055, 0.07, 0.19 * tall), wardrobe.shirt)
        spot.ellipsoid((0.25 * side, -swing, 0.44 * tall), (0.045, 0.05, 0.06), wardrobe.skin)
    spot.ellipsoid((0, 0, hip + 0.02), (0.19, 0.13, 0.13), wardrobe.trousers)
    spot.ellipsoid((0, 0, (hip + shoulder) / 2 + 0.02), (0.21, 0.13, (shoulder - hip) * 0.62), wardrobe.shirt)
    spot.cylinder((0, 0, shoulder + 0.04), (0.05, 0.05, 0.06), wardrobe.skin)
    spot.ellipsoid((0, 0.01, tall - 0.12), (0.085, 0.1, 0.12), wardrobe.skin)
    spot.ellipsoid((0, -0.025, tall - 0.09), (0.092, 0.095, 0.105), wardrobe.hair)
    return builder.items
