"""Why a place was taken for the query's: the region both seem to show, and the strongest pairs of cells linked.

The pure part, shares of cells and chosen links, serves drawings here and pages elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from vpr_ros.core.records import Array, FloatArray, PatchVotes

MOST_LINKS, LINK_PX = 24, 20
"""More lines cannot be followed by eye, and of a picture so many pixels wide only one in each of these."""
APART = 2
"""Cells: two links do not begin, or end, nearer than this, so that a few strong cells do not hide the rest."""
THERE_AND_BACK = 2
"""Cells: a pair is drawn when the place's cell, asked back for its strongest vote, names one at most so far away."""
SPREAD_CELLS, GAIN = 1.0, 2.5
"""A lone cell stays pale, several side by side make a region."""
GREYED, TINT, TINT_SHARE = 0.72, (255, 176, 0), 0.25
WEAK, STRONG, WEAKEST = (64, 148, 255), (255, 236, 84), 0.5
HALO = (24, 26, 32)


@dataclass(frozen=True, eq=False)
class Links:
    """Pairs of cells to draw a line between. query, place: float64 [n, 2], x and y as shares of width and height.
    strengths: float64 [n], 0..1 of the strongest, falling."""

    query: Array
    place: Array
    strengths: Array


def choose_links(votes: PatchVotes, most: int = MOST_LINKS) -> Links:
    """The strongest votes that hold both ways, none beginning or ending near a stronger one."""
    kept = _both_ways(votes)
    ours, theirs = (_rows_columns(cells[kept], votes.grid) for cells in (votes.query_cells, votes.place_cells))
    chosen: list[int] = []
    for row in range(len(kept)):
        if len(chosen) == most:
            break
        if not _near(ours, row, chosen) and not _near(theirs, row, chosen):
            chosen.append(row)
    weights = votes.weights[kept[chosen]].astype(np.float64)
    starts, ends = _middles(ours[chosen], votes.grid), _middles(theirs[chosen], votes.grid)
    return Links(starts, ends, weights / weights.max(initial=1e-12))


def most_links(width_px: int) -> int:
    """How many lines a picture of the query so wide can bear."""
    return max(1, min(MOST_LINKS, width_px // LINK_PX))


def shared_cells(votes: PatchVotes) -> tuple[FloatArray, FloatArray]:
    """float32 [rows, columns] each, 0..1: how strongly each cell of the query, and of the place, is held for shared.

    By the strongest vote of each cell that holds both ways, so that the many weak ones of a blank wall say nothing;
    neighbours strengthen each other.
    """
    kept = _both_ways(votes)
    return _spread(votes.query_cells[kept], votes, kept), _spread(votes.place_cells[kept], votes, kept)


def shade_shared(image: Array, shares: FloatArray) -> Array:
    """RGB image with what is not shared turned grey and pale, and what is in warm colour; shares [rows, columns]."""
    height, width = image.shape[:2]
    heat = np.clip(cv2.resize(shares, (width, height), interpolation=cv2.INTER_CUBIC), 0, 1)[..., None]
    grey = np.repeat(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)[..., None], 3, axis=2).astype(np.float32)
    pale = GREYED * grey + (1 - GREYED) * 255
    warm = (1 - TINT_SHARE) * image + TINT_SHARE * np.array(TINT, np.float32)
    return np.asarray(((1 - heat) * pale + heat * warm).round(), dtype=np.uint8)


def draw_links(canvas: Array, links: Links, query_box: Box, place_box: Box) -> None:
    """Lines into the canvas, the strongest on top; boxes: where the two images lie in it."""
    width = 2 if min(query_box.width, query_box.height) >= 200 else 1
    for start, end, strength in zip(links.query[::-1], links.place[::-1], links.strengths[::-1], strict=True):
        colour = link_colour(float(strength))
        ends = query_box.pixel(start), place_box.pixel(end)
        cv2.line(canvas, *ends, HALO, width + 2, cv2.LINE_AA)
        cv2.line(canvas, *ends, colour, width, cv2.LINE_AA)
        for point in ends:
            cv2.circle(canvas, point, 2 * width + 1, HALO, -1, cv2.LINE_AA)
            cv2.circle(canvas, point, 2 * width, colour, -1, cv2.LINE_AA)


def link_colour(strength: float) -> tuple[int, ...]:
    """RGB of a link: from blue, half as strong as the strongest or weaker, to yellow."""
    share = max(0.0, strength - WEAKEST) / (1 - WEAKEST)
    return tuple(round(weak + (strong - weak) * share) for weak, strong in zip(WEAK, STRONG, strict=True))


@dataclass(frozen=True)
class Box:
    """Where an image lies in a canvas, pixels."""

    left: int
    top: int
    width: int
    height: int

    def pixel(self, shares: Array) -> tuple[int, int]:
        """x and y as shares of the image -> the canvas's pixel."""
        return self.left + int(shares[0] * self.width), self.top + int(shares[1] * self.height)


def _both_ways(votes: PatchVotes) -> npt.NDArray[np.int64]:
    """Ascending rows of votes: the strongest of a query's cell, when the strongest of the place's cell that it names
    leads back to nearby, and the strongest of a place's cell likewise."""
    kept = []
    for ours, theirs in ((votes.query_cells, votes.place_cells), (votes.place_cells, votes.query_cells)):
        _, first = np.unique(ours, return_index=True)
        named, first_of_named = np.unique(theirs, return_index=True)
        back = ours[first_of_named[np.searchsorted(named, theirs[first])]]
        away = np.abs(_rows_columns(ours[first], votes.grid) - _rows_columns(back, votes.grid)).max(axis=1)
        kept.append(first[away <= THERE_AND_BACK])
    return np.asarray(np.unique(np.concatenate(kept)), dtype=np.int64)


def _spread(cells: npt.NDArray[np.int64], votes: PatchVotes, kept: npt.NDArray[np.int64]) -> FloatArray:
    found = np.zeros(votes.grid[0] * votes.grid[1], np.float32)
    np.maximum.at(found, cells, votes.weights[kept])
    found /= max(float(found.max(initial=0.0)), 1e-12)
    soft = cv2.GaussianBlur(found.reshape(votes.grid), (0, 0), SPREAD_CELLS, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(np.minimum(GAIN * soft, 1), dtype=np.float32)


def _rows_columns(cells: npt.NDArray[np.int64], grid: tuple[int, int]) -> Array:
    return np.stack(np.unravel_index(cells, grid), axis=1)


def _middles(rows_columns: Array, grid: tuple[int, int]) -> Array:
    """Rows and columns of cells -> x and y of their middles as shares."""
    return np.asarray(((rows_columns + 0.5) / np.array(grid))[:, ::-1])


def _near(places: Array, row: int, chosen: list[int]) -> bool:
    """Whether this row's cell lies nearer than APART to one of those chosen, sideways, upwards or slantwise."""
    return bool(chosen) and bool((np.abs(places[chosen] - places[row]).max(axis=1) < APART).any())
