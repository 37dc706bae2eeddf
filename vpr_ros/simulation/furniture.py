"""Pieces for every room: seats, tables, shelves, lamps, pictures, plants.

A piece is built in a `Spot`: its back at y = 0, its front towards +y, its middle at x = 0, standing on z = 0. `size` is
its footprint and height in metres; names make its materials the same on every visit.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from vpr_ros.simulation.solids import Material, Spot
from vpr_ros.simulation.style import Style
from vpr_ros.simulation.textures import Colour

WOODS: tuple[Colour, ...] = ((0.60, 0.42, 0.26), (0.46, 0.31, 0.20), (0.74, 0.60, 0.44), (0.34, 0.24, 0.18))
CLOTHS: tuple[Colour, ...] = ((0.30, 0.38, 0.52), (0.56, 0.28, 0.26), (0.34, 0.46, 0.34), (0.62, 0.54, 0.40))
WHITE: Colour = (0.90, 0.90, 0.88)
STEEL: Colour = (0.62, 0.63, 0.65)
DARK: Colour = (0.12, 0.12, 0.13)


@dataclass(frozen=True)
class Piece:
    """width along the wall, depth into the room, height; `build` puts it into a spot."""

    name: str
    size: tuple[float, float, float]
    build: Callable[[Spot, Style, Piece], None]


def legs(spot: Spot, low: tuple[float, float], high: tuple[float, float], height: float, material: Material) -> None:
    """Four square legs under a rectangle."""
    for x in (low[0], high[0] - 0.05):
        for y in (low[1], high[1] - 0.05):
            spot.box((x, y, 0.0), (x + 0.05, y + 0.05, height), material)


def table(spot: Spot, style: Style, piece: Piece) -> None:
    """A plain table with something lying on it."""
    width, depth, height = piece.size
    wood = style.furniture(piece.name, "wood", WOODS)
    spot.box((-width / 2, 0, height - 0.035), (width / 2, depth, height), wood)
    legs(spot, (-width / 2 + 0.03, 0.03), (width / 2 - 0.03, depth - 0.03), height - 0.035, wood)
    rng = style.variation.own(f"{piece.name}/things", style.difference.prints)
    for number in range(int(rng.integers(2, 5))):
        x, y = rng.uniform(-width / 2 + 0.15, width / 2 - 0.15), rng.uniform(0.12, max(depth - 0.12, 0.13))
        small_thing(spot, style, f"{piece.name}/thing {number}", (float(x), float(y), height), int(rng.integers(0, 4)))


def small_thing(spot: Spot, style: Style, name: str, at: tuple[float, float, float], kind: int) -> None:
    """A vase, a bowl, a stack of magazines or a packet, standing at a point."""
    x, y, z = at
    if kind == 0:
        spot.cylinder((x, y, z + 0.09), (0.05, 0.05, 0.09), style.furniture(name, "stone", CLOTHS, 0.3))
        spot.ellipsoid(
            (x, y, z + 0.27), (0.10, 0.10, 0.11), style.surface("foliage", "foliage", (0.25, 0.45, 0.2), 0.4)
        )
    elif kind == 1:
        spot.cylinder((x, y, z + 0.03), (0.12, 0.12, 0.03), style.furniture(name, "stone", ((0.8, 0.78, 0.74),), 0.4))
        spot.ellipsoid((x - 0.03, y, z + 0.08), (0.045, 0.045, 0.045), style.plain((0.85, 0.45, 0.1)))
        spot.ellipsoid((x + 0.05, y + 0.03, z + 0.08), (0.042, 0.042, 0.042), style.plain((0.75, 0.15, 0.1)))
    elif kind == 2:
        for layer in range(3):
            page = style.print(f"{name}/{layer}", "labels")
            spot.box(
                (x - 0.11, y - 0.14, z + layer * 0.012),
                (x + 0.10, y + 0.13, z + (layer + 1) * 0.012),
                page,
                yaw=layer * 0.2,
            )
    else:
        box = style.print(name, "labels")
        spot.box((x - 0.06, y - 0.04, z), (x + 0.06, y + 0.04, z + 0.22), box)


def chair(spot: Spot, style: Style, piece: Piece) -> None:
    """A wooden chair that looks to +y."""
    width, depth, height = piece.size
    wood = style.furniture("chairs", "wood", WOODS)
    seat = style.furniture(f"{piece.name}/seat", "fabric", CLOTHS, 0.5)
    legs(spot, (-width / 2, 0), (width / 2, depth), 0.43, wood)
    spot.box((-width / 2, 0, 0.43), (width / 2, depth, 0.47), wood, top=seat)
    for x in (-width / 2, width / 2 - 0.04):
        spot.box((x, 0, 0.47), (x + 0.04, 0.035, height), wood)
    for z in (0.58, 0.72, height - 0.10):
        spot.box((-width / 2 + 0.04, 0.005, z), (width / 2 - 0.04, 0.025, z + 0.07), wood)


def bookshelf(spot: Spot, style: Style, piece: Piece) -> None:
    """Open shelves full of books, with things between."""
    width, depth, height = piece.size
    wood = style.furniture(piece.name, "wood", WOODS)
    spot.box((-width / 2, 0, 0), (width / 2, 0.02, height), wood)
    for x in (-width / 2, width / 2 - 0.025):
        spot.box((x, 0.02, 0), (x + 0.025, depth, height), wood)
    count = max(2, round(height / 0.37))
    for level in range(count + 1):
        z = 0.06 + level * (height - 0.085) / count
        spot.box((-width / 2 + 0.025, 0.02, z), (width / 2 - 0.025, depth, z + 0.025), wood)
    rng = style.variation.own(f"{piece.name}/rows", style.difference.prints)
    room = (height - 0.085) / count - 0.025
    for level in range(count):
        z = 0.06 + level * (height - 0.085) / count + 0.025
        share, start = rng.uniform(0.55, 1.0), -width / 2 + 0.03
        end = start + share * (width - 0.06)
        spines = style.print(f"{piece.name}/row {level}", "books", style.colour(f"{piece.name}/books", CLOTHS))
        spot.box((start, 0.03, z), (end, depth - 0.04, z + room * 0.9), style.plain(DARK), front=spines)
        if share < 0.8:
            small_thing(spot, style, f"{piece.name}/thing {level}", (end + 0.12, depth / 2, z), int(rng.integers(1, 4)))


def cabinet(spot: Spot, style: Style, piece: Piece) -> None:
    """A closed cupboard: wardrobe, chest of drawers, sideboard, by its shape."""
    width, depth, height = piece.size
    colour = style.colour(piece.name, (*WOODS, WHITE))
    rows = max(1, round(height / 0.28)) if height < 1.1 else 1
    columns = max(1, round(width / 0.5)) if height >= 1.1 or width > 1.1 else 1
    front = style.front(f"{piece.name}/front", "panels", colour, columns, rows)
    side = style.furniture(f"{piece.name}/side", "wood", (colour,), 1.0)
    spot.box((-width / 2, 0, 0.06), (width / 2, depth, height), side, front=front)
    spot.box((-width / 2 + 0.03, 0.02, 0), (width / 2 - 0.03, depth - 0.05, 0.06), style.plain(DARK))
    if height < 1.3:
        rng = style.variation.own(f"{piece.name}/things", style.difference.prints)
        for number in range(int(rng.integers(1, 4))):
            x = float(rng.uniform(-width / 2 + 0.15, width / 2 - 0.15))
            small_thing(spot, style, f"{piece.name}/thing {number}", (x, depth / 2, height), int(rng.integers(0, 4)))


def picture(spot: Spot, style: Style, piece: Piece) -> None:
    """A framed print; z = 0 is its lower edge."""
    width, _, height = piece.size
    spot.box(
        (-width / 2, 0, 0),
        (width / 2, 0.022, height),
        style.plain((0.2, 0.16, 0.12)),
        front=style.print(piece.name, "poster"),
    )


def wall_clock(spot: Spot, style: Style, piece: Piece) -> None:
    """A clock on the wall."""
    width, _, height = piece.size
    spot.box((-width / 2, 0, 0), (width / 2, 0.03, height), style.plain(DARK), front=style.print(piece.name, "clock"))


def mirror(spot: Spot, style: Style, piece: Piece) -> None:
    """A mirror that shows only a pale haze: reflections are not simulated."""
    width, _, height = piece.size
    glass = style.surface("mirror", "plaster", (0.62, 0.68, 0.72), 2.0)
    frame = style.furniture(f"{piece.name}/frame", "wood", WOODS)
    spot.box((-width / 2, 0, 0), (width / 2, 0.02, height), frame)
    spot.box((-width / 2 + 0.05, 0.02, 0.05), (width / 2 - 0.05, 0.025, height - 0.05), glass)


def wall_shelf(spot: Spot, style: Style, piece: Piece) -> None:
    """A board on the wall with small things on it."""
    width, depth, _ = piece.size
    spot.box((-width / 2, 0, 0), (width / 2, depth, 0.03), style.furniture(piece.name, "wood", WOODS))
    rng = style.variation.own(f"{piece.name}/things", style.difference.prints)
    x = -width / 2 + 0.1
    while x < width / 2 - 0.08:
        small_thing(spot, style, f"{piece.name}/{x:.2f}", (x, depth / 2, 0.03), int(rng.integers(0, 4)))
        x += float(rng.uniform(0.2, 0.4))


def plant(spot: Spot, style: Style, piece: Piece) -> None:
    """A pot with a bush."""
    width, depth, height = piece.size
    leaves = style.surface("foliage", "foliage", (0.25, 0.45, 0.2), 0.4)
    y = depth / 2
    spot.cylinder((0, y, 0.16), (width * 0.34, width * 0.34, 0.16), style.furniture(piece.name, "stone", CLOTHS, 0.4))
    spot.cylinder((0, y, height * 0.4), (0.02, 0.02, height * 0.2), style.plain((0.3, 0.22, 0.12)))
    rng = style.variation.common(piece.name)
    for _ in range(5):
        x, dy = rng.uniform(-0.1, 0.1, 2)
        z = rng.uniform(0.5, 0.88) * height
        radius = float(rng.uniform(0.3, 0.42)) * width
        spot.ellipsoid((float(x), y + float(dy), float(z)), (radius, radius, radius * 0.8), leaves)


def floor_lamp(spot: Spot, style: Style, piece: Piece) -> None:
    """A standing lamp; its shade glows when lamps are lit."""
    _, depth, height = piece.size
    y = depth / 2
    spot.cylinder((0, y, 0.015), (0.14, 0.14, 0.015), style.plain(DARK))
    spot.cylinder((0, y, height / 2), (0.014, 0.014, height / 2 - 0.03), style.plain(STEEL))
    spot.cylinder((0, y, height - 0.16), (0.18, 0.18, 0.15), style.plain((0.93, 0.85, 0.68), emission=1.6))


def ceiling_lamp(spot: Spot, style: Style) -> None:
    """A hanging lamp; the spot's origin is its bulb."""
    spot.cylinder((0, 0, 0.24), (0.008, 0.008, 0.18), style.plain(DARK))
    spot.ellipsoid((0, 0, 0), (0.17, 0.17, 0.12), style.plain((0.95, 0.92, 0.82), emission=2.2))


def rug(spot: Spot, style: Style, piece: Piece) -> None:
    """A carpet on the floor."""
    width, depth, _ = piece.size
    colour = style.colour(piece.name, CLOTHS)
    spot.box((-width / 2, 0, 0.001), (width / 2, depth, 0.012), style.cloth(f"{piece.name}/pattern", "carpet", colour))


def curtain(spot: Spot, style: Style, width: float, height: float, name: str) -> None:
    """Folded cloth: narrow strips at turning angles. The spot's origin is the middle of its lower edge."""
    cloth = style.furniture(name, "fabric", ((0.72, 0.66, 0.54), (0.50, 0.56, 0.62), (0.66, 0.46, 0.42)), 0.6)
    count = max(3, round(width / 0.07))
    for fold in range(count):
        x = -width / 2 + (fold + 0.5) * width / count
        spot.box((x - 0.035, 0.03, 0), (x + 0.035, 0.05, height), cloth, yaw=0.5 if fold % 2 else -0.5)


def radiator(spot: Spot, style: Style, width: float) -> None:
    """A ribbed radiator under a window."""
    enamel = style.plain((0.88, 0.88, 0.86))
    spot.box((-width / 2, 0.03, 0.12), (width / 2, 0.06, 0.62), enamel)
    for rib in range(int(width / 0.09)):
        x = -width / 2 + 0.03 + rib * 0.09
        spot.box((x, 0.06, 0.12), (x + 0.045, 0.10, 0.62), enamel)
