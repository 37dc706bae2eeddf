"""The plan as solids: floors, ceilings, walls with holes, frames, baseboards, door leaves."""

from __future__ import annotations

import dataclasses

from vpr_ros.simulation.floor_plan import (
    CEILING_M,
    CORRIDOR,
    HALF_WALL_M,
    OUTER_WALL_M,
    SIDES,
    FloorPlan,
    Opening,
    Room,
)
from vpr_ros.simulation.solids import Material, SolidBuilder, Spot
from vpr_ros.simulation.style import Style
from vpr_ros.simulation.textures import Colour

OVERLAP_M = 0.002
"""Neighbouring pieces of a wall share this strip: same plane, same anchored texture, so no ray slips between them."""

_WALL_COLOURS: dict[str, tuple[Colour, ...]] = {
    "kitchen": ((0.90, 0.86, 0.70), (0.80, 0.88, 0.82)),
    "living_room": ((0.86, 0.80, 0.72), (0.82, 0.84, 0.80)),
    "bathroom": ((0.80, 0.88, 0.92), (0.86, 0.90, 0.86)),
    "bedroom": ((0.78, 0.80, 0.90), (0.90, 0.80, 0.80)),
    "study": ((0.80, 0.86, 0.78), (0.88, 0.84, 0.76)),
    CORRIDOR: ((0.90, 0.88, 0.84),),
}
_FLOORS: dict[str, tuple[str, tuple[Colour, ...], float]] = {
    "kitchen": ("tiles", ((0.78, 0.72, 0.62), (0.68, 0.66, 0.64)), 1.8),
    "living_room": ("planks", ((0.66, 0.48, 0.32), (0.58, 0.42, 0.28)), 1.2),
    "bathroom": ("tiles", ((0.60, 0.68, 0.72), (0.70, 0.70, 0.68)), 1.2),
    "bedroom": ("planks", ((0.72, 0.56, 0.40), (0.62, 0.50, 0.38)), 1.2),
    "study": ("planks", ((0.56, 0.40, 0.28), (0.68, 0.54, 0.40)), 1.2),
    CORRIDOR: ("planks", ((0.64, 0.50, 0.36), (0.56, 0.46, 0.36)), 1.2),
}


def build_walls(plan: FloorPlan, builder: SolidBuilder, style: Style, z: float) -> None:
    """Everything that the plan itself says, standing at height z."""
    for room in plan.rooms:
        spot = builder.spot(0.0, 0.0, z, 0, room.index, f"{room.name}/shell")
        _slabs(room, spot, style)
        wall = _wall_material(room.name, style)
        for side in SIDES:
            _wall(plan, room, side, spot, wall, style)
        for opening in room.openings:
            _frame(plan, room, opening, spot, style)


def lamp_positions(room: Room, z: float) -> tuple[tuple[float, float, float], ...]:
    """Where ceiling lamps hang: one, or one each three metres of a long room."""
    length, breadth = room.east - room.west, room.north - room.south
    count = max(1, round(max(length, breadth) / 4.2))
    x, y = room.middle
    steps = [(2 * index + 1) / (2 * count) for index in range(count)]
    if length >= breadth:
        return tuple((room.west + step * length, y, z + CEILING_M - 0.42) for step in steps)
    return tuple((x, room.south + step * breadth, z + CEILING_M - 0.42) for step in steps)


def _wall_material(name: str, style: Style) -> Material:
    colour = style.colour(f"{name}/wall", _WALL_COLOURS[name])
    if name == "bathroom":
        return style.surface(f"{name}/wall", "tiles", colour, 1.2, anchored=True)
    papered = name != CORRIDOR and style.variation.own(f"{name}/papered", style.difference.surfaces).random() < 0.75
    return style.surface(f"{name}/wall", "wallpaper" if papered else "plaster", colour, 1.1, anchored=True)


def _hidden(material: Material) -> Material:
    return dataclasses.replace(material, hidden=True)


def _slabs(room: Room, spot: Spot, style: Style) -> None:
    kind, colours, tile = _FLOORS[room.name]
    floor = style.surface(f"{room.name}/floor", kind, style.colour(f"{room.name}/floor", colours), tile, anchored=True)
    ceiling = style.surface("ceiling", "plaster", (0.93, 0.93, 0.91), 2.0, anchored=True)
    low = (room.west - HALF_WALL_M, room.south - HALF_WALL_M)
    high = (room.east + HALF_WALL_M, room.north + HALF_WALL_M)
    spot.box((*low, -0.2), (*high, 0.0), _hidden(floor), top=floor)
    spot.box((*low, CEILING_M), (*high, CEILING_M + 0.2), _hidden(ceiling), bottom=ceiling)


def _is_outer(plan: FloorPlan, room: Room, side: str) -> bool:
    bounds = plan.bounds()
    low, high = bounds[:, 0].min(axis=0), bounds[:, 1].max(axis=0)
    distance = {
        "south": room.south - low[1],
        "north": high[1] - room.north,
        "west": room.west - low[0],
        "east": high[0] - room.east,
    }[side]
    return float(distance) < 0.3


def _wall(plan: FloorPlan, room: Room, side: str, spot: Spot, wall: Material, style: Style) -> None:
    thick = OUTER_WALL_M if _is_outer(plan, room, side) else HALF_WALL_M
    _, start, end = room.side_line(side)
    if side in ("south", "north"):  # these walls own the corners
        start, end = start - HALF_WALL_M, end + HALF_WALL_M
    skirting = style.furniture("skirting", "wood", ((0.86, 0.84, 0.80),), 1.0)
    openings = sorted((o for o in room.openings if o.side == side), key=lambda o: o.start)
    at = start
    for opening in openings:
        _piece(room, side, spot, wall, thick, (at, opening.start), (0.0, CEILING_M), skirting)
        across = (opening.start - OVERLAP_M, opening.end + OVERLAP_M)
        if opening.sill > 0:
            _piece(room, side, spot, wall, thick, across, (0.0, opening.sill), skirting)
        _piece(room, side, spot, wall, thick, across, (opening.top, CEILING_M), None)
        at = opening.end
    _piece(room, side, spot, wall, thick, (at, end), (0.0, CEILING_M), skirting)


def _piece(
    room: Room,
    side: str,
    spot: Spot,
    material: Material,
    thick: float,
    along: tuple[float, float],
    height: tuple[float, float],
    skirting: Material | None,
) -> None:
    low, high = _against(room, side, along, (-thick, 0.0), height)
    inner = {"south": "front", "north": "back", "west": "right", "east": "left"}[side]
    faces = {inner: material} if height == (0.0, CEILING_M) else {inner: material, "top": material, "bottom": material}
    spot.box(low, high, _hidden(material), faces=faces)
    if skirting is not None:
        inside = (max(along[0], room.side_line(side)[1]), min(along[1], room.side_line(side)[2]))
        spot.box(*_against(room, side, inside, (0.0, 0.014), (0.0, 0.085)), skirting)


def _against(
    room: Room, side: str, along: tuple[float, float], inwards: tuple[float, float], height: tuple[float, float]
) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
    """Corners of a box by its extent along a side, its distance from it into the room, and its height."""
    fixed, _, _ = room.side_line(side)
    sign = 1.0 if side in ("south", "west") else -1.0
    near, far = sorted((fixed + sign * inwards[0], fixed + sign * inwards[1]))
    if side in ("south", "north"):
        return (along[0], near, height[0]), (along[1], far, height[1])
    return (near, along[0], height[0]), (far, along[1], height[1])


def _frame(plan: FloorPlan, room: Room, opening: Opening, spot: Spot, style: Style) -> None:
    wood = style.furniture("frames", "wood", ((0.88, 0.86, 0.82), (0.55, 0.36, 0.22)), 1.0)
    outer = _is_outer(plan, room, opening.side)
    deep = -OUTER_WALL_M if outer else -HALF_WALL_M
    wide = 0.06
    trims = [
        ((opening.start - wide, opening.start + 0.012), (max(opening.sill - wide, 0.0), opening.top + wide)),
        ((opening.end - 0.012, opening.end + wide), (max(opening.sill - wide, 0.0), opening.top + wide)),
        ((opening.start + 0.012, opening.end - 0.012), (opening.top - 0.012, opening.top + wide)),
    ]
    for along, height in trims:
        spot.box(*_against(room, opening.side, along, (deep + 0.03, 0.022), height), wood)
    if opening.kind == "door":
        threshold = dataclasses.replace(wood, tint=(0.4, 0.4, 0.4))
        across = (opening.start, opening.end)
        spot.box(*_against(room, opening.side, across, (deep - 0.002, 0.01), (-0.01, 0.004)), threshold)
        if room.name != CORRIDOR and opening.to_room == plan.corridor.index:
            _leaf(room, opening, spot, style)
        return
    sill = (opening.start - 0.08, opening.end + 0.08)
    spot.box(*_against(room, opening.side, sill, (deep, 0.10), (opening.sill - 0.04, opening.sill)), wood)
    for along, height in _bars(room, opening, style):
        spot.box(*_against(room, opening.side, along, (-0.16, -0.11), height), wood)


def _bars(room: Room, opening: Opening, style: Style) -> list[tuple[tuple[float, float], tuple[float, float]]]:
    """Sash of a window: a border and a few glazing bars; every room has its own kind."""
    rng = style.variation.common(f"{room.name}/glazing {opening.start:.2f}")
    across, upwards = (opening.start, opening.end), (opening.sill, opening.top)
    upright = [opening.start + 0.025, opening.end - 0.025]
    level = [opening.sill + 0.025, opening.top - 0.025]
    count, transom = int(rng.integers(0, 4)), rng.random() < 0.5
    upright += [opening.start + (number + 1) / (count + 1) * (opening.end - opening.start) for number in range(count)]
    if transom:
        level.append(opening.sill + float(rng.choice([0.5, 0.7])) * (opening.top - opening.sill))
    bars = [((at - 0.025, at + 0.025), upwards) for at in upright]
    return bars + [(across, (at - 0.025, at + 0.025)) for at in level]


def _leaf(room: Room, opening: Opening, spot: Spot, style: Style) -> None:
    """The open door, turned a quarter into the room about its start."""
    rng = style.variation.own(f"{room.name}/door kind", style.difference.furniture)
    columns, rows = int(rng.integers(1, 3)), int(rng.integers(2, 6))
    colour = style.colour("doors", ((0.80, 0.76, 0.68), (0.50, 0.33, 0.20)))
    face = style.front(f"{room.name}/door", "panels", colour, columns, rows)
    edge = style.plain((0.7, 0.66, 0.58))
    along = (opening.start - 0.055, opening.start - 0.015)
    spot.box(
        *_against(
            room, opening.side, along, (0.03, 0.03 + opening.end - opening.start - 0.03), (0.01, opening.top - 0.01)
        ),
        edge,
        left=face,
        right=face,
        front=face,
        back=face,
    )
