"""The query's keypoints against one keyframe's: pairs of a pixel and a point of the map."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vpr_ros.core.pose.correspondences import Correspondences, QueryView, join
from vpr_ros.core.pose.keyframe_points import KeyframePoints
from vpr_ros.core.records import Array, KeypointMatcher


@dataclass(frozen=True, eq=False)
class MatchedPlace:
    """A keyframe and what of it was found in the query.

    pairs: those whose point in the map is known. flat: pixels of all matches of the first view, [M, 2] in the query and
    [M, 2] in the keyframe, for when there are no points.
    """

    row: int
    keyframe: KeyframePoints
    pairs: Correspondences
    flat: tuple[Array, Array]


def match_place(
    row: int, keyframe: KeyframePoints, views: Sequence[QueryView], matcher: KeypointMatcher
) -> MatchedPlace:
    """Every view against this keyframe."""
    found, place = [], keyframe.keypoints()
    flat: tuple[Array, Array] = (np.zeros((0, 2)), np.zeros((0, 2)))
    for number, view in enumerate(views):
        if not len(view.keypoints.pixels) or not len(place.pixels):
            continue
        matches = np.asarray(matcher.match(view.keypoints, place), dtype=np.int64).reshape(-1, 2)
        if number == 0:
            flat = view.keypoints.pixels[matches[:, 0]], place.pixels[matches[:, 1]]
        known = matches[np.isfinite(keyframe.points_map[matches[:, 1]]).all(1)]
        found.append(pair_up(known, number, row, keyframe, view))
    return MatchedPlace(row, keyframe, join(found), flat)


def pair_up(matches: Array, number: int, row: int, keyframe: KeyframePoints, view: QueryView) -> Correspondences:
    """[M, 2] keypoints of the view and points of the keyframe, with what is known of both."""
    seen, points = matches[:, 0].astype(np.int64), matches[:, 1].astype(np.int64)
    return Correspondences(
        pixels=view.keypoints.pixels[seen].astype(np.float64),
        points_map=keyframe.points_map[points].astype(np.float64),
        views=np.full(len(matches), number, np.int64),
        keypoints=seen,
        rows=np.full(len(matches), row, np.int64),
        points=points,
        spots=view.spots[seen],
        place_spots=keyframe.spots[points],
    )
