"""Matches of pairs of keyframes that their poses allow: what the matcher says, then more along the epipolar lines."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from vpr_ros.core.errors import SettingsError
from vpr_ros.core.lens import undistort_pixels
from vpr_ros.core.pose.epipolar import EpipolarMatches, line_errors_px
from vpr_ros.core.records import Array, FloatArray, KeypointMatcher, Matrix4
from vpr_ros.maps.geometry.gather_keypoints import Gathered
from vpr_ros.maps.geometry.guide_matches import guide_matches

Matches = npt.NDArray[np.int64]
TOLERANCES_PX = (4.0, 15.0)
"""Least and most: matches further off their epipolar lines than what lies between are of different points."""
TIMES_MEDIAN = 3.0
FURTHEST_PX = 25.0
"""Matches further off their lines are wrong, whatever the poses, and tell nothing of these."""
BAND_SHARE = 0.25
"""Of the tolerance: what is sought along a line lies nearer to it than what is believed anyway."""
SURE_SHARE = 0.95
"""Descriptors are alike when they are as much so as this share of the matcher's own matches."""
HELD = 64
"""Keyframes whose descriptors stay at hand: pairs come in order of their first, with neighbours."""


@dataclass(frozen=True, eq=False)
class Seen:
    """Keypoints of a keyframe to compute with: unit rays in the camera, descriptors of unit length."""

    rays: Array
    descriptors: Array
    map_from_camera: Matrix4
    focal_px: float


Look = Callable[[int], "Seen | None"]


@dataclass(frozen=True, eq=False)
class SureMatches:
    """What the matcher said of each pair, as far as it lies on epipolar lines.

    tolerance_px: how far off a line, or a point, these poses and calibrations leave what is right. least_alike: cosine
    of descriptors that are as alike as those of most of these matches.
    """

    matches: tuple[Matches, ...]
    tolerance_px: float
    least_alike: float


def match_surely(
    gathered: Gathered,
    pairs: Sequence[tuple[int, int]],
    look: Look,
    matcher: KeypointMatcher,
    track: Callable[..., Any],
) -> SureMatches:
    """The matcher's matches, of each pair [M, 2]; no row of either twice."""
    found, off_px, alike = [], [], []
    for one, two in track(pairs, "matching keyframes", len(pairs)):
        here, there = look(one), look(two)
        matches: Matches = np.zeros((0, 2), np.int64)
        if here is not None and there is not None:
            matches = matcher.match(gathered.keypoints(one), gathered.keypoints(two))
        found.append(matches)
        off_px.append(np.zeros(0) if here is None or there is None else off_lines_px(here, there, matches))
        alike.append(np.zeros(0) if here is None or there is None else _cosines(here, there, matches))
    tolerance_px = _tolerance_px(np.concatenate([np.zeros(0), *off_px]))
    on_line = [off <= tolerance_px for off in off_px]
    told = np.concatenate([np.zeros(0), *(each[good] for each, good in zip(alike, on_line, strict=True))])
    least_alike = float(np.quantile(told, 1 - SURE_SHARE)) if len(told) else 1.0
    sure = tuple(matches[good] for matches, good in zip(found, on_line, strict=True))
    return SureMatches(sure, tolerance_px, least_alike)


def match_along_lines(
    pairs: Sequence[tuple[int, int]], sure: SureMatches, look: Look, track: Callable[..., Any]
) -> Iterator[tuple[int, int, Matches]]:
    """(one, two, matches) of each pair: the sure ones, and more that are found along the lines; no row twice."""
    every = list(zip(pairs, sure.matches, strict=True))
    for (one, two), matches in track(every, "matching along lines", len(every)):
        here, there = look(one), look(two)
        if here is None or there is None:
            continue
        poses = here.map_from_camera, there.map_from_camera
        band = sure.tolerance_px * BAND_SHARE / ((here.focal_px + there.focal_px) / 2)
        descriptors, rays = (here.descriptors, there.descriptors), (here.rays, there.rays)
        found = guide_matches(descriptors, rays, poses, band, sure.least_alike)
        new = ~np.isin(found[:, 0], matches[:, 0]) & ~np.isin(found[:, 1], matches[:, 1])
        yield one, two, np.concatenate([matches, found[new]])


def keyframes_at_hand(gathered: Gathered) -> Look:
    """What is computed with of a keyframe, by its row; None for one that cannot be."""
    rays = [rays_of(gathered, keyframe) for keyframe in range(len(gathered.cameras))]
    return lru_cache(HELD)(lambda keyframe: seen_of(gathered, keyframe, rays[keyframe]))


def _tolerance_px(off_px: Array) -> float:
    """From how far matches lie off their lines: the poses and calibrations of real drives are never exact."""
    near = off_px[off_px < FURTHEST_PX]
    return float(np.clip(TIMES_MEDIAN * np.median(near), *TOLERANCES_PX)) if len(near) else TOLERANCES_PX[0]


def _cosines(here: Seen, there: Seen, matches: Matches) -> Array:
    return np.asarray(np.einsum("ij,ij->i", here.descriptors[matches[:, 0]], there.descriptors[matches[:, 1]]))


def off_lines_px(here: Seen, there: Seen, matches: Matches) -> Array:
    """[M]: how far matches lie off their epipolar lines; inf where both cameras stood in one spot."""
    focal_px = (here.focal_px + there.focal_px) / 2
    lines = EpipolarMatches(here.rays[matches[:, 0]], there.rays[matches[:, 1]], there.map_from_camera, focal_px)
    return np.asarray(line_errors_px(lines, here.map_from_camera))


def rays_of(gathered: Gathered, keyframe: int) -> FloatArray | None:
    """[N, 3] unit rays in the camera; None for a keyframe without keypoints, or whose lens cannot be inverted there."""
    camera, pixels = gathered.cameras[keyframe], gathered.pixels[gathered.rows(keyframe)]
    if camera is None or not len(pixels):
        return None
    try:
        flat = undistort_pixels(camera.intrinsics, pixels.astype(np.float64))
    except SettingsError:  # nothing can be told of what is seen at such a rim
        return None
    rays = np.column_stack([flat, np.ones(len(flat))])
    return np.asarray(rays / np.linalg.norm(rays, axis=1, keepdims=True), dtype=np.float32)


def seen_of(gathered: Gathered, keyframe: int, rays: FloatArray | None) -> Seen | None:
    """None without rays."""
    camera = gathered.cameras[keyframe]
    if camera is None or rays is None:
        return None
    descriptors = gathered.descriptors[gathered.rows(keyframe)].astype(np.float32)
    descriptors /= np.maximum(np.linalg.norm(descriptors, axis=1, keepdims=True), 1e-9)
    return Seen(rays, descriptors, camera.map_from_camera, float(camera.intrinsics.matrix[0, 0]))
