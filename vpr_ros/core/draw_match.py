"""The picture a person wants: the query beside the place it was taken for."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from vpr_ros.core.draw_matches import MatchedPoints, draw_matches
from vpr_ros.core.draw_votes import Box, choose_links, draw_links, most_links, shade_shared, shared_cells
from vpr_ros.core.records import Array, PatchVotes

RIGHT, WRONG, INK, PAPER = (46, 134, 87), (196, 58, 49), (40, 44, 52), (255, 255, 255)
FONT, LINE_PX, GAP_PX = cv2.FONT_HERSHEY_SIMPLEX, 18, 8


def draw_match(
    query: Array,
    match: Array | None,
    captions: Sequence[str],
    frame_colour: Sequence[int],
    votes: PatchVotes | None = None,
    points: MatchedPoints | None = None,
) -> Array:
    """RGB pictures side by side, both as high as the query, framed in a colour, captions below. No match: grey.

    votes: of the match's patches; then what both seem to show stays in colour, and the strongest votes are linked.
    points: that a fix stands on; these are then linked instead.
    """
    height, width = query.shape[:2]
    scaled = None if match is None else fit_box(match, width, height)
    if scaled is not None and points is not None:
        pair, place = _beside(query, scaled)
        draw_matches(pair, points, Box(0, 0, width, height), place)
    elif scaled is not None and votes is not None:
        ours, theirs = shared_cells(votes)
        pair, place = _beside(shade_shared(query, ours), shade_shared(scaled, theirs))
        draw_links(pair, choose_links(votes, most_links(width)), Box(0, 0, width, height), place)
    else:
        pair, _ = _beside(query, scaled)
    pair = cv2.copyMakeBorder(pair, 3, 3, 3, 3, cv2.BORDER_CONSTANT, value=list(frame_colour))
    footer = np.full((LINE_PX * len(captions) + 6, pair.shape[1], 3), PAPER, np.uint8)
    for row, caption in enumerate(captions):
        write_text(footer, shorten(caption, pair.shape[1] - 8), (4, LINE_PX * (row + 1) - 4))
    return np.vstack([pair, footer])


def _beside(query: Array, match: Array | None) -> tuple[Array, Box]:
    """The pair, and where the match, which is no larger than the query, lies in it."""
    height, width = query.shape[:2]
    high, wide = (height, width) if match is None else match.shape[:2]
    place = Box(width + GAP_PX + (width - wide) // 2, (height - high) // 2, wide, high)
    pair = np.full((height, 2 * width + GAP_PX, 3), PAPER, np.uint8)
    pair[:, :width] = query
    pair[place.top : place.top + high, place.left : place.left + wide] = 225 if match is None else match
    return pair, place


def write_text(
    canvas: Array, text: str, at_px: tuple[int, int], size: float = 0.45, colour: Sequence[int] = INK, weight: int = 1
) -> None:
    """Text with its lower left corner at a pixel, drawn into the canvas."""
    cv2.putText(canvas, text, at_px, FONT, size, tuple(colour), weight, cv2.LINE_AA)


def shorten(text: str, width_px: int, size: float = 0.45) -> str:
    """The text as its font can write it, its middle left out where it is too wide."""
    text = text.encode("ascii", "replace").decode()
    kept = len(text)
    while kept and cv2.getTextSize(short := _without_middle(text, kept), FONT, size, 1)[0][0] > width_px:
        kept -= 1
    return short if kept else ""


def _without_middle(text: str, kept: int) -> str:
    return text if kept == len(text) else f"{text[: kept // 2]}...{text[len(text) - (kept - kept // 2) :]}"


def fit_box(image: Array, width: int, height: int) -> Array:
    """The whole image, as large as the box allows."""
    scale = min(width / image.shape[1], height / image.shape[0])
    size = max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_CUBIC if scale > 1 else cv2.INTER_AREA))
