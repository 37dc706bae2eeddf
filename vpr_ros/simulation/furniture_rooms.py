"""Pieces that tell one room from another: stove and sink, bath and toilet, bed, sofa, desk. As in furniture.py."""

from __future__ import annotations

from vpr_ros.simulation.furniture import CLOTHS, DARK, STEEL, WHITE, WOODS, Piece, legs, small_thing
from vpr_ros.simulation.solids import Spot
from vpr_ros.simulation.style import Style


def kitchen_counter(spot: Spot, style: Style, piece: Piece) -> None:
    """A row of base cabinets with worktop, stove, sink, splashback, wall cabinets and hood."""
    width, depth, _ = piece.size
    left, right = -width / 2, width / 2
    colour = style.colour("kitchen/cabinets", ((0.82, 0.78, 0.66), (0.45, 0.56, 0.60), (0.62, 0.44, 0.28)))
    count = max(3, round(width / 0.6))
    wide = width / count
    stove, sink = 1, count - 2
    side = style.furniture("kitchen/cabinet side", "wood", (colour,), 1.0)
    for number in range(count):
        x = left + number * wide
        if number == stove:
            front = style.front("kitchen/oven", "appliance", (0.72, 0.73, 0.75), "oven")
        else:
            front = style.front(f"kitchen/door {number % 3}", "panels", colour, 1, 1 + 2 * (number % 2))
        spot.box((x, 0, 0.1), (x + wide, depth, 0.87), side, front=front)
        if number not in (stove, stove + 1):
            door = style.front(f"kitchen/upper {number % 2}", "panels", colour, 1, 1)
            spot.box((x, 0, 1.45), (x + wide, 0.34, 2.15), side, front=door)
    spot.box((left, 0, 0), (right, depth - 0.06, 0.1), style.plain(DARK))
    top = style.furniture("kitchen/worktop", "stone", ((0.42, 0.41, 0.40), (0.66, 0.62, 0.56)), 0.9)
    spot.box((left, 0, 0.87), (right, depth + 0.02, 0.91), top)
    splash = style.surface(
        "kitchen/splashback", "tiles", style.colour("kitchen/splash", (WHITE, (0.55, 0.70, 0.72))), 0.9
    )
    spot.box((left, 0, 0.91), (right, 0.015, 1.45), splash)
    _stove(spot, style, left + (stove + 0.5) * wide, depth)
    _sink(spot, style, left + (sink + 0.5) * wide, depth)
    rng = style.variation.own("kitchen/counter things", style.difference.prints)
    for number in range(4):
        x = float(rng.uniform(left + 0.15, right - 0.15))
        if min(abs(x - left - (stove + 0.5) * wide), abs(x - left - (sink + 0.5) * wide)) > 0.38:
            small_thing(spot, style, f"kitchen/thing {number}", (x, 0.2, 0.91), int(rng.integers(0, 4)))


def _stove(spot: Spot, style: Style, x: float, depth: float) -> None:
    spot.box((x - 0.28, 0.05, 0.91), (x + 0.28, depth - 0.05, 0.917), style.plain((0.06, 0.06, 0.07)))
    for dx in (-0.13, 0.13):
        for y in (0.2, depth - 0.2):
            spot.cylinder((x + dx, y, 0.921), (0.085, 0.085, 0.004), style.plain((0.25, 0.12, 0.10)))
    steel = style.furniture("kitchen/hood", "metal", (STEEL,), 0.6)
    spot.box((x - 0.3, 0, 1.55), (x + 0.3, 0.48, 1.62), steel)
    spot.box((x - 0.13, 0, 1.62), (x + 0.13, 0.26, 2.6), steel)
    spot.cylinder(
        (x - 0.13, depth - 0.2, 0.99), (0.10, 0.10, 0.065), style.furniture("kitchen/pot", "metal", (STEEL,), 0.4)
    )


def _sink(spot: Spot, style: Style, x: float, depth: float) -> None:
    steel = style.furniture("kitchen/sink", "metal", (STEEL,), 0.4)
    spot.box((x - 0.27, 0.1, 0.91), (x + 0.27, depth - 0.08, 0.915), steel)
    spot.box((x - 0.2, 0.14, 0.915), (x + 0.2, depth - 0.12, 0.917), style.plain((0.28, 0.29, 0.30)))
    spot.cylinder((x, 0.07, 1.03), (0.014, 0.014, 0.12), steel)
    spot.box((x - 0.012, 0.07, 1.13), (x + 0.012, 0.24, 1.15), steel)


def fridge(spot: Spot, style: Style, piece: Piece) -> None:
    """A tall fridge with notes and magnets on its door."""
    width, depth, height = piece.size
    enamel = style.furniture("kitchen/fridge", "metal", (WHITE,), 1.0)
    door = style.print("kitchen/fridge door", "appliance", WHITE, "fridge")
    spot.box((-width / 2, 0, 0.03), (width / 2, depth, height), enamel, front=door)


def bathtub(spot: Spot, style: Style, piece: Piece) -> None:
    """A tub with water, a tap and a shower curtain."""
    width, depth, _ = piece.size
    enamel, height = style.plain(WHITE), 0.58  # above it only the shower rises
    x = width / 2
    for low, high in (
        ((-x, 0, 0), (x, 0.07, height)),
        ((-x, depth - 0.07, 0), (x, depth, height)),
        ((-x, 0.07, 0), (-x + 0.09, depth - 0.07, height)),
        ((x - 0.09, 0.07, 0), (x, depth - 0.07, height)),
    ):
        spot.box(low, high, enamel)
    spot.box((-x + 0.09, 0.07, 0), (x - 0.09, depth - 0.07, 0.3), style.plain((0.70, 0.82, 0.86)))
    steel = style.plain(STEEL)
    spot.box((-x + 0.2, 0.0, height + 0.12), (-x + 0.28, 0.14, height + 0.17), steel)
    spot.cylinder((-x + 0.24, 0.03, 1.4), (0.01, 0.01, 0.6), steel)
    cloth = style.furniture("bathroom/shower curtain", "fabric", ((0.60, 0.76, 0.80), (0.84, 0.80, 0.60)), 0.5)
    for fold in range(6):
        spot.box(
            (x - 0.10 - 0.07 * fold, depth - 0.06, 0.35),
            (x - 0.03 - 0.07 * fold, depth - 0.045, 2.05),
            cloth,
            yaw=0.45 - 0.9 * (fold % 2),
        )


def toilet(spot: Spot, style: Style, piece: Piece) -> None:
    """A toilet with tank and lid."""
    width, depth, _ = piece.size
    enamel = style.plain(WHITE)
    spot.box((-width / 2, 0, 0.4), (width / 2, 0.18, 0.8), enamel)
    spot.cylinder((0, depth * 0.55, 0.18), (0.13, 0.19, 0.18), enamel)
    spot.cylinder((0, depth * 0.58, 0.39), (0.19, 0.26, 0.03), enamel)
    spot.cylinder((0, depth * 0.58, 0.43), (0.18, 0.25, 0.012), style.furniture("bathroom/lid", "wood", WOODS, 0.5))
    spot.box((-0.03, 0.06, 0.8), (0.03, 0.12, 0.815), style.plain(STEEL))


def washbasin(spot: Spot, style: Style, piece: Piece) -> None:
    """A basin on a cabinet, with mirror, shelf and bottles."""
    width, depth, _ = piece.size
    colour = style.colour("bathroom/cabinet", (WHITE, *WOODS))
    front = style.front("bathroom/cabinet front", "panels", colour, 2, 1)
    spot.box((-width / 2, 0, 0.15), (width / 2, depth - 0.04, 0.78), style.plain(colour), front=front)
    spot.box((-width / 2 - 0.02, 0, 0.78), (width / 2 + 0.02, depth, 0.87), style.plain(WHITE))
    spot.cylinder((0, depth * 0.55, 0.872), (0.2, 0.15, 0.004), style.plain((0.7, 0.72, 0.74)))
    spot.cylinder((0, 0.07, 0.95), (0.015, 0.015, 0.08), style.plain(STEEL))
    spot.box(
        (-width / 2 + 0.05, 0, 1.15),
        (width / 2 - 0.05, 0.02, 1.95),
        style.surface("mirror", "plaster", (0.62, 0.68, 0.72), 2.0),
    )
    spot.box((-width / 2, 0, 1.06), (width / 2, 0.13, 1.08), style.plain((0.8, 0.85, 0.88)))
    rng = style.variation.own("bathroom/bottles", style.difference.prints)
    for number, x in enumerate(rng.uniform(-width / 2 + 0.05, width / 2 - 0.05, 4)):
        label = style.print(f"bathroom/bottle {number}", "labels")
        spot.cylinder((float(x), 0.07, 1.16), (0.03, 0.03, 0.08), label)


def washing_machine(spot: Spot, style: Style, piece: Piece) -> None:
    """A front loader with a laundry basket on top."""
    width, depth, height = piece.size
    front = style.front("bathroom/washer", "appliance", WHITE, "washer")
    spot.box((-width / 2, 0, 0.02), (width / 2, depth, height), style.plain(WHITE), front=front)
    basket = style.furniture("bathroom/basket", "fabric", ((0.66, 0.52, 0.34),), 0.25)
    spot.cylinder((0, depth / 2, height + 0.13), (0.2, 0.2, 0.13), basket)


def towels(spot: Spot, style: Style, piece: Piece) -> None:
    """Towels on a rail; z = 0 is their lower edge."""
    width, _, height = piece.size
    spot.box((-width / 2, 0.05, height - 0.03), (width / 2, 0.07, height - 0.01), style.plain(STEEL))
    for number, x in enumerate((-width / 4, width / 4)):
        cloth = style.furniture(f"{piece.name}/{number}", "fabric", CLOTHS, 0.4)
        spot.box((x - width / 5, 0.03, 0), (x + width / 5, 0.09, height), cloth)


def bed(spot: Spot, style: Style, piece: Piece) -> None:
    """A double bed, its head at the wall."""
    width, depth, height = piece.size
    wood = style.furniture(piece.name, "wood", WOODS)
    spot.box((-width / 2, 0, 0), (width / 2, 0.06, height), wood)
    spot.box((-width / 2, 0.06, 0.08), (width / 2, depth, 0.3), wood)
    spot.box((-width / 2 + 0.03, 0.06, 0.3), (width / 2 - 0.03, depth - 0.03, 0.46), style.plain(WHITE))
    duvet = style.furniture("bedroom/duvet", "fabric", CLOTHS, 0.9)
    spot.box((-width / 2 + 0.01, 0.62, 0.32), (width / 2 - 0.01, depth - 0.01, 0.55), duvet)
    for x in (-width / 4, width / 4):
        spot.ellipsoid(
            (x, 0.34, 0.53),
            (0.3, 0.2, 0.1),
            style.furniture("bedroom/pillow", "fabric", (WHITE, (0.8, 0.75, 0.65)), 0.5),
        )


def nightstand(spot: Spot, style: Style, piece: Piece) -> None:
    """A small chest with a lamp and a book."""
    width, depth, height = piece.size
    colour = style.colour("bedroom/bed", WOODS)
    front = style.front("bedroom/nightstand front", "panels", colour, 1, 2)
    spot.box(
        (-width / 2, 0, 0.05),
        (width / 2, depth, height),
        style.furniture("bedroom/nightstand", "wood", (colour,)),
        front=front,
    )
    spot.cylinder((0.05, depth / 2, height + 0.1), (0.02, 0.02, 0.1), style.plain(STEEL))
    spot.cylinder((0.05, depth / 2, height + 0.27), (0.11, 0.11, 0.08), style.plain((0.93, 0.82, 0.66), emission=1.4))
    small_thing(spot, style, f"{piece.name}/thing", (-0.1, depth / 2, height), 2)


def sofa(spot: Spot, style: Style, piece: Piece) -> None:
    """A sofa or armchair with cushions."""
    width, depth, height = piece.size
    cloth = style.furniture("living_room/sofa", "fabric", CLOTHS, 0.6)
    x = width / 2
    spot.box((-x, 0, 0.08), (x, depth, 0.42), cloth)
    spot.box((-x + 0.16, 0, 0.42), (x - 0.16, 0.24, height), cloth)
    for side in (-x, x - 0.16):
        spot.box((side, 0, 0.42), (side + 0.16, depth, 0.62), cloth)
    for number in range(max(1, round(width / 0.8))):
        at = -x + 0.4 + number * (width - 0.8) / max(1, round(width / 0.8) - 1) if width > 1.2 else 0.0
        cushion = style.print(f"{piece.name}/cushion {number}", "poster")
        spot.box((at - 0.21, 0.26, 0.43), (at + 0.21, 0.38, 0.82), cushion)


def television(spot: Spot, style: Style, piece: Piece) -> None:
    """A low board with a television that is off, boxes and films."""
    width, depth, height = piece.size
    colour = style.colour("living_room/board", (*WOODS, DARK))
    front = style.front("living_room/board front", "panels", colour, 3, 1)
    spot.box(
        (-width / 2, 0, 0.05),
        (width / 2, depth, height),
        style.furniture("living_room/board", "wood", (colour,)),
        front=front,
    )
    spot.box(
        (-0.55, 0.12, height + 0.06),
        (0.55, 0.16, height + 0.72),
        style.plain(DARK),
        front=style.plain((0.05, 0.06, 0.08)),
    )
    spot.box((-0.2, 0.06, height), (0.2, 0.24, height + 0.06), style.plain(DARK))
    films = style.print("living_room/films", "books", (0.4, 0.4, 0.4))
    spot.box((0.6, 0.06, height), (min(width / 2, 0.95), 0.22, height + 0.2), style.plain(DARK), front=films)


def desk(spot: Spot, style: Style, piece: Piece) -> None:
    """A desk with monitor, keyboard, papers and a lamp; its chair stands in front."""
    width, depth, height = piece.size
    wood = style.furniture(piece.name, "wood", WOODS)
    spot.box((-width / 2, 0, height - 0.03), (width / 2, depth, height), wood)
    legs(spot, (-width / 2, 0.02), (width / 2, depth - 0.02), height - 0.03, style.plain(STEEL))
    drawers = style.front(f"{piece.name}/drawers", "panels", style.colour(piece.name, WOODS), 1, 3)
    spot.box((width / 2 - 0.45, 0.05, 0.05), (width / 2 - 0.06, depth - 0.06, height - 0.05), wood, front=drawers)
    spot.box(
        (-0.34, 0.14, height + 0.10),
        (0.34, 0.18, height + 0.52),
        style.plain(DARK),
        front=style.print(f"{piece.name}/screen", "screen"),
    )
    spot.box((-0.04, 0.13, height), (0.04, 0.17, height + 0.12), style.plain(DARK))
    spot.box((-0.24, depth - 0.25, height), (0.2, depth - 0.1, height + 0.02), style.plain((0.2, 0.2, 0.22)))
    small_thing(spot, style, f"{piece.name}/papers", (-width / 2 + 0.2, depth * 0.5, height), 2)
    small_thing(spot, style, f"{piece.name}/plant", (width / 2 - 0.15, 0.15, height), 0)
    spot.cylinder((-width / 2 + 0.12, 0.12, height + 0.2), (0.012, 0.012, 0.2), style.plain(DARK))
    spot.ellipsoid(
        (-width / 2 + 0.14, 0.15, height + 0.42), (0.1, 0.1, 0.06), style.plain((0.9, 0.3, 0.15), emission=1.0)
    )


def office_chair(spot: Spot, style: Style, piece: Piece) -> None:
    """A swivel chair."""
    width, depth, height = piece.size
    cloth = style.furniture(piece.name, "fabric", (DARK, *CLOTHS), 0.4)
    y = depth / 2
    spot.cylinder((0, y, 0.04), (0.26, 0.26, 0.025), style.plain(DARK))
    spot.cylinder((0, y, 0.24), (0.025, 0.025, 0.2), style.plain(STEEL))
    spot.box((-width / 2, y - 0.22, 0.44), (width / 2, y + 0.24, 0.52), cloth)
    spot.box((-width / 2 + 0.03, y - 0.24, 0.56), (width / 2 - 0.03, y - 0.18, height), cloth)


def coat_rack(spot: Spot, style: Style, piece: Piece) -> None:
    """Hooks with coats, shoes below."""
    width, _, _ = piece.size
    spot.box((-width / 2, 0, 1.62), (width / 2, 0.03, 1.76), style.furniture(piece.name, "wood", WOODS))
    rng = style.variation.own(f"{piece.name}/coats", style.difference.prints)
    for number in range(max(2, int(width / 0.3))):
        if rng.random() < 0.2:
            continue
        x = -width / 2 + 0.16 + number * 0.29
        cloth = style.furniture(f"{piece.name}/coat {number}", "fabric", (*CLOTHS, DARK), 0.5)
        bottom = float(rng.uniform(0.65, 1.0))
        spot.box((x - 0.13, 0.03, bottom), (x + 0.13, 0.19, 1.6), cloth)
        shoe = style.plain((0.25, 0.18, 0.12))
        spot.ellipsoid((x - 0.05, 0.16, 0.05), (0.045, 0.13, 0.05), shoe)
        spot.ellipsoid((x + 0.06, 0.16, 0.05), (0.045, 0.13, 0.05), shoe)
