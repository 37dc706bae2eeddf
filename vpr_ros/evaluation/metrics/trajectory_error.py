"""ATE and RPE, as evo computes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from vpr_ros.core.extra_library import extra_library
from vpr_ros.core.records import Array


@dataclass(frozen=True)
class TrajectoryError:
    """Root mean squares: absolute translation; translation and rotation from one pose to the next (None: no pairs)."""

    ate_rmse_m: float
    rpe_rmse_m: float | None
    rpe_rmse_deg: float | None


def trajectory_error(true: Array, answered: Array, sequences: Sequence[int]) -> TrajectoryError:
    """Poses [n, 4, 4] of the same moments, finite, n at least 1. Steps are taken inside sequences only, nothing is
    aligned. Raises WeightsError without evo.
    """
    metrics = extra_library("evo.core.metrics", "evaluation")
    shift, turn = metrics.PoseRelation.translation_part, metrics.PoseRelation.rotation_angle_deg
    absolute = _errors(metrics.APE(shift), true, answered)
    moved, turned = [], []
    numbers = np.asarray(sequences)
    for number in np.unique(numbers):
        mine = numbers == number
        if mine.sum() >= 2:
            moved.append(_errors(metrics.RPE(shift), true[mine], answered[mine]))
            turned.append(_errors(metrics.RPE(turn), true[mine], answered[mine]))
    return TrajectoryError(_rms(absolute), _rms(*moved) if moved else None, _rms(*turned) if turned else None)


def _errors(metric: Any, true: Array, answered: Array) -> Array:
    path = extra_library("evo.core.trajectory", "evaluation").PosePath3D
    metric.process_data((path(poses_se3=list(true)), path(poses_se3=list(answered))))
    return np.asarray(metric.error)


def _rms(*errors: Array) -> float:
    return float(np.sqrt(np.mean(np.concatenate(errors) ** 2)))
