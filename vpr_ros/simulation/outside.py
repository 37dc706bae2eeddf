"""What is behind the windows: a street, houses across, trees. The same for all floors, seen from their heights."""

from __future__ import annotations

from vpr_ros.simulation.floor_plan import FloorPlan
from vpr_ros.simulation.solids import SolidBuilder
from vpr_ros.simulation.style import Style

GROUND_M = -0.7


def build_outside(plan: FloorPlan, builder: SolidBuilder, style: Style) -> None:
    """Stands in the map frame, the ground a little below the ground floor."""
    rng = style.variation.common("outside")
    low, high = plan.bounds()[:, 0].min(axis=0), plan.bounds()[:, 1].max(axis=0)
    spot = builder.spot(0.0, 0.0, 0.0, 0, -1, "outside")
    middle_x = (low[0] + high[0]) / 2
    grass = style.surface("outside/grass", "rough", (0.32, 0.46, 0.24), 6.0, anchored=True)
    street = style.surface("outside/street", "rough", (0.36, 0.36, 0.38), 4.0, anchored=True)
    spot.box((-60, -60, GROUND_M - 0.5), (75, 70, GROUND_M), grass)
    spot.box((-60, low[1] - 10.5, GROUND_M), (75, low[1] - 5.5, GROUND_M + 0.02), street)
    colours = ((0.74, 0.66, 0.54), (0.62, 0.40, 0.34), (0.70, 0.72, 0.70), (0.80, 0.74, 0.58))
    for number in range(6):
        x = middle_x - 27 + number * 10.5
        for side, y, deep in (("south", low[1] - 15.0, -8), ("north", high[1] + 13.0, 8)):
            front = style.print(f"outside/{side} house {number}", "facade", colours[int(rng.integers(0, 4))])
            y += float(rng.uniform(0, 3)) * (1 if deep > 0 else -1)
            tall, wide = float(rng.uniform(6, 13)), float(rng.uniform(7, 10))
            spot.box((x, y, GROUND_M), (x + wide, y + deep, tall), front)
    west = style.print("outside/west house", "facade", colours[1])
    spot.box((low[0] - 22, -8, GROUND_M), (low[0] - 13, 18, 11.0), west)
    leaves = style.surface("outside/leaves", "foliage", (0.26, 0.44, 0.20), 1.6)
    bark = style.plain((0.25, 0.18, 0.12))
    for _ in range(22):
        x = float(rng.uniform(low[0] - 12, high[0] + 10))
        y = float(rng.choice([low[1] - rng.uniform(2.5, 4.5), high[1] + rng.uniform(3.0, 9.0)]))
        tall = float(rng.uniform(2.5, 6.5))
        spot.cylinder((x, y, GROUND_M + tall * 0.3), (0.12, 0.12, tall * 0.3), bark)
        for _ in range(3):
            radius = tall * float(rng.uniform(0.18, 0.28))
            at = (
                x + float(rng.uniform(-0.5, 0.5)),
                y + float(rng.uniform(-0.5, 0.5)),
                GROUND_M + tall * float(rng.uniform(0.6, 0.9)),
            )
            spot.ellipsoid(at, (radius, radius, radius * 0.9), leaves)
    for number in range(4):
        x = low[0] - 4 + number * 6.0 + float(rng.uniform(-1, 1))
        paint = style.plain(((0.55, 0.1, 0.1), (0.15, 0.2, 0.45), (0.75, 0.75, 0.76), (0.1, 0.3, 0.2))[number])
        spot.box((x, low[1] - 7.6, GROUND_M + 0.3), (x + 4.0, low[1] - 5.9, GROUND_M + 0.95), paint)
        spot.box(
            (x + 0.8, low[1] - 7.5, GROUND_M + 0.95),
            (x + 3.3, low[1] - 6.0, GROUND_M + 1.5),
            style.plain((0.1, 0.12, 0.15)),
        )
        for wheel in (0.8, 3.1):
            spot.ellipsoid(
                (x + wheel, low[1] - 5.95, GROUND_M + 0.32), (0.32, 0.12, 0.32), style.plain((0.05, 0.05, 0.05))
            )
