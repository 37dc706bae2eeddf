"""The figures on places: recall, accuracy, curves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from vpr_ros.core.records import Array
from vpr_ros.evaluation.answered_pose import probability_of
from vpr_ros.evaluation.metrics.binomial_bound import upper_bound
from vpr_ros.evaluation.metrics.pose_accuracy import FALSE_FIX, within
from vpr_ros.evaluation.metrics.precision_recall import PrecisionRecall, precision_recall
from vpr_ros.evaluation.metrics.recall import RECALLS, first_right_ranks, found_within
from vpr_ros.evaluation.metrics.risk_coverage import RISKS, RiskCoverage, risk_coverage
from vpr_ros.evaluation.records import Query
from vpr_ros.evaluation.summary.resample import Resampler

NAMED = 100
"""Names of queries without positives that metrics.json tells; queries.csv has them all."""


@dataclass(frozen=True, eq=False)
class Scores:
    """What answers are ordered by: `similarity`, or `probability` where every answer has one. NaN for a refusal."""

    name: str
    values: Array


def scores_of(queries: Sequence[Query]) -> Scores:
    """The score of every query's answer."""
    answers = [query for query in queries if query.answered]
    if answers and all(probability_of(query.estimate) is not None for query in answers):
        return Scores("probability", _answered(queries, [probability_of(query.estimate) for query in queries]))
    best = [query.estimate.candidates.best for query in queries]
    return Scores("similarity", _answered(queries, [None if each is None else each.similarity for each in best]))


def summarize_places(queries: Sequence[Query], top_k: int, resampler: Resampler) -> dict[str, Any]:
    """Keys of metrics.json from `with_positives` to `risk_coverage`."""
    judged = np.array([query.right is not None for query in queries])
    answered = np.array([query.answered for query in queries])
    refusals = [query.estimate.refusal.reason for query in queries if query.estimate.refusal is not None]
    found: dict[str, Any] = {
        "refused": {
            "count": len(refusals),
            "share": len(refusals) / len(queries),
            "reasons": {reason: refusals.count(reason) for reason in sorted(set(refusals))},
        },
        "place": {"answered": float(answered.mean())},
    }
    if not judged.any():
        return found
    possible = np.array([bool(query.truth.has_positive) for query in queries])
    lost = [query.estimate.source_name for query in queries if query.truth.has_positive is False]
    found["with_positives"] = int(possible.sum())
    found["without_positives"] = {"count": len(lost), "names": lost[:NAMED]}
    found |= _recall(queries, possible, judged, top_k, resampler)
    found["place"] |= _accuracy(queries, judged & answered, resampler)
    curve = precision_recall_of(queries)
    if curve is not None:
        found["precision_recall"] = {
            "score": scores_of(queries).name,
            "auc": curve.auc,
            "recall_at_full_precision": curve.recall_at_full_precision,
        }
    risks = risk_coverage_of(queries)
    if risks is not None:
        at = {f"{risk:g}": risks.coverage_at(risk) for risk in RISKS}
        found["risk_coverage"] = {"score": scores_of(queries).name, "aurc": risks.aurc, "coverage_at_risk": at}
    return found


def precision_recall_of(queries: Sequence[Query]) -> PrecisionRecall | None:
    """The curve of the first places; None where no query has a right place, or none was answered."""
    positives = sum(bool(query.truth.has_positive) for query in queries)
    asked = np.array([query.answered and query.right is not None for query in queries], dtype=bool)
    if not positives or not asked.any():
        return None
    right = np.array([bool(query.place_right) for query in queries])
    return precision_recall(scores_of(queries).values[asked], right[asked], positives)


def risk_coverage_of(queries: Sequence[Query]) -> RiskCoverage | None:
    """The curve of false fixes where fixes have a truth, else of wrong places; None where neither is known."""
    with_truth = [query.truth.map_from_base is not None for query in queries]
    if any(query.pose_error is not None for query in queries):
        known, answered = np.array(with_truth), np.array([query.pose_error is not None for query in queries])
        wrong = np.array([is_false_fix(query) for query in queries])
    else:
        known = np.array([query.right is not None for query in queries])
        answered = known & np.array([query.answered for query in queries])
        wrong = np.array([not query.place_right for query in queries])
    values = scores_of(queries).values
    answered = answered & np.isfinite(values)
    if not answered.any():
        return None
    return risk_coverage(values[answered], wrong[answered], int(known.sum()))


def is_false_fix(query: Query) -> bool:
    """Whether the accepted pose is off by more than 1 m or 10 degrees; by distance where no heading is known."""
    error = query.pose_error
    if error is None:
        return False
    angle_deg = 0.0 if np.isnan(error.angle_deg) else error.angle_deg
    return not bool(within(np.array(error.distance_m), np.array(angle_deg), FALSE_FIX))


def recall_counts(top_k: int) -> list[int]:
    """The K that are told: those that retrieval was asked for."""
    return [count for count in RECALLS if count <= top_k]


def _recall(
    queries: Sequence[Query], possible: Array, judged: Array, top_k: int, resampler: Resampler
) -> dict[str, Any]:
    ranks = first_right_ranks([query.right or () for query in queries])
    hits = {str(count): found_within(ranks, count) for count in recall_counts(top_k)}
    told: dict[str, Any] = {"recall_of_all": {count: float(hit[judged].mean()) for count, hit in hits.items()}}
    if possible.any():
        told["recall"] = {count: float(hit[possible].mean()) for count, hit in hits.items()}
        told["recall_interval"] = {count: resampler.interval(hit, possible) for count, hit in hits.items()}
    return told


def _accuracy(queries: Sequence[Query], counted: Array, resampler: Resampler) -> dict[str, Any]:
    answers = int(counted.sum())
    if not answers:
        return {}
    right = np.array([bool(query.place_right) for query in queries])
    wrong = answers - int(right[counted].sum())
    return {
        "accuracy": 1 - wrong / answers,
        "wrong": wrong,
        "upper_95": upper_bound(wrong, answers),
        "interval": resampler.interval(right, counted),
    }


def _answered(queries: Sequence[Query], values: Sequence[float | None]) -> Array:
    return np.array(
        [
            np.nan if value is None or not query.answered else value
            for query, value in zip(queries, values, strict=True)
        ],
        dtype=np.float64,
    )
