"""The flat of a seed: one plan, furnished floors above each other in one map frame."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vpr_ros.core.records import Array
from vpr_ros.simulation.bake_light import Lighting, bake_light
from vpr_ros.simulation.build_walls import build_walls, lamp_positions
from vpr_ros.simulation.floor_plan import FloorPlan, make_plan
from vpr_ros.simulation.furnish import furnish_room
from vpr_ros.simulation.furniture import ceiling_lamp
from vpr_ros.simulation.lighting import light_floor
from vpr_ros.simulation.outside import build_outside
from vpr_ros.simulation.people import Wardrobe, dress_people
from vpr_ros.simulation.shade import Light
from vpr_ros.simulation.solids import SolidBuilder, Solids
from vpr_ros.simulation.style import Difference, Style
from vpr_ros.simulation.texture_atlas import TextureAtlas
from vpr_ros.simulation.variation import Variation

STOREY_M = 3.0
FLOOR_NAMES = ("ground", "first")


@dataclass(frozen=True, eq=False)
class Floor:
    """One storey. z is the height of its floor in the map frame; `people` is what people on it wear.

    atlas: the textures, None on a floor that was built for planning only.
    """

    index: int
    name: str
    z: float
    plan: FloorPlan
    variation: Variation
    solids: Solids
    atlas: TextureAtlas | None
    people: tuple[Wardrobe, ...]

    def lit(self, time: str) -> Light:
        """Its light at `day`, `dusk` or `night`; takes seconds."""
        return bake_light(self.solids, self.painted, self.lighting(time))

    @property
    def painted(self) -> TextureAtlas:
        """The textures. Raises ValueError on a floor that has none."""
        if self.atlas is None:
            raise ValueError(f"floor {self.name} was built without textures")
        return self.atlas

    def lighting(self, time: str) -> Lighting:
        """The lights behind that."""
        return light_floor(self.plan, self.variation, time, self.z)


def build_floor(seed: int, index: int, difference: Difference, *, paint: bool = True) -> Floor:
    """One floor of the flat with this seed; the same arguments give the same bytes. Without paint it takes no time."""
    plan = make_plan(seed)
    variation = Variation(seed, index)
    style = Style(variation, difference)
    builder = SolidBuilder()
    z = index * STOREY_M
    build_walls(plan, builder, style, z)
    for room in plan.rooms:
        furnish_room(room, builder, style, z)
        for x, y, height in lamp_positions(room, z):
            ceiling_lamp(builder.spot(x, y, height, 0, room.index, f"{room.name}/ceiling lamp"), style)
    build_outside(plan, builder, style)
    people = dress_people(style)
    return Floor(
        index, FLOOR_NAMES[index], z, plan, variation, builder.build(), style.paint() if paint else None, people
    )


def obstacles(floor: Floor, low_m: float = 0.03, high_m: float = 1.3) -> Array:
    """Boxes that a robot of this height could run into: low and high x, y corners [n, 2, 2]."""
    solids = floor.solids
    bottom = solids.centre[:, 2] - solids.half[:, 2] - floor.z
    top = solids.centre[:, 2] + solids.half[:, 2] - floor.z
    inside = (top > low_m) & (bottom < high_m) & (solids.room >= 0)
    cos, sin = np.abs(np.cos(solids.yaw)), np.abs(np.sin(solids.yaw))
    reach = np.column_stack(
        [cos * solids.half[:, 0] + sin * solids.half[:, 1], sin * solids.half[:, 0] + cos * solids.half[:, 1]]
    )
    centre = solids.centre[:, :2]
    return np.stack([centre - reach, centre + reach], axis=1)[inside]
