"""Lays the source's frame of reference onto the map's: Umeyama's method as evo implements it, deaf to wrong answers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vpr_ros.core.errors import UsageError
from vpr_ros.core.extra_library import extra_library
from vpr_ros.core.localize import Localizer
from vpr_ros.core.records import Array, Matrix4
from vpr_ros.evaluation.answered_pose import accepted_pose, guessed_pose
from vpr_ros.evaluation.judge_query import is_pose
from vpr_ros.evaluation.records import Alignment
from vpr_ros.sources.source import Source

QUERIES, FEWEST, SAMPLES, SEED = 200, 8, 300, 0
THINNEST = 0.01
"""Positions that spread less to the side than this share of their length lie on a line."""
NEAREST_M = 0.1
"""Answers that fit this well belong together, however well the others fit."""


def find_alignment(source: Source, localizer: Localizer, numbers: Sequence[int]) -> Alignment:
    """From up to 200 of these frames.

    Raises UsageError where poses and answers do not tell, WeightsError without evo.
    """
    entries = source.entries()
    posed = [number for number in numbers if entries[number].map_from_base is not None]
    places = np.unique(np.linspace(0, len(posed) - 1, min(QUERIES, len(posed))).round().astype(int))
    true, answered = [], []
    for frame in source.frames([posed[place] for place in places]):
        estimate = localizer.localize(frame)
        said = accepted_pose(estimate) or guessed_pose(estimate)
        pose = frame.map_from_base
        if said is not None and pose is not None and is_pose(pose) and is_pose(said.map_from_base):
            true.append(pose[:3, 3])
            answered.append(said.map_from_base[:3, 3])
    if len(true) < FEWEST:
        raise UsageError(
            f"--align: {len(true)} of {len(places)} frames have both a true pose and an answered one, at least "
            f"{FEWEST} are needed; leave --align out, or ask for more frames"
        )
    return align_positions(np.array(true), np.array(answered))


def align_positions(source: Array, in_map: Array) -> Alignment:
    """[n, 3] positions and what they were taken for, n at least 3; some may be quite wrong.

    Umeyama on those that agree with the best of many samples of three: the one whose median error is least. Raises
    UsageError where the positions lie on a line, which can be turned about itself.
    """
    rng = np.random.default_rng(SEED)
    best: Matrix4 | None = None
    least_m = np.inf
    for _ in range(SAMPLES):
        some = rng.choice(len(source), 3, replace=False)
        found = _umeyama(source[some], in_map[some])
        if found is not None and (median_m := float(np.median(_errors_m(found, source, in_map)))) < least_m:
            best, least_m = found, median_m
    if best is not None:
        near = _errors_m(best, source, in_map) <= max(2.5 * 1.4826 * least_m, NEAREST_M)
        best = _umeyama(source[near], in_map[near])
    if best is None:
        raise UsageError("--align: the positions lie on one line, which can be turned about itself; align by hand")
    rmse_m = float(np.sqrt(np.mean(_errors_m(best, source[near], in_map[near]) ** 2)))
    return Alignment(best, len(source), int(near.sum()), rmse_m)


def _umeyama(source: Array, in_map: Array) -> Matrix4 | None:
    geometry = extra_library("evo.core.geometry", "evaluation")
    widths = np.linalg.svd(source - source.mean(axis=0), compute_uv=False)
    if not widths[1] > THINNEST * widths[0]:
        return None
    try:
        rotation, translation, _ = geometry.umeyama_alignment(source.T, in_map.T, with_scale=False)
    except geometry.GeometryException:  # the answers lie on a line
        return None
    pose = np.eye(4)
    pose[:3, :3], pose[:3, 3] = rotation, translation
    return pose


def _errors_m(map_from_source: Matrix4, source: Array, in_map: Array) -> Array:
    moved = source @ map_from_source[:3, :3].T + map_from_source[:3, 3]
    return np.asarray(np.linalg.norm(moved - in_map, axis=1))
