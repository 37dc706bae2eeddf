"""A floor seen from above: where the map's places are, where the robot was, and where it was said to be."""

from __future__ import annotations

import colorsys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from vpr_ros.core.draw_match import INK, PAPER, RIGHT, WRONG, write_text
from vpr_ros.core.records import Array

MARGIN_PX, TITLE_PX = 14, 26
FIX = (22, 78, 216)
ToPixel = Callable[[Array], tuple[int, int]]


@dataclass(frozen=True, eq=False)
class PlanAnswer:
    """One answer: where the robot was and, unless it said it did not know, where the place lies that it was taken for;
    fix_xy: where geometry says that it is. x, y in metres.
    """

    true_xy: Array
    found_xy: Array | None
    right: bool
    fix_xy: Array | None = None


@dataclass(frozen=True, eq=False)
class PlanFloor:
    """What is drawn of one floor. walls: [n, 2, 2] segments; places: [m, 2]; all metres in the map frame."""

    title: str
    walls: Array
    places_xy: Array
    place_rooms: Sequence[str]
    answers: Sequence[PlanAnswer]


def draw_plan(floor: PlanFloor, width_px: int) -> Array:
    """RGB picture, y up. Dots are places, coloured by room; a line leads from each true position (ring) to the
    place found, a blue dot is the fix.
    """
    corners = np.concatenate([floor.walls.reshape(-1, 2), floor.places_xy.reshape(-1, 2)])
    low, high = corners.min(axis=0), corners.max(axis=0)
    scale = (width_px - 2 * MARGIN_PX) / max(high[0] - low[0], 1e-6)
    height_px = int((high[1] - low[1]) * scale) + 2 * MARGIN_PX + TITLE_PX
    canvas = np.full((height_px, width_px, 3), PAPER, np.uint8)

    def pixel(xy: Array) -> tuple[int, int]:
        return int(MARGIN_PX + (xy[0] - low[0]) * scale), int(height_px - MARGIN_PX - (xy[1] - low[1]) * scale)

    for start, end in floor.walls:
        cv2.line(canvas, pixel(start), pixel(end), (150, 150, 155), 2, cv2.LINE_AA)
    colours = room_colours(floor.place_rooms)
    for xy, room in zip(floor.places_xy, floor.place_rooms, strict=True):
        cv2.circle(canvas, pixel(xy), 3, colours[room], -1, cv2.LINE_AA)
    for answer in sorted(floor.answers, key=lambda each: not each.right):
        _draw_answer(canvas, answer, pixel)
    _name_rooms(canvas, floor, colours, pixel)
    write_text(canvas, floor.title, (MARGIN_PX, 18), 0.55, weight=1)
    return canvas


def room_colours(rooms: Sequence[str]) -> dict[str, tuple[int, int, int]]:
    """A light colour for each room, the same for the same set of names."""
    names = sorted(set(rooms))
    colours = {}
    for rank, name in enumerate(names):
        red, green, blue = colorsys.hls_to_rgb(rank / max(len(names), 1), 0.68, 0.6)
        colours[name] = (int(255 * red), int(255 * green), int(255 * blue))
    return colours


def _draw_answer(canvas: Array, answer: PlanAnswer, pixel: ToPixel) -> None:
    true_px = pixel(answer.true_xy)
    if answer.found_xy is None:
        cv2.drawMarker(canvas, true_px, INK, cv2.MARKER_TILTED_CROSS, 8, 1, cv2.LINE_AA)
        return
    colour = RIGHT if answer.right else WRONG
    cv2.line(canvas, true_px, pixel(answer.found_xy), colour, 1, cv2.LINE_AA)
    cv2.circle(canvas, true_px, 4, colour, 1, cv2.LINE_AA)
    if answer.fix_xy is not None:
        cv2.circle(canvas, pixel(answer.fix_xy), 2, FIX, -1, cv2.LINE_AA)


def _name_rooms(canvas: Array, floor: PlanFloor, colours: dict[str, tuple[int, int, int]], pixel: ToPixel) -> None:
    rooms = np.array(floor.place_rooms)
    for room, colour in colours.items():
        x, y = pixel(np.median(floor.places_xy[rooms == room], axis=0))
        (width, height), _ = cv2.getTextSize(room, cv2.FONT_HERSHEY_SIMPLEX, 0.45, 1)
        corner = max(x - width // 2, 2), max(y, height + 2)
        cv2.rectangle(
            canvas, (corner[0] - 3, corner[1] - height - 4), (corner[0] + width + 3, corner[1] + 4), PAPER, -1
        )
        cv2.rectangle(
            canvas, (corner[0] - 3, corner[1] - height - 4), (corner[0] + width + 3, corner[1] + 4), colour, 1
        )
        write_text(canvas, room, corner)
