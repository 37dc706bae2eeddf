"""Walls, doors and windows: one plan for all floors, drawn from the seed.

A corridor runs along x between two rows of rooms: kitchen and living room on one side, bathroom, bedroom and study on
the other; order, sides and sizes vary. Rooms are axis-aligned rectangles with 12 cm of wall between them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vpr_ros.core.errors import SettingsError
from vpr_ros.core.records import Array

ROOM_NAMES = ("kitchen", "living_room", "bathroom", "bedroom", "study")
CORRIDOR = "corridor"
HALF_WALL_M = 0.06
OUTER_WALL_M = 0.28
CEILING_M = 2.6
SIDES = ("south", "east", "north", "west")


@dataclass(frozen=True)
class Opening:
    """A hole in one side of a room, along the side's world axis: from, to, sill, top; metres above the floor."""

    side: str
    start: float
    end: float
    sill: float
    top: float
    kind: str
    to_room: int = -1


@dataclass(frozen=True)
class Room:
    """A rectangle inside its walls, metres in the map frame."""

    index: int
    name: str
    west: float
    south: float
    east: float
    north: float
    openings: tuple[Opening, ...]

    @property
    def middle(self) -> tuple[float, float]:
        return (self.west + self.east) / 2, (self.south + self.north) / 2

    def side_line(self, side: str) -> tuple[float, float, float]:
        """(fixed coordinate, start, end) of a side."""
        return {
            "south": (self.south, self.west, self.east),
            "north": (self.north, self.west, self.east),
            "west": (self.west, self.south, self.north),
            "east": (self.east, self.south, self.north),
        }[side]


@dataclass(frozen=True)
class FloorPlan:
    """All rooms; the corridor is the last one."""

    rooms: tuple[Room, ...]

    @property
    def corridor(self) -> Room:
        return self.rooms[-1]

    def room_at(self, x: float, y: float) -> Room:
        """The room that holds a point, or the nearest one (in a doorway)."""

        def away(room: Room) -> float:
            dx = max(room.west - x, 0.0, x - room.east)
            dy = max(room.south - y, 0.0, y - room.north)
            return dx * dx + dy * dy

        return min(self.rooms, key=away)

    def room_named(self, name: str) -> Room:
        """Raises SettingsError when there is none."""
        for room in self.rooms:
            if room.name == name:
                return room
        raise SettingsError(f"no room {name!r}; there are {', '.join(room.name for room in self.rooms)}")

    def bounds(self) -> Array:
        """Low and high corners of rooms [r, 2, 2]."""
        return np.array([[[room.west, room.south], [room.east, room.north]] for room in self.rooms])


@dataclass
class _Draft:
    name: str
    west: float
    south: float
    east: float
    north: float
    openings: list[Opening]


def make_plan(seed: int) -> FloorPlan:
    """The plan of the flat with this seed."""
    rng = np.random.default_rng([seed, 1])
    gap = 2 * HALF_WALL_M
    width = rng.uniform(12.0, 13.2)
    deep, shallow, aisle = rng.uniform(4.1, 4.6), rng.uniform(3.7, 4.1), rng.uniform(1.7, 1.95)
    pair = [str(name) for name in rng.permutation(["kitchen", "living_room"])]
    three = [str(name) for name in rng.permutation(["bathroom", "bedroom", "study"])]
    deep_south = bool(rng.random() < 0.5)
    shares = {"kitchen": rng.uniform(0.38, 0.43), "living_room": 1.0}
    shares |= {"bathroom": rng.uniform(0.23, 0.25), "bedroom": rng.uniform(0.38, 0.41), "study": 1.0}
    south_depth = deep if deep_south else shallow
    north_depth = shallow if deep_south else deep
    drafts: list[_Draft] = []
    for names, low, high in (
        (pair if deep_south else three, 0.0, south_depth),
        (three if deep_south else pair, south_depth + aisle + 2 * gap, south_depth + aisle + 2 * gap + north_depth),
    ):
        drafts += _row(names, shares, low, high, width, gap)
    corridor = _Draft(CORRIDOR, 0.0, south_depth + gap, width, south_depth + gap + aisle, [])
    drafts.sort(key=lambda draft: ROOM_NAMES.index(draft.name))
    drafts.append(corridor)
    _cut_doors(drafts, rng)
    _cut_windows(drafts, rng)
    return FloorPlan(
        tuple(
            Room(index, draft.name, draft.west, draft.south, draft.east, draft.north, tuple(draft.openings))
            for index, draft in enumerate(drafts)
        )
    )


def _row(names: list[str], shares: dict[str, float], low: float, high: float, width: float, gap: float) -> list[_Draft]:
    free = width - gap * (len(names) - 1)
    sizes = {name: shares[name] * free for name in names}
    last = next(name for name in names if shares[name] == 1.0)
    sizes[last] = free - sum(size for name, size in sizes.items() if name != last)
    drafts, x = [], 0.0
    for name in names:
        drafts.append(_Draft(name, x, low, x + sizes[name], high, []))
        x += sizes[name] + gap
    return drafts


def _cut_doors(drafts: list[_Draft], rng: np.random.Generator) -> None:
    corridor = len(drafts) - 1
    wide, top = 0.92, 2.05
    for index, draft in enumerate(drafts[:-1]):
        start = rng.uniform(draft.west + 0.45, draft.east - 0.45 - wide)
        here, there = ("north", "south") if draft.south < drafts[corridor].south else ("south", "north")
        draft.openings.append(Opening(here, start, start + wide, 0.0, top, "door", corridor))
        drafts[corridor].openings.append(Opening(there, start, start + wide, 0.0, top, "door", index))
    kitchen, living = drafts[0], drafts[1]
    left, right = (0, 1) if kitchen.west < living.west else (1, 0)
    start = rng.uniform(kitchen.south + 1.0, kitchen.north - 1.0 - 1.1)
    drafts[left].openings.append(Opening("east", start, start + 1.1, 0.0, 2.2, "door", right))
    drafts[right].openings.append(Opening("west", start, start + 1.1, 0.0, 2.2, "door", left))


def _cut_windows(drafts: list[_Draft], rng: np.random.Generator) -> None:
    for draft in drafts[:-1]:
        side = "south" if draft.south == 0.0 else "north"
        length = draft.east - draft.west
        count = 2 if length > 5.5 else 1
        if draft.name == "bathroom":
            sill, top, wide = 1.3, 1.95, 0.7
        else:
            sill, top, wide = rng.uniform(0.8, 1.05), rng.uniform(1.95, 2.2), min(rng.uniform(0.9, 1.5), length * 0.4)
        for number in range(count):
            share = length / count
            middle = draft.west + share * (number + 0.5) + rng.uniform(-0.25, 0.25)
            draft.openings.append(Opening(side, middle - wide / 2, middle + wide / 2, sill, top, "window"))
    corridor = drafts[-1]
    middle = (corridor.south + corridor.north) / 2
    corridor.openings.append(Opening("west", middle - 0.45, middle + 0.45, 0.9, 2.1, "window"))
