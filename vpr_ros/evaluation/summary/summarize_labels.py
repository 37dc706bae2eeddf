"""The figures on rooms and floors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from vpr_ros.core.place_table import PlaceTable
from vpr_ros.core.records import UNKNOWN
from vpr_ros.evaluation.metrics.label_accuracy import Confusion, confusion
from vpr_ros.evaluation.records import Query
from vpr_ros.evaluation.summary.resample import Resampler


def summarize_labels(queries: Sequence[Query], table: PlaceTable, resampler: Resampler) -> dict[str, Any]:
    """Keys `room` and `floor`; each absent where the map knows no such names."""
    told: dict[str, Any] = {}
    if any(labels.room is not None for labels in table.labels):
        said = [query.estimate.room.label for query in queries]
        told["room"] = _label(said, [query.truth.labels.room for query in queries], resampler)
    if any(labels.floor is not None for labels in table.labels):
        said = [query.estimate.floor.label for query in queries]
        told["floor"] = _label(said, [query.truth.labels.floor for query in queries], resampler)
    return told


def _label(said: Sequence[str], true: Sequence[str | None], resampler: Resampler) -> dict[str, Any]:
    answered = np.array([each != UNKNOWN for each in said])
    known = np.array([each is not None for each in true])
    right = np.array([one == other for one, other in zip(said, true, strict=True)])
    told: dict[str, Any] = {"answered": float(answered.mean()), "judged": int((answered & known).sum())}
    if (answered & known).any():
        told["accuracy"] = float(right[answered & known].mean())
        told["interval"] = resampler.interval(right, answered & known)
    if known.any():
        told["confusion"] = _as_json(confusion_of(said, true))
    return told


def confusion_of(said: Sequence[str], true: Sequence[str | None]) -> Confusion:
    """Over the queries whose true name is known."""
    pairs = [(truth, answer) for truth, answer in zip(true, said, strict=True) if truth is not None]
    return confusion([truth for truth, _ in pairs], [answer for _, answer in pairs])


def _as_json(found: Confusion) -> dict[str, Any]:
    return {"labels": list(found.labels), "counts": found.counts.tolist()}
