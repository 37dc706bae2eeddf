"""Where a room's pieces go: along walls, clear of doors, not through windows, with room to walk."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from vpr_ros.simulation import furniture as common
from vpr_ros.simulation.floor_plan import CORRIDOR, SIDES, Opening, Room
from vpr_ros.simulation.furniture import Piece
from vpr_ros.simulation.inventory import hanging_pieces, standing_pieces
from vpr_ros.simulation.solids import SolidBuilder, Spot
from vpr_ros.simulation.style import Style

Rectangle = tuple[float, float, float, float]
QUARTER = {"south": 0, "east": 1, "north": 2, "west": 3}
DOOR_CLEARANCE_M = 1.05
WALKWAY_M = 0.62


@dataclass
class _RoomLayout:
    """What stands where while a room is furnished."""

    room: Room
    taken: list[Rectangle] = field(default_factory=list)
    on_wall: dict[str, list[Rectangle]] = field(default_factory=lambda: {side: [] for side in SIDES})

    def __post_init__(self) -> None:
        for opening in self.room.openings:
            self.on_wall[opening.side].append(
                (opening.start - 0.12, opening.end + 0.12, opening.sill - 0.05, opening.top + 0.1)
            )
            if opening.kind == "door":
                self.taken.append(_door_zone(self.room, opening))

    def options(self, side: str, piece: Piece, bottom: float) -> list[float]:
        """Positions along a side (world axis) where the piece's middle can be."""
        _, start, end = self.room.side_line(side)
        half = piece.size[0] / 2
        steps = np.arange(start + half + 0.04, end - half - 0.04 + 1e-9, 0.05)
        return [float(at) for at in steps if self._fits(side, float(at), piece, bottom)]

    def _fits(self, side: str, at: float, piece: Piece, bottom: float) -> bool:
        half, top = piece.size[0] / 2, bottom + piece.size[2]
        for start, end, low, high in self.on_wall[side]:
            if at - half < end and at + half > start and bottom < high and top > low:
                return False
        walkway = WALKWAY_M if bottom < 0.1 and self.room.name != CORRIDOR and piece.size[1] > 0.25 else 0.0
        footprint = footprint_of(self.room, side, at, piece.size[0], piece.size[1] + walkway)
        if bottom > 1.2 or piece.size[1] < 0.12:
            return True
        return not any(_overlap(footprint, other) for other in self.taken)

    def take(self, side: str, at: float, piece: Piece, bottom: float) -> None:
        half = piece.size[0] / 2
        self.on_wall[side].append((at - half - 0.05, at + half + 0.05, bottom - 0.05, bottom + piece.size[2] + 0.05))
        if bottom < 1.2 and piece.size[1] >= 0.12:
            self.taken.append(footprint_of(self.room, side, at, piece.size[0], piece.size[1]))


def furnish_room(room: Room, builder: SolidBuilder, style: Style, z: float) -> None:
    """Everything movable in one room."""
    layout = _RoomLayout(room)
    for piece, snug in standing_pieces(room.name):
        _place(layout, piece, 0.0, snug, builder, style, z)
    for opening in room.openings:
        if opening.kind == "window":
            _dress_window(room, opening, builder, style, z)
    for piece, height in hanging_pieces(room.name):
        _place(layout, piece, height, False, builder, style, z)
    _lay_rugs(room, builder, style, z)


def _place(
    layout: _RoomLayout, piece: Piece, bottom: float, snug: bool, builder: SolidBuilder, style: Style, z: float
) -> None:
    share = style.difference.places if bottom == 0 else style.difference.furniture
    rng = style.variation.own(f"{piece.name}/place", share)
    for side in rng.permutation(SIDES):
        options = layout.options(str(side), piece, bottom)
        if not options:
            continue
        at = options[-1 if rng.random() < 0.5 else 0] if snug else options[int(rng.integers(0, len(options)))]
        spot = spot_at_wall(layout.room, str(side), at, builder, z + bottom, piece.name, standing=bottom < 0.1)
        piece.build(spot, style, piece)
        layout.take(str(side), at, piece, bottom)
        return


def spot_at_wall(
    room: Room, side: str, at: float, builder: SolidBuilder, z: float, name: str, *, standing: bool = False
) -> Spot:
    """A spot whose back is the wall, a little off it: no two faces share a plane; what stands clears the skirting."""
    fixed, _, _ = room.side_line(side)
    off = 0.016 if standing else 0.004
    x, y = {
        "south": (at, fixed + off),
        "north": (at, fixed - off),
        "west": (fixed + off, at),
        "east": (fixed - off, at),
    }[side]
    return builder.spot(x, y, z, QUARTER[side], room.index, name)


def footprint_of(room: Room, side: str, at: float, width: float, depth: float) -> Rectangle:
    """west, south, east, north of a piece at a wall."""
    fixed, _, _ = room.side_line(side)
    half = width / 2
    return {
        "south": (at - half, fixed, at + half, fixed + depth),
        "north": (at - half, fixed - depth, at + half, fixed),
        "west": (fixed, at - half, fixed + depth, at + half),
        "east": (fixed - depth, at - half, fixed, at + half),
    }[side]


def _door_zone(room: Room, opening: Opening) -> Rectangle:
    middle = (opening.start + opening.end) / 2
    reach = 0.0 if room.name == CORRIDOR else DOOR_CLEARANCE_M
    return footprint_of(room, opening.side, middle, opening.end - opening.start + 0.3, reach)


def _overlap(a: Rectangle, b: Rectangle) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _dress_window(room: Room, opening: Opening, builder: SolidBuilder, style: Style, z: float) -> None:
    width = opening.end - opening.start
    if room.name in ("living_room", "bedroom", "study"):
        for end in (opening.start - 0.1, opening.end + 0.1):
            spot = spot_at_wall(room, opening.side, end, builder, z + 0.75, f"{room.name}/curtain")
            common.curtain(spot, style, 0.36, 1.6, f"{room.name}/curtain")
    middle = (opening.start + opening.end) / 2
    name = f"{room.name}/sill {opening.start:.2f}"
    rng = style.variation.own(name, style.difference.prints)
    spot = spot_at_wall(room, opening.side, middle, builder, z + opening.sill, name)
    for number, x in enumerate(rng.uniform(-width / 2 + 0.15, width / 2 - 0.15, int(rng.integers(1, 4)))):
        common.small_thing(spot, style, f"{name} {number}", (float(x), -0.04, 0.0), int(rng.choice([0, 0, 1, 3])))
    if room.name != CORRIDOR and room.name != "kitchen":
        spot = spot_at_wall(room, opening.side, middle, builder, z, f"{room.name}/radiator", standing=True)
        common.radiator(spot, style, min(1.2, width))


def _lay_rugs(room: Room, builder: SolidBuilder, style: Style, z: float) -> None:
    sizes = {"living_room": (2.6, 1.7), "bedroom": (1.8, 1.2), "study": (1.6, 1.1), "bathroom": (0.8, 0.5)}
    x, y = room.middle
    if room.name == CORRIDOR:
        rng = style.variation.own(f"{room.name}/runners", style.difference.places)
        count = int(rng.integers(2, 5))
        for number in range(count):
            share = (number + 0.5 + float(rng.uniform(-0.08, 0.08))) / count
            at = room.west + share * (room.east - room.west)
            _rug(room, f"runner {number}", (at, y), (float(rng.uniform(1.2, 2.4)), 0.8), builder, style, z)
    elif room.name in sizes:
        rng = style.variation.own(f"{room.name}/rug place", style.difference.places)
        moved = (x + float(rng.uniform(-0.4, 0.4)), y + float(rng.uniform(-0.3, 0.3)))
        _rug(room, "rug", moved, sizes[room.name], builder, style, z)


def _rug(
    room: Room,
    name: str,
    middle: tuple[float, float],
    size: tuple[float, float],
    builder: SolidBuilder,
    style: Style,
    z: float,
) -> None:
    piece = Piece(f"{room.name}/{name}", (*size, 0.01), common.rug)
    spot = builder.spot(middle[0], middle[1] - size[1] / 2, z, 0, room.index, piece.name)
    common.rug(spot, style, piece)
