"""Which pieces every room has: what stands, large things first, and what hangs on the walls."""

from __future__ import annotations

from collections.abc import Callable

from vpr_ros.simulation import furniture as common
from vpr_ros.simulation import furniture_rooms as special
from vpr_ros.simulation.floor_plan import CORRIDOR
from vpr_ros.simulation.furniture import Piece
from vpr_ros.simulation.solids import Spot
from vpr_ros.simulation.style import Style

Build = Callable[[Spot, Style, Piece], None]
Size = tuple[float, float, float]


def _bedroom_set(spot: Spot, style: Style, _piece: Piece) -> None:
    special.bed(spot, style, Piece("bedroom/bed", (1.6, 2.05, 1.0), special.bed))
    for side in (-1, 1):
        aside = _moved(spot, side * 1.06, 0.0)
        special.nightstand(aside, style, Piece(f"bedroom/nightstand {side}", (0.45, 0.4, 0.5), special.nightstand))


def _sofa_set(spot: Spot, style: Style, _piece: Piece) -> None:
    special.sofa(spot, style, Piece("living_room/sofa", (2.0, 0.9, 0.85), special.sofa))
    low = Piece("living_room/coffee table", (1.0, 0.5, 0.42), common.table)
    common.table(_moved(spot, 0.0, 1.3), style, low)


def _desk_set(spot: Spot, style: Style, _piece: Piece) -> None:
    special.desk(spot, style, Piece("study/desk", (1.5, 0.7, 0.74), special.desk))
    chair = Piece("study/chair", (0.5, 0.5, 1.05), special.office_chair)
    # Facing the desk: turned half round, its back towards the room.
    special.office_chair(_moved(spot, -0.15, 1.25, 2), style, chair)


def _dining_set(spot: Spot, style: Style, _piece: Piece) -> None:
    common.table(spot, style, Piece("kitchen/table", (1.1, 0.75, 0.75), common.table))
    chair = Piece("kitchen/chair", (0.42, 0.42, 0.92), common.chair)
    common.chair(_moved(spot, -0.95, 0.38, 3), style, chair)
    common.chair(_moved(spot, 0.95, 0.38, 1), style, chair)


def _moved(spot: Spot, x: float, y: float, quarter: int = 0) -> Spot:
    cos, sin = ((1, 0), (0, 1), (-1, 0), (0, -1))[spot.quarter]
    at = spot.origin[0] + cos * x - sin * y, spot.origin[1] + sin * x + cos * y
    return spot.builder.spot(*at, spot.origin[2], spot.quarter + quarter, spot.room, spot.name)


def standing_pieces(room: str) -> list[tuple[Piece, bool]]:
    """Pieces that stand at walls, large ones first, and whether they like corners."""

    def piece(name: str, size: Size, build: Build, snug: bool = False) -> tuple[Piece, bool]:
        return Piece(f"{room}/{name}", size, build), snug

    shelf, box, bush = common.bookshelf, common.cabinet, common.plant
    return {
        "kitchen": [
            piece("counter", (2.7, 0.62, 2.6), special.kitchen_counter, True),
            piece("fridge", (0.62, 0.64, 1.85), special.fridge, True),
            piece("dining", (2.0, 0.8, 0.8), _dining_set),
            piece("shelf", (0.7, 0.3, 1.5), shelf),
            piece("plant", (0.34, 0.34, 0.9), bush),
        ],
        "living_room": [
            piece("sofa set", (2.0, 1.8, 0.85), _sofa_set),
            piece("television", (1.9, 0.42, 1.2), special.television),
            piece("shelf a", (1.1, 0.32, 2.05), shelf, True),
            piece("armchair", (0.95, 0.85, 0.85), special.sofa),
            piece("shelf b", (0.9, 0.32, 1.8), shelf, True),
            piece("sideboard", (1.2, 0.42, 0.8), box),
            piece("lamp", (0.4, 0.4, 1.65), common.floor_lamp, True),
            piece("plant a", (0.4, 0.4, 1.3), bush, True),
            piece("plant b", (0.36, 0.36, 0.8), bush),
        ],
        "bathroom": [
            piece("tub", (1.6, 0.72, 2.1), special.bathtub, True),
            piece("basin", (0.84, 0.48, 1.98), special.washbasin),
            piece("toilet", (0.42, 0.68, 0.8), special.toilet),
            piece("washer", (0.6, 0.6, 1.1), special.washing_machine, True),
            piece("plant", (0.3, 0.3, 0.6), bush),
        ],
        "bedroom": [
            piece("bed set", (2.6, 2.05, 1.0), _bedroom_set),
            piece("wardrobe", (1.6, 0.6, 2.1), box, True),
            piece("chest", (0.9, 0.45, 0.85), box),
            piece("shelf", (0.6, 0.3, 1.2), shelf),
            piece("plant", (0.36, 0.36, 1.0), bush, True),
        ],
        "study": [
            piece("desk set", (1.5, 1.3, 1.3), _desk_set),
            piece("shelf a", (1.2, 0.32, 2.1), shelf, True),
            piece("shelf b", (1.0, 0.32, 2.1), shelf, True),
            piece("files", (0.5, 0.5, 1.0), box),
            piece("armchair", (0.9, 0.8, 0.85), special.sofa),
            piece("plant", (0.4, 0.4, 1.2), bush, True),
        ],
        CORRIDOR: [
            piece("shoes", (0.9, 0.3, 0.9), box),
            piece("console", (0.8, 0.28, 0.8), common.table),
            piece("shelf", (0.7, 0.26, 1.6), shelf),
            piece("chest", (0.6, 0.28, 0.8), box),
            piece("plant", (0.32, 0.32, 0.9), bush, True),
        ],
    }[room]


def hanging_pieces(room: str) -> list[tuple[Piece, float]]:
    """Pieces on walls with the height of their lower edge."""
    pieces: list[tuple[Piece, float]] = []

    def add(name: str, size: Size, build: Build, height: float) -> None:
        pieces.append((Piece(f"{room}/{name}", size, build), height))

    if room == "bathroom":
        add("towels", (0.8, 0.1, 0.7), special.towels, 0.85)
    if room == CORRIDOR:
        add("coats", (1.2, 0.2, 1.8), special.coat_rack, 0.0)
        add("mirror", (0.6, 0.03, 1.3), common.mirror, 0.6)
    if room == "bedroom":
        add("mirror", (0.5, 0.03, 1.4), common.mirror, 0.4)
    if room in ("kitchen", "study"):
        add("clock", (0.32, 0.03, 0.32), common.wall_clock, 1.85)
        add("board", (0.9, 0.2, 0.3), common.wall_shelf, 1.45)
    counts = {"kitchen": 4, "living_room": 8, "bathroom": 3, "bedroom": 5, "study": 5, CORRIDOR: 18}
    sizes = ((0.6, 0.8), (0.9, 0.6), (0.45, 0.6), (0.7, 0.5), (1.1, 0.8))
    for number in range(counts[room]):
        wide, high = sizes[number % len(sizes)]
        add(f"picture {number}", (wide, 0.03, high), common.picture, 1.75 - high / 2 - 0.25 * (number % 2))
    return pieces
