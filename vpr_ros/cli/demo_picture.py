"""The demo's picture: both floors with true and found positions, and some queries beside what they were taken for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from vpr_ros.cli.demo_outcome import NEAR_M, JudgedAnswer, Outcome
from vpr_ros.core.draw_match import INK, PAPER, RIGHT, WRONG, draw_match, write_text
from vpr_ros.core.draw_plan import FIX, PlanAnswer, PlanFloor, draw_plan
from vpr_ros.core.records import Array
from vpr_ros.maps.place_map import PlaceMap
from vpr_ros.simulation.floor_plan import FloorPlan

PLAN_PX, MATCH_PX, MARGIN_PX, HEAD_PX = 760, 250, 18, 58
MATCHES, WRONG_MATCHES = 5, 2


def draw_outcome(outcome: Outcome, place_map: PlaceMap, plan: FloorPlan, path: Path) -> None:
    """Write the picture as PNG."""
    floors = sorted({labels.floor or "" for labels in place_map.table.labels}, reverse=True)
    plans = _stack([draw_plan(_plan_floor(outcome, place_map, plan, floor), PLAN_PX) for floor in floors])
    matches = _stack(_draw_matches(outcome, place_map))
    height = max(len(plans), len(matches)) + HEAD_PX + MARGIN_PX
    canvas = np.full((height, plans.shape[1] + matches.shape[1] + 3 * MARGIN_PX, 3), PAPER, np.uint8)
    for picture, left in ((plans, MARGIN_PX), (matches, plans.shape[1] + 2 * MARGIN_PX)):
        canvas[HEAD_PX : HEAD_PX + len(picture), left : left + picture.shape[1]] = picture
    _head(canvas, outcome, plans.shape[1] + 2 * MARGIN_PX)
    cv2.imwrite(str(path), canvas[..., ::-1])


def _head(canvas: Array, outcome: Outcome, right_px: int) -> None:
    judged = outcome.judged
    share = 100 * np.mean([each.place_right for each in judged]) if judged else 0.0
    fixes = [each.pose_error[0] for each in judged if each.pose_error is not None]
    title = f"Second visit at dusk on the map of the day: {share:.0f}% of {len(judged)} places right"
    if fixes:
        title += f"; {len(fixes)} poses held by geometry, {100 * np.median(fixes):.1f} cm off (median)"
    write_text(canvas, title, (MARGIN_PX, 24), 0.62, INK, 1)
    write_text(canvas, "o true position, line to the place found:", (MARGIN_PX, 46))
    write_text(canvas, f"right (within {NEAR_M:g} m, same floor)", (MARGIN_PX + 318, 46), colour=RIGHT)
    write_text(canvas, "wrong", (MARGIN_PX + 590, 46), colour=WRONG)
    write_text(canvas, "x unknown", (MARGIN_PX + 645, 46))
    write_text(canvas, "pose", (MARGIN_PX + 735, 46), colour=FIX)
    write_text(canvas, "what the robot saw", (right_px, 46))
    write_text(canvas, "the place it was taken for", (right_px + MATCH_PX + 8, 46))


def _plan_floor(outcome: Outcome, place_map: PlaceMap, plan: FloorPlan, floor: str) -> PlanFloor:
    table = place_map.table
    assert table.map_from_base is not None
    here = [row for row, labels in enumerate(table.labels) if (labels.floor or "") == floor]
    return PlanFloor(
        title=f"{floor} floor",
        walls=np.concatenate([_outline(low, high) for low, high in plan.bounds()]),
        places_xy=np.asarray(table.map_from_base)[here, :2, 3],
        place_rooms=[table.labels[row].room or "" for row in here],
        answers=[_plan_answer(each, place_map) for each in outcome.judged if each.truth.labels.floor == floor],
    )


def _plan_answer(judged: JudgedAnswer, place_map: PlaceMap) -> PlanAnswer:
    assert judged.truth.map_from_base is not None
    assert place_map.table.map_from_base is not None
    found = None if judged.row is None else np.asarray(place_map.table.map_from_base[judged.row, :2, 3])
    fix = None if judged.fix is None else judged.fix[:2, 3]
    return PlanAnswer(judged.truth.map_from_base[:2, 3], found, judged.place_right, fix)


def _outline(low: Array, high: Array) -> Array:
    corners = np.array([low, [high[0], low[1]], high, [low[0], high[1]]])
    return np.stack([corners, np.roll(corners, -1, axis=0)], axis=1)


def _draw_matches(outcome: Outcome, place_map: PlaceMap) -> list[Array]:
    chosen = _examples(outcome.judged)
    frames = outcome.source.frames([each.truth.number for each in chosen])
    return [_draw_one(each, frame.image, place_map) for each, frame in zip(chosen, frames, strict=True)]


def _draw_one(judged: JudgedAnswer, image: Array, place_map: PlaceMap) -> Array:
    scale = MATCH_PX / image.shape[1]
    query = cv2.resize(image, (MATCH_PX, round(image.shape[0] * scale)), interpolation=cv2.INTER_AREA)
    match = None if judged.row is None else place_map.thumbnail(judged.row)
    truth, answer = judged.truth.labels, judged.answer
    captions = [f"is {truth.floor} / {truth.room}, said {answer.floor} / {answer.room}"]
    return draw_match(query, match, captions, RIGHT if judged.place_right else WRONG)


def _examples(judged: Sequence[JudgedAnswer]) -> list[JudgedAnswer]:
    """Some of each kind, evenly spread over the visit and in its order: failures are shown, not hidden."""
    wrong = _spread([each for each in judged if not each.place_right], WRONG_MATCHES)
    right = _spread([each for each in judged if each.place_right], MATCHES - len(wrong))
    return sorted([*right, *wrong], key=lambda each: each.truth.number)


def _spread(items: Sequence[JudgedAnswer], count: int) -> list[JudgedAnswer]:
    """The middles of equal parts."""
    count = min(count, len(items))
    return [items[int((index + 0.5) * len(items) / count)] for index in range(count)]


def _stack(pictures: Sequence[Array]) -> Array:
    width = max(picture.shape[1] for picture in pictures)
    padded = [
        cv2.copyMakeBorder(picture, 0, 10, 0, width - picture.shape[1], cv2.BORDER_CONSTANT, value=list(PAPER))
        for picture in pictures
    ]
    return np.vstack(padded)
