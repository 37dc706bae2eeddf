"""What overlap is held against: spatial verification, SIFT matches that agree with one essential matrix."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from benchmarks.overlap_task import Task
from vpr_ros.core.lens import undistort_pixels
from vpr_ros.core.pose_settings import PoseSettings
from vpr_ros.core.records import Array, Candidates, Frame, Intrinsics, KeypointMatcher, Keypoints
from vpr_ros.features.make_keypoints import make_keypoints

THRESHOLD_PX = 1.5
FEWEST = 8
"""Matches; fewer say nothing of a geometry."""


@dataclass(frozen=True, eq=False)
class Verified:
    """inliers: of each query those of its candidates, as the shortlist has them. milliseconds: of each query for
    matching and verifying all of them, keypoints being there."""

    inliers: Sequence[Array]
    milliseconds: Array


@dataclass(frozen=True, eq=False)
class _Points:
    keypoints: Keypoints
    intrinsics: Intrinsics


class SiftVerifier:
    """Of one task; keypoints are found once, however many shortlists come."""

    def __init__(self, task: Task) -> None:
        self._task = task
        self._extractor, self._matcher = make_keypoints(PoseSettings())
        self._places: dict[int, _Points] = {}
        self._queries: list[_Points] = []

    def verify(self, shortlists: Sequence[Candidates]) -> Verified:
        """One shortlist a query; place ids are places in the task's keyframes."""
        task = self._task
        listed = {candidate.place_id for shortlist in shortlists for candidate in shortlist.ranked}
        wanted = sorted(listed - self._places.keys())
        frames = task.drive.frames([task.keyframes[place] for place in wanted])
        self._places.update(zip(wanted, map(self._points, frames), strict=True))
        self._queries = self._queries or [self._points(frame) for frame in task.visit.frames(task.queries)]
        inliers, milliseconds = [], []
        for query, shortlist in zip(self._queries, shortlists, strict=True):
            began = time.perf_counter()
            places = [self._places[each.place_id] for each in shortlist.ranked]
            inliers.append(np.array([_inliers(query, place, self._matcher) for place in places]))
            milliseconds.append((time.perf_counter() - began) * 1e3)
        return Verified(inliers, np.array(milliseconds))

    def _points(self, frame: Frame) -> _Points:
        assert frame.intrinsics is not None
        return _Points(self._extractor.extract(frame.image, PoseSettings().max_keypoints), frame.intrinsics)


def _inliers(query: _Points, place: _Points, matcher: KeypointMatcher) -> int:
    pairs = matcher.match(query.keypoints, place.keypoints)
    if len(pairs) < FEWEST:
        return 0
    ours = undistort_pixels(query.intrinsics, query.keypoints.pixels[pairs[:, 0]].astype(np.float64))
    theirs = undistort_pixels(place.intrinsics, place.keypoints.pixels[pairs[:, 1]].astype(np.float64))
    threshold = THRESHOLD_PX / float(query.intrinsics.matrix[0, 0])
    # Plain RANSAC takes ten times as long and finds the same.
    _, mask = cv2.findEssentialMat(ours, theirs, np.eye(3), cv2.USAC_ACCURATE, 0.999, threshold)
    return 0 if mask is None else int(np.count_nonzero(mask))
