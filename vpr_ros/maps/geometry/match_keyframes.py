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
MOST_OFF_LINE_PX = 4.0
"""Matches further from their epipolar lines are of different points."""
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


def match_keyframes(
    gathered: Gathered, pairs: Sequence[tuple[int, int]], matcher: KeypointMatcher, track: Callable[..., Any]
) -> Iterator[tuple[int, int, Matches]]:
    """(one, two, [M, 2] rows of both) for each pair; no row of either twice in one pair."""
    rays = [rays_of(gathered, keyframe) for keyframe in range(len(gathered.cameras))]
    look = lru_cache(HELD)(lambda keyframe: seen_of(gathered, keyframe, rays[keyframe]))
    sure: list[Matches] = []
    alike: list[Array] = [np.zeros(0)]
    for one, two in track(pairs, "matching keyframes", len(pairs)):
        here, there = look(one), look(two)
        if here is None or there is None:
            sure.append(np.zeros((0, 2), np.int64))
            continue
        matches = matcher.match(gathered.keypoints(one), gathered.keypoints(two))
        matches = matches[on_lines(here, there, matches)]
        sure.append(matches)
        alike.append(np.einsum("ij,ij->i", here.descriptors[matches[:, 0]], there.descriptors[matches[:, 1]]))
    told = np.concatenate(alike)
    least_alike = float(np.quantile(told, 1 - SURE_SHARE)) if len(told) else 1.0
    for (one, two), matches in track(list(zip(pairs, sure, strict=True)), "matching along lines", len(pairs)):
        here, there = look(one), look(two)
        if here is None or there is None:
            continue
        poses = here.map_from_camera, there.map_from_camera
        found = guide_matches((here.descriptors, there.descriptors), (here.rays, there.rays), poses, least_alike)
        new = ~np.isin(found[:, 0], matches[:, 0]) & ~np.isin(found[:, 1], matches[:, 1])
        yield one, two, np.concatenate([matches, found[new]])


def on_lines(here: Seen, there: Seen, matches: Matches) -> npt.NDArray[np.bool_]:
    """[M]: matches that may be of the same point, by where the cameras stood; none of one spot may."""
    focal_px = (here.focal_px + there.focal_px) / 2
    lines = EpipolarMatches(here.rays[matches[:, 0]], there.rays[matches[:, 1]], there.map_from_camera, focal_px)
    return np.asarray(line_errors_px(lines, here.map_from_camera) <= MOST_OFF_LINE_PX)


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
