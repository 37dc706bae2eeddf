"""The floor plan: where the map's places are, where every query was, and where it was said to be."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from vpr_ros.core.place_table import PlaceTable
from vpr_ros.core.records import Array
from vpr_ros.core.spread import spread
from vpr_ros.evaluation.answered_pose import accepted_pose, guessed_pose
from vpr_ros.evaluation.records import Query, Run
from vpr_ros.evaluation.report.section import Figure, Section
from vpr_ros.evaluation.report.verdicts import FAILURES, RIGHT, VERDICTS, WRONG, Verdict, verdict_of
from vpr_ros.evaluation.report.words import count_of, plot_text

MOST_PLACES, MOST_OF_A_VERDICT = 3000, 2000
"""Points drawn of each kind on a floor: more only make a browser slow."""
UPRIGHT = 1.5
"""Seen from above, unless the way goes up and down this much more than along another axis (a camera held by hand)."""
FAR_OUT = 2.0
"""Marks further from the middle of the map than this many times its extent are outside the first view."""
AXES = "xyz"


@dataclass(frozen=True, eq=False)
class Spot:
    """A query on the plan. index: among the run's queries. said_xyz: where it was said to be, None if nowhere."""

    index: int
    query: Query
    verdict: str
    floor: str
    true_xyz: Array
    said_xyz: Array | None
    said_floor: str


def plan_section(run: Run) -> Section | None:
    """A plan for each floor; None where the map has no positions."""
    table = run.place_map.table
    if table.map_from_base is None or not np.isfinite(table.map_from_base[:, :3, 3]).all() or not len(table):
        return None
    spots = list(_spots(run))
    places_xyz = np.asarray(table.map_from_base[:, :3, 3], dtype=np.float64)
    place_floors = np.array([labels.floor or "" for labels in table.labels], dtype=object)
    floors = sorted({*place_floors, *(spot.floor for spot in spots)})
    seen = _axes_seen([places_xyz, *(spot.true_xyz[None] for spot in spots)])
    figures = []
    for number, floor in enumerate(floors):
        mine = [spot for spot in spots if spot.floor == floor]
        figure = _plan(f"plan-{number}", floor, places_xyz[place_floors == floor], mine, seen)
        figures.append(dataclasses.replace(figure, wide=len(floors) == 1))
    lead = (
        "Every mark is where an image was really taken. A line leads from it to where it was said to be. "
        "Click a mark to see the image and what it was taken for."
    )
    if not spots:
        lead = "The source says no positions: these are the places of the map alone."
    return Section("plan", "Floor plan", "Where it was right and wrong", lead, tuple(figures))


def _spots(run: Run) -> Iterator[Spot]:
    table = run.place_map.table
    mapped = {labels.floor for labels in table.labels if labels.floor}
    lone = next(iter(mapped)) if len(mapped) == 1 else ""
    for index, query in enumerate(run.queries):
        true = query.truth.map_from_base
        if true is None:
            continue
        said = accepted_pose(query.estimate) or guessed_pose(query.estimate)
        position = None
        if query.answered and said is not None and np.isfinite(said.map_from_base[:3, 3]).all():
            position = said.map_from_base[:3, 3]
        said_floor = _floor_of(query, table)
        floor = (query.truth.labels.floor or lone or said_floor) if mapped else ""
        yield Spot(index, query, verdict_of(query), floor, true[:3, 3], position, said_floor)


def _floor_of(query: Query, table: PlaceTable) -> str:
    best = query.estimate.candidates.best
    return "" if best is None else table.labels[table.row_of(best.place_id)].floor or ""


def _axes_seen(positions: Sequence[Array]) -> tuple[int, int]:
    """The two axes of the map frame that are drawn."""
    extent = np.ptp(np.concatenate(positions), axis=0)
    flattest = int(np.argmin(extent))
    if flattest != 2 and extent[2] > UPRIGHT * extent[flattest] and extent[2] > 0.5:
        return (0, 2) if flattest == 1 else (1, 2)
    return (0, 1)


def _plan(name: str, floor: str, places_xyz: Array, spots: Sequence[Spot], seen: tuple[int, int]) -> Figure:
    drawn = list(_thinned(spots))
    traces = [_places(spread(places_xyz, MOST_PLACES), seen)]
    for verdict in VERDICTS.values():
        mine = [spot for spot in drawn if spot.verdict == verdict.key]
        if mine:
            traces += [_lines(mine, verdict, seen), _marks(mine, verdict, seen)]
    title = f"Floor {floor}" if floor else "Plan"
    failed = sum(spot.verdict in FAILURES for spot in spots)
    asked = count_of(len(spots), "image")
    caption = f"{title}: {count_of(len(places_xyz), 'place')} of the map, {asked} asked about, {failed:,} failed"
    if elsewhere := sum(spot.verdict == WRONG and _on_another_floor(spot) for spot in spots):
        caption += f", {elsewhere:,} of them said to be on another floor"
    if len(drawn) < len(spots):
        caption += f"; {len(drawn):,} drawn"
    ranges, outside = _view(places_xyz, drawn, seen)
    if outside:
        caption += f"; {count_of(outside, 'mark')} far outside the map: double-click shows all"
    across, up = (f"{AXES[each]} (m)" for each in seen)
    layout = {
        "xaxis": {"title": {"text": across}, "zeroline": False, **ranges[0]},
        "yaxis": {"title": {"text": up}, "zeroline": False, "scaleanchor": "x", "scaleratio": 1, **ranges[1]},
        "hovermode": "closest",
        "showlegend": True,
    }
    return Figure(name, caption, f"{caption}.", traces, layout, tall=480, asks=True)


def _view(places_xyz: Array, spots: Sequence[Spot], seen: tuple[int, int]) -> tuple[list[dict[str, Any]], int]:
    """Ranges of both axes where a few marks lie so far out that the map would shrink to a dot, and how many do."""
    if not len(places_xyz) or not spots:
        return [{}, {}], 0
    map_xy, true_xy = places_xyz[:, seen], np.stack([spot.true_xyz for spot in spots])[:, seen]
    middle, reach = (map_xy.min(axis=0) + map_xy.max(axis=0)) / 2, max(float(np.ptp(map_xy, axis=0).max()), 5.0)
    near = np.abs(true_xy - middle).max(axis=1) <= FAR_OUT * reach
    if near.all() or not near.any():
        return [{}, {}], 0
    kept = np.concatenate([map_xy, true_xy[near]])
    margin = 0.05 * np.ptp(kept, axis=0).max() + 0.5
    limits = zip(kept.min(axis=0) - margin, kept.max(axis=0) + margin, strict=True)
    return [{"range": [float(low), float(high)]} for low, high in limits], int((~near).sum())


def _thinned(spots: Sequence[Spot]) -> Iterable[Spot]:
    for verdict in VERDICTS:
        yield from spread([spot for spot in spots if spot.verdict == verdict], MOST_OF_A_VERDICT)


def _places(places_xyz: Array, seen: tuple[int, int]) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "markers",
        "name": "places of the map",
        "x": _rounded(places_xyz[:, seen[0]]),
        "y": _rounded(places_xyz[:, seen[1]]),
        "marker": {"color": "var(--place)", "size": 5},
        "hoverinfo": "skip",
    }


def _lines(spots: Sequence[Spot], verdict: Verdict, seen: tuple[int, int]) -> dict[str, Any]:
    """From true to said positions; not where another floor was said."""
    ends: list[list[float | None]] = [[], []]
    for spot in spots:
        if spot.said_xyz is None or _on_another_floor(spot):
            continue
        for axis, line in zip(seen, ends, strict=True):
            line += [*_rounded([spot.true_xyz[axis], spot.said_xyz[axis]]), None]
    return {
        "type": "scatter",
        "mode": "lines",
        "x": ends[0],
        "y": ends[1],
        "line": {"color": verdict.colour, "width": 1.5 if verdict.key == WRONG else 1},
        "opacity": 0.8 if verdict.key == WRONG else 0.5,
        "hoverinfo": "skip",
        "showlegend": False,
        "legendgroup": verdict.key,
    }


def _marks(spots: Sequence[Spot], verdict: Verdict, seen: tuple[int, int]) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "markers",
        "name": f"{verdict.title} ({len(spots)})",
        "legendgroup": verdict.key,
        "x": _rounded([spot.true_xyz[seen[0]] for spot in spots]),
        "y": _rounded([spot.true_xyz[seen[1]] for spot in spots]),
        "customdata": [spot.index for spot in spots],
        "text": [_hover(spot, verdict) for spot in spots],
        "hovertemplate": "%{text}<extra></extra>",
        "marker": {
            "color": verdict.colour,
            "symbol": verdict.symbol,
            "size": 7 if verdict.key == RIGHT else 11,
            "line": {"width": 1, "color": "var(--card)"},
        },
    }


def _hover(spot: Spot, verdict: Verdict) -> str:
    lines = [f"#{spot.query.number} {plot_text(spot.query.estimate.source_name)}", verdict.title]
    if _on_another_floor(spot):
        lines.append(f"said to be on floor {plot_text(spot.said_floor)}")
    return "<br>".join(lines)


def _on_another_floor(spot: Spot) -> bool:
    return spot.query.answered and bool(spot.said_floor and spot.floor) and spot.said_floor != spot.floor


def _rounded(values: Any) -> list[float]:
    return [round(float(value), 3) for value in values]
