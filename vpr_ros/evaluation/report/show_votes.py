"""Why a place was taken for the query's, as data that the page lays over both pictures: kilobytes, no pictures."""

from __future__ import annotations

import base64
from typing import Any

import cv2
import numpy as np

from vpr_ros.core.draw_matches import MatchedPoints, choose_linked, point_colours
from vpr_ros.core.draw_votes import choose_links, link_colour, shared_cells
from vpr_ros.core.records import FloatArray, PatchVotes

SHADE, SHADE_SHARE = (14, 16, 22), 0.66


def votes_data(votes: PatchVotes) -> dict[str, Any]:
    """{links: [[x, y of the query, x, y of the place, colour], ...], shades: [query's, place's]} in JSON types.

    Places are shares of width and height. shades: data URIs of one pixel a cell, dark over what is not shared.
    """
    links = choose_links(votes)
    rows = zip(links.query.tolist(), links.place.tolist(), links.strengths.tolist(), strict=True)
    return {
        "links": [[*_rounded(start), *_rounded(end), _hex(link_colour(strength))] for start, end, strength in rows],
        "shades": [_shade(shares) for shares in shared_cells(votes)],
    }


def points_data(points: MatchedPoints) -> dict[str, Any]:
    """{links: as above, of some of the points, count: of all}: what a fix stands on."""
    colours = point_colours(points)
    return {
        "links": [
            [*_rounded(points.query[row].tolist()), *_rounded(points.place[row].tolist()), _hex(colours[row])]
            for row in choose_linked(points).tolist()
        ],
        "count": len(points.query),
    }


def _rounded(place: list[float]) -> list[float]:
    return [round(value, 4) for value in place]


def _hex(colour: tuple[int, ...]) -> str:
    return "#" + "".join(f"{value:02x}" for value in colour)


def _shade(shares: FloatArray) -> str:
    pixels = np.zeros((*shares.shape, 4), np.uint8)
    pixels[..., :3] = SHADE[::-1]
    pixels[..., 3] = np.rint(255 * SHADE_SHARE * (1 - shares))
    _, data = cv2.imencode(".png", pixels)
    return "data:image/png;base64," + base64.b64encode(data.tobytes()).decode("ascii")
