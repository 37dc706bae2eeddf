"""What overlap is held against: spatial verification, SIFT matches that agree with one essential matrix."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from vpr_ros.core.lens import undistort_pixels
from vpr_ros.core.pose_settings import PoseSettings
from vpr_ros.core.records import Array, Candidates, Frame, Intrinsics, KeypointMatcher, Keypoints
from vpr_ros.features.make_keypoints import make_keypoints
from vpr_ros.sources.source import Source

THRESHOLD_PX = 1.5
FEWEST = 8
"""Matches; fewer say nothing of a geometry."""


@dataclass(frozen=True, eq=False)
class Verified:
    """orders: of each query its candidates' places in the shortlist, most inliers first. inliers: as the shortlists.
    milliseconds: of each query for matching and verifying all its candidates, without finding keypoints."""

    orders: Sequence[Array]
    inliers: Sequence[Array]
    milliseconds: Array


def verify(
    drive: Source, keyframes: Sequence[int], visit: Source, queries: Sequence[int], lists: Sequence[Candidates]
) -> Verified:
    """Candidates by inliers, ties as retrieval had them. Place ids are places in `keyframes`."""
    extractor, matcher = make_keypoints(PoseSettings())
    wanted = sorted({candidate.place_id for shortlist in lists for candidate in shortlist.ranked})
    numbers = [keyframes[place] for place in wanted]

    def points(frame: Frame) -> _Points:
        assert frame.intrinsics is not None
        return _Points(extractor.extract(frame.image, PoseSettings().max_keypoints), frame.intrinsics)

    known = {place: points(frame) for place, frame in zip(wanted, drive.frames(numbers), strict=True)}
    orders, inliers, milliseconds = [], [], []
    for frame, shortlist in zip(visit.frames(queries), lists, strict=True):
        query = points(frame)
        began = time.perf_counter()
        counts = np.array([_inliers(query, known[each.place_id], matcher) for each in shortlist.ranked])
        milliseconds.append((time.perf_counter() - began) * 1e3)
        orders.append(np.argsort(-counts, kind="stable"))
        inliers.append(counts)
    return Verified(orders, inliers, np.array(milliseconds))


@dataclass(frozen=True, eq=False)
class _Points:
    keypoints: Keypoints
    intrinsics: Intrinsics


def _inliers(query: _Points, place: _Points, matcher: KeypointMatcher) -> int:
    pairs = matcher.match(query.keypoints, place.keypoints)
    if len(pairs) < FEWEST:
        return 0
    ours = undistort_pixels(query.intrinsics, query.keypoints.pixels[pairs[:, 0]].astype(np.float64))
    theirs = undistort_pixels(place.intrinsics, place.keypoints.pixels[pairs[:, 1]].astype(np.float64))
    threshold = THRESHOLD_PX / float(query.intrinsics.matrix[0, 0])
    cv2.setRNGSeed(0)
    _, mask = cv2.findEssentialMat(ours, theirs, np.eye(3), cv2.RANSAC, 0.999, threshold)
    return 0 if mask is None else int(np.count_nonzero(mask))
