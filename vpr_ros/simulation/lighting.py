"""Day, dusk and night: what shines, from where, in which colour."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vpr_ros.core.errors import SettingsError
from vpr_ros.core.records import Array
from vpr_ros.simulation.bake_light import AreaLight, Lighting, Sun
from vpr_ros.simulation.build_walls import lamp_positions
from vpr_ros.simulation.floor_plan import CEILING_M, CORRIDOR, FloorPlan, Opening, Room
from vpr_ros.simulation.variation import Variation

Rgb = tuple[float, float, float]
WARM: Rgb = (1.0, 0.78, 0.52)


@dataclass(frozen=True)
class TimeOfDay:
    """window: radiance of the sky through a window; lamps: share of rooms whose lamp is on, and its irradiance at 1 m.

    The sun's azimuth is relative to the south side of the flat, positive towards the west.
    """

    window: Rgb
    sun_colour: Rgb | None
    sun_azimuth_deg: float
    sun_elevation_deg: float
    lamps: float
    lamp_power: float
    sky: tuple[Rgb, Rgb]
    outdoors: Rgb


TIMES = {
    "day": TimeOfDay(
        (1.5, 1.65, 1.8), (1.6, 1.5, 1.3), -35.0, 38.0, 0.0, 0.75, ((0.55, 0.85, 1.7), (1.4, 1.6, 1.8)), (1.3, 1.4, 1.5)
    ),
    "dusk": TimeOfDay(
        (0.34, 0.34, 0.42),
        (0.60, 0.33, 0.14),
        78.0,
        9.0,
        0.6,
        0.6,
        ((0.15, 0.2, 0.45), (0.9, 0.6, 0.45)),
        (0.30, 0.28, 0.34),
    ),
    "night": TimeOfDay(
        (0.002, 0.002, 0.004),
        None,
        0.0,
        0.0,
        1.0,
        0.75,
        ((0.001, 0.001, 0.003), (0.006, 0.005, 0.006)),
        (0.004, 0.004, 0.006),
    ),
}


def light_floor(plan: FloorPlan, variation: Variation, time: str, z: float) -> Lighting:
    """All lights of one floor. Which lamps are on is drawn for each floor anew."""
    if time not in TIMES:
        raise SettingsError(f"light {time!r} is not one of {', '.join(TIMES)}")
    now = TIMES[time]
    lights: list[AreaLight] = []
    lit_rooms = set()
    for room in plan.rooms:
        lights += [_window(room, opening, now, z) for opening in room.openings if opening.kind == "window"]
        dice = np.random.default_rng([variation.seed, variation.floor, room.index, 77]).random()
        if dice < now.lamps or room.name == CORRIDOR:  # a corridor is lit at all hours
            lit_rooms.add(room.index)
            lights += [
                AreaLight(room.index, _around(at), None, tuple(now.lamp_power * channel for channel in WARM))  # type: ignore[arg-type]
                for at in lamp_positions(room, z)
            ]
    return Lighting(
        lights=tuple(lights),
        doors=_doors(plan, z),
        sun=_sun(now),
        sky=now.sky,
        lit_rooms=frozenset(lit_rooms),
        outdoors=now.outdoors,
        rooms=_volumes(plan, z),
    )


def _volumes(plan: FloorPlan, z: float) -> Array:
    return np.array(
        [[[room.west, room.south, z], [room.east, room.north, z + CEILING_M]] for room in plan.rooms], dtype=np.float64
    )


def _around(at: tuple[float, float, float]) -> tuple[tuple[float, float, float], ...]:
    x, y, z = at
    return ((x - 0.12, y, z), (x + 0.12, y, z), (x, y - 0.12, z), (x, y + 0.12, z))


def _window(room: Room, opening: Opening, now: TimeOfDay, z: float) -> AreaLight:
    width, height = opening.end - opening.start, opening.top - opening.sill
    points, normal = _on_opening(room, opening, z, (0.25, 0.75), (0.3, 0.75))
    power = tuple(width * height * channel for channel in now.window)
    return AreaLight(room.index, points, normal, power)  # type: ignore[arg-type]


def _on_opening(
    room: Room, opening: Opening, z: float, across: tuple[float, ...], upwards: tuple[float, ...]
) -> tuple[tuple[tuple[float, float, float], ...], tuple[float, float, float]]:
    """Points just inside an opening and the direction into the room."""
    fixed, _, _ = room.side_line(opening.side)
    inwards = 1.0 if opening.side in ("south", "west") else -1.0
    points = []
    for share in across:
        along = opening.start + share * (opening.end - opening.start)
        for rise in upwards:
            height = z + opening.sill + rise * (opening.top - opening.sill)
            at = fixed + inwards * 0.02
            points.append((along, at, height) if opening.side in ("south", "north") else (at, along, height))
    normal = (0.0, inwards, 0.0) if opening.side in ("south", "north") else (inwards, 0.0, 0.0)
    return tuple(points), normal


def _doors(plan: FloorPlan, z: float) -> tuple[tuple[AreaLight, AreaLight], ...]:
    pairs = []
    for room in plan.rooms:
        for opening in room.openings:
            if opening.kind != "door" or opening.to_room < room.index:
                continue
            other = plan.rooms[opening.to_room]
            twin = next(
                back for back in other.openings if back.to_room == room.index and abs(back.start - opening.start) < 1e-6
            )
            share = (opening.end - opening.start) * (opening.top - opening.sill) / np.pi
            pairs.append((_door_light(room, opening, share, z), _door_light(other, twin, share, z)))
    return tuple(pairs)


def _door_light(room: Room, opening: Opening, share: float, z: float) -> AreaLight:
    points, normal = _on_opening(room, opening, z, (0.3, 0.7), (0.5,))
    return AreaLight(room.index, points, normal, (share, share, share))


def _sun(now: TimeOfDay) -> Sun | None:
    if now.sun_colour is None:
        return None
    azimuth, elevation = np.radians(now.sun_azimuth_deg), np.radians(now.sun_elevation_deg)
    towards = (-np.sin(azimuth) * np.cos(elevation), -np.cos(azimuth) * np.cos(elevation), np.sin(elevation))
    return Sun((float(towards[0]), float(towards[1]), float(towards[2])), now.sun_colour)
