"""The figures on poses: accepted ones, coarse ones, false fixes, trajectories."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from vpr_ros.core.errors import WeightsError
from vpr_ros.core.records import Array
from vpr_ros.evaluation.answered_pose import AnsweredPose, accepted_pose, guessed_pose, refused_pose
from vpr_ros.evaluation.metrics.binomial_bound import upper_bound
from vpr_ros.evaluation.metrics.covariance_coverage import coverage
from vpr_ros.evaluation.metrics.pose_accuracy import AUC_DEG, BOUNDS, area_under_curve, percentile, within
from vpr_ros.evaluation.metrics.trajectory_error import trajectory_error
from vpr_ros.evaluation.records import PoseError, Query
from vpr_ros.evaluation.summary.resample import Resampler
from vpr_ros.evaluation.summary.summarize_places import is_false_fix


@dataclass(frozen=True)
class Driven:
    """How long and how far the robot drove between the queries of its stretches."""

    seconds: float
    metres: float


def summarize_poses(queries: Sequence[Query], driven: Driven, resampler: Resampler) -> tuple[dict[str, Any], list[str]]:
    """(Keys `coarse_pose`, `pose`, `false_fix_rate`, `false_fix`, each absent where nobody tried; notes)."""
    told: dict[str, Any] = {}
    notes: list[str] = []
    coarse = [guessed_pose(query.estimate) for query in queries]
    if any(each is not None for each in coarse):
        told["coarse_pose"] = _errors(queries, coarse, [query.coarse_error for query in queries], resampler)
    accepted = [accepted_pose(query.estimate) for query in queries]
    refusals = [refusal.reason for query in queries if (refusal := refused_pose(query.estimate)) is not None]
    if refusals or any(each is not None for each in accepted):
        errors = [query.pose_error for query in queries]
        told["pose"] = _errors(queries, accepted, errors, resampler)
        told["pose"]["refused"] = dict(sorted(Counter(refusals).items()))
        told["pose"] |= _direction_auc(queries)
        told["pose"] |= _trajectory(queries, accepted, notes)
        told |= _false_fixes(queries, driven, resampler)
    return told, notes


def counted_for_poses(queries: Sequence[Query]) -> Array:
    """bool [n]: the queries that a pose is expected of: with a true pose, and a right place where places are judged."""
    return np.array(
        [query.truth.map_from_base is not None and query.truth.has_positive is not False for query in queries]
    )


def _errors(
    queries: Sequence[Query],
    answers: Sequence[AnsweredPose | None],
    errors: Sequence[PoseError | None],
    resampler: Resampler,
) -> dict[str, Any]:
    told: dict[str, Any] = {"answered": sum(each is not None for each in answers) / len(queries)}
    distances = np.array([np.inf if each is None else each.distance_m for each in errors])
    angles = np.array([np.inf if each is None else each.angle_deg for each in errors])
    known = np.array([each is not None for each in errors])
    # Where a truth is a position alone, angles are not told.
    turned = all(query.truth.has_heading for query in queries) and not np.isnan(angles[known]).any()
    for unit, values in (("m", distances[known]), ("deg", angles[known])):
        if known.any() and (turned or unit == "m"):
            told[f"median_{unit}"], told[f"p95_{unit}"] = percentile(values, 50), percentile(values, 95)
            told[f"worst_{unit}"] = float(values.max())
    if known.any():
        told["unusable"] = int(np.isinf(distances[known]).sum())
    counted = counted_for_poses(queries)
    if counted.any() and turned:
        hits = {bound.name: within(distances, angles, bound) for bound in BOUNDS}
        told["within"] = {name: float(hit[counted].mean()) for name, hit in hits.items()}
        told["within_interval"] = {name: resampler.interval(hit, counted) for name, hit in hits.items()}
    return told | _consistency([each for each in errors if each is not None])


def _consistency(errors: Sequence[PoseError]) -> dict[str, Any]:
    """Whether the covariances mean what they say."""
    with_sigmas = [each for each in errors if each.axes is not None and each.sigmas is not None]
    if not with_sigmas:
        return {}
    axes = np.stack([np.asarray(each.axes) for each in with_sigmas])
    sigmas = np.stack([np.asarray(each.sigmas) for each in with_sigmas])
    nees = [each.nees for each in with_sigmas if each.nees is not None]
    return {"coverage": coverage(axes, sigmas), "nees_median": float(np.median(nees))}


def _direction_auc(queries: Sequence[Query]) -> dict[str, Any]:
    counted = counted_for_poses(queries)
    if not counted.any() or not all(query.truth.has_heading for query in queries):
        return {}
    errors = np.array([_relative_error_deg(query) for query in queries])[counted]
    return {"auc_deg": {f"{bound:g}": area_under_curve(errors, bound) for bound in AUC_DEG}}


def _relative_error_deg(query: Query) -> float:
    """The larger of rotation and direction, as two-view papers count; infinite without an answer."""
    if query.pose_error is None:
        return float(np.inf)
    direction = query.direction_error_deg
    return query.pose_error.angle_deg if direction is None else max(query.pose_error.angle_deg, direction)


def _trajectory(queries: Sequence[Query], accepted: Sequence[AnsweredPose | None], notes: list[str]) -> dict[str, Any]:
    kept = [
        (query, answer)
        for query, answer in zip(queries, accepted, strict=True)
        if answer is not None and query.pose_error is not None and np.isfinite(query.pose_error.distance_m)
    ]
    if not kept:
        return {}
    try:
        found = trajectory_error(
            np.stack([np.asarray(query.truth.map_from_base) for query, _ in kept]),
            np.stack([answer.map_from_base for _, answer in kept]),
            [query.sequence for query, _ in kept],
        )
    except WeightsError as error:
        notes.append(f"ATE and RPE are left out: {error}")
        return {}
    return {"ate_rmse_m": found.ate_rmse_m, "rpe_rmse_m": found.rpe_rmse_m, "rpe_rmse_deg": found.rpe_rmse_deg}


def _false_fixes(queries: Sequence[Query], driven: Driven, resampler: Resampler) -> dict[str, Any]:
    answered = np.array([query.pose_error is not None for query in queries])
    false = np.array([is_false_fix(query) for query in queries])
    answers, count = int(answered.sum()), int(false.sum())
    if not answers:
        return {}
    return {
        "false_fix_rate": count / answers,
        "false_fix": {
            "count": count,
            "answers": answers,
            "upper_95": upper_bound(count, answers),
            "per_hour": count / driven.seconds * 3600 if driven.seconds > 0 else None,
            "per_km": count / driven.metres * 1000 if driven.metres > 0 else None,
            "interval": resampler.interval(false, answered),
        },
    }
