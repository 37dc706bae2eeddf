"""The picture of an answer, in words what was found: for files and for the robot's debug image."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from vpr_ros.core.draw_match import INK, draw_match, fit_box
from vpr_ros.core.draw_matches import matched_with
from vpr_ros.core.geometry import yaw_of
from vpr_ros.core.place_table import PlaceTable
from vpr_ros.core.records import Array, Estimate, LabelGuess, PatchVotes, Rejected

QUERY_SIZE_PX = (480, 360)
REFUSED = (150, 150, 150)


class PicturedMap(Protocol):
    """The part of a map that pictures are made of."""

    @property
    def table(self) -> PlaceTable: ...
    def thumbnail(self, row: int) -> Array | None:
        """Small RGB picture of a row, or None where none was kept."""


def draw_answer(image: Array, estimate: Estimate, place_map: PicturedMap) -> Array:
    """The image beside the thumbnail of the best place, with the points that its pose stands on or else the patches
    that voted for it where overlap was predicted, and in words what was found or why nothing was."""
    query = fit_box(image, *QUERY_SIZE_PX)
    best = estimate.candidates.best
    if estimate.refusal is not None or best is None:
        return draw_match(query, None, [estimate.source_name, f"refused: {estimate.refusal}"], REFUSED)
    row = place_map.table.row_of(best.place_id)
    match = place_map.thumbnail(row)
    overlap = "" if best.overlap is None else f", overlap {best.overlap:.3g}"
    captions = [
        estimate.source_name,
        f"place {best.place_id}, similarity {best.similarity:.3f}{overlap}: {place_map.table.source_names[row]}",
        f"room {_guess(estimate.room)}, floor {_guess(estimate.floor)}",
    ]
    points = matched_with(estimate.pose, best.place_id)
    captions += _pose_caption(estimate, 0 if points is None else len(points.query))
    if match is None:
        captions.append("the map keeps no thumbnails")
    return draw_match(query, match, captions, INK, _votes_for(estimate, best.place_id), points)


def _pose_caption(estimate: Estimate, points: int) -> list[str]:
    pose = estimate.pose
    if pose is None:
        return []
    if isinstance(pose, Rejected):
        return [f"no pose: {pose}"]
    x, y, z = pose.map_from_base[:3, 3]
    turned = f"yaw {np.degrees(yaw_of(pose.map_from_base)):.1f} deg"
    return [f"pose x {x:.2f} y {y:.2f} z {z:.2f} m, {turned}" + (f"; {points} points" if points else "")]


def _votes_for(estimate: Estimate, place_id: int) -> PatchVotes | None:
    """Where the pose decided for another place than the votes, they tell nothing of it."""
    votes = estimate.votes
    return votes if votes is not None and votes.place_id == place_id else None


def _guess(guess: LabelGuess) -> str:
    return f"{guess.label} ({guess.share:.0%} of the vote)" if guess.share else guess.label
