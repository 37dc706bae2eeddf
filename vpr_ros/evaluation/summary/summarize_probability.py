"""The figures on probabilities: do they mean what they say?"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np

from vpr_ros.core.records import Array
from vpr_ros.evaluation.answered_pose import probability_of
from vpr_ros.evaluation.metrics.binomial_bound import upper_bound
from vpr_ros.evaluation.metrics.calibration import CONFIDENT, brier_score, expected_calibration_error, reliability
from vpr_ros.evaluation.records import Query
from vpr_ros.evaluation.summary.summarize_places import is_false_fix


def judged_probabilities(queries: Sequence[Query]) -> tuple[Array, Array]:
    """(probabilities, whether right) of the answers that can be judged: by their fix, where there is none by place."""
    rows = []
    for query in queries:
        probability = probability_of(query.estimate)
        right = not is_false_fix(query) if query.pose_error is not None else query.place_right
        if probability is not None and query.answered and right is not None:
            rows.append((probability, right))
    return np.array([row[0] for row in rows]), np.array([row[1] for row in rows], dtype=bool)


def summarize_probability(queries: Sequence[Query]) -> dict[str, Any]:
    """Key `calibration`, absent where no answer has a probability and a truth."""
    probabilities, right = judged_probabilities(queries)
    if not len(probabilities):
        return {}
    rows = reliability(probabilities, right)
    sure = probabilities >= CONFIDENT
    told: dict[str, Any] = {
        "answers": len(probabilities),
        "brier": brier_score(probabilities, right),
        "ece": expected_calibration_error(rows),
        "reliability": [dataclasses.asdict(row) for row in rows],
    }
    if sure.any():
        wrong, count = int((~right[sure]).sum()), int(sure.sum())
        told["confident"] = {"answers": count, "error": wrong / count, "upper_95": upper_bound(wrong, count)}
    return {"calibration": told}
