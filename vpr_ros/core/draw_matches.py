"""What a fix stands on: points of the query and the points of the keyframe that they are, linked.

The pure part, points as shares of their images and which of them are linked, serves drawings here and pages elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from vpr_ros.core.draw_votes import HALO, Box
from vpr_ros.core.records import Array, RelativePose, VerifiedPose

MOST_LINKS = 40
"""More lines cannot be followed by eye; the other points are dots."""


@dataclass(frozen=True, eq=False)
class MatchedPoints:
    """query, place: float64 [n, 2], x and y as shares of each image's width and height."""

    query: Array
    place: Array


def matched_points(relative: RelativePose) -> MatchedPoints:
    """The points that it stands on."""
    sides = (relative.query_px, relative.query_size_px), (relative.place_px, relative.place_size_px)
    return MatchedPoints(*((pixels.astype(np.float64) + 0.5) / np.array(size) for pixels, size in sides))


def matched_with(pose: object, place_id: int) -> MatchedPoints | None:
    """What a fix stands on of this keyframe; None where it is no fix, or one that stands on another."""
    if isinstance(pose, VerifiedPose) and pose.relative is not None and pose.relative.place_id == place_id:
        return matched_points(pose.relative)
    return None


def choose_linked(points: MatchedPoints, most: int = MOST_LINKS) -> npt.NDArray[np.int64]:
    """Rows of points spread over the query: the first, then again and again the one farthest from those chosen."""
    if not len(points.query):
        return np.zeros(0, np.int64)
    chosen, away = [0], np.full(len(points.query), np.inf)
    while len(chosen) < min(most, len(points.query)):
        away = np.minimum(away, np.linalg.norm(points.query - points.query[chosen[-1]], axis=1))
        chosen.append(int(away.argmax()))
    return np.array(chosen, np.int64)


def draw_matches(canvas: Array, points: MatchedPoints, query_box: Box, place_box: Box) -> None:
    """Into the canvas: a dot for every point in both pictures, lines for some; colours go with the query's x."""
    colours = point_colours(points)
    radius = 2 if min(query_box.width, query_box.height) >= 200 else 1
    for row in choose_linked(points):
        ends = query_box.pixel(points.query[row]), place_box.pixel(points.place[row])
        cv2.line(canvas, *ends, HALO, 3, cv2.LINE_AA)
        cv2.line(canvas, *ends, colours[row], 1, cv2.LINE_AA)
    for query, place, colour in zip(points.query, points.place, colours, strict=True):
        for point in (query_box.pixel(query), place_box.pixel(place)):
            cv2.circle(canvas, point, radius + 1, HALO, -1, cv2.LINE_AA)
            cv2.circle(canvas, point, radius, colour, -1, cv2.LINE_AA)


def point_colours(points: MatchedPoints) -> list[tuple[int, ...]]:
    """By the query's x, around the circle of hues but for its end, which would look like its beginning."""
    hues = np.clip(points.query[:, 0] * 160, 0, 160).astype(np.uint8)
    hsv = np.stack([hues, np.full_like(hues, 200), np.full_like(hues, 255)], axis=1)[None]
    return (
        [tuple(int(value) for value in each) for each in cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)[0]] if len(hues) else []
    )
