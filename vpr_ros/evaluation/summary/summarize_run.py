"""metrics.json: every figure of a run under its stable key. docs/evaluation.md defines them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime, timezone
from typing import Any

import numpy as np

import vpr_ros
from vpr_ros.core.geometry import distance_m
from vpr_ros.core.parse_settings import flatten_settings
from vpr_ros.evaluation.files.run_folder import FORMAT
from vpr_ros.evaluation.metrics import binomial_bound, bootstrap, calibration, pose_accuracy
from vpr_ros.evaluation.metrics.latency import latency_percentiles
from vpr_ros.evaluation.records import Query, Run
from vpr_ros.evaluation.summary.own_images import count_own_images
from vpr_ros.evaluation.summary.resample import Resampler
from vpr_ros.evaluation.summary.sequences import sequence_numbers
from vpr_ros.evaluation.summary.summarize_labels import summarize_labels
from vpr_ros.evaluation.summary.summarize_places import summarize_places
from vpr_ros.evaluation.summary.summarize_poses import Driven, summarize_poses
from vpr_ros.evaluation.summary.summarize_probability import summarize_probability

VERSION = 1


def summarize_run(run: Run) -> dict[str, Any]:
    """JSON values only; a figure that does not exist has no key."""
    queries, table = run.queries, run.place_map.table
    resampler = Resampler([query.sequence for query in queries])
    driven = driven_between(queries)
    poses, notes = summarize_poses(queries, driven, resampler)
    told = {
        **_about(run),
        "notes": [*run.notes, *notes],
        "ground_truth": _ground_truth(run),
        "thresholds": _thresholds(run),
        "queries": len(queries),
        "images_of_map": count_own_images(queries, table) or None,
        "sequences": {"count": resampler.count, "longest_s": run.sequence_s},
        "driven": {
            "seconds": driven.seconds if any(query.has_stamp for query in queries) else None,
            "metres": driven.metres if any(query.truth.map_from_base is not None for query in queries) else None,
        },
        **summarize_places(queries, run.settings.retrieval.top_k, resampler),
        **summarize_labels(queries, table, resampler),
        **poses,
        **summarize_probability(queries),
        "latency_ms": {stage: latency_percentiles(times) for stage, times in run.latencies_ms.items()},
        "peak_memory_mb": run.cost.peak_memory_mb,
        "cost": {"read_s": run.cost.read_s, "localize_s": run.cost.localize_s, "total_s": run.cost.total_s},
    }
    return dict(_present(told))


def driven_between(queries: Sequence[Query]) -> Driven:
    """Time and way from query to query, where no frame between was left out and the clock did not jump; time where
    the stamps are known."""
    numbers = [query.number for query in queries]
    stamps_ns = [query.estimate.stamp_ns for query in queries]
    stretches = sequence_numbers(numbers, stamps_ns, math.inf)
    seconds, metres = 0.0, 0.0
    for place in range(1, len(queries)):
        if stretches[place] != stretches[place - 1]:
            continue
        if queries[place].has_stamp and queries[place - 1].has_stamp:
            seconds += (stamps_ns[place] - stamps_ns[place - 1]) / 1e9
        here, before = queries[place].truth.map_from_base, queries[place - 1].truth.map_from_base
        if here is not None and before is not None:
            metres += float(distance_m(here, before))
    return Driven(seconds, metres)


def _about(run: Run) -> dict[str, Any]:
    place_map = run.place_map
    return {
        "format": FORMAT,
        "version": VERSION,
        "made_by": f"vpr_ros {vpr_ros.__version__}",
        "created": datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "source": {
            "name": run.source.name,
            "kind": run.source.kind,
            "frames": run.source_frames,
            "selection": run.frames,
        },
        "map": {
            "path": str(place_map.path),
            "map_id": place_map.map_id,
            "places": len(place_map.table),
            "features": run.settings.features.name,
            "aggregation": run.settings.aggregation.name,
            "descriptor_size": int(place_map.descriptors.shape[1]),
        },
        "settings": flatten_settings(run.settings),
    }


def _ground_truth(run: Run) -> dict[str, Any]:
    truths = [query.truth for query in run.queries]
    alignment = run.ground_truth.alignment
    return {
        "positives": run.ground_truth.positives,
        "positives_sha256": run.ground_truth.positives_sha256,
        "chosen": run.ground_truth.chosen,
        "poses": sum(truth.map_from_base is not None for truth in truths),
        "rooms": sum(truth.labels.room is not None for truth in truths),
        "floors": sum(truth.labels.floor is not None for truth in truths),
        "judged": sum(query.right is not None for query in run.queries),
        "alignment": None
        if alignment is None
        else {
            "map_from_source": np.asarray(alignment.map_from_source).tolist(),
            "answers": alignment.answers,
            "inliers": alignment.inliers,
            "rmse_m": alignment.rmse_m,
        },
    }


def _thresholds(run: Run) -> dict[str, Any]:
    false_fix = pose_accuracy.FALSE_FIX
    return {
        "false_fix": {"distance_m": false_fix.distance_m, "angle_deg": false_fix.angle_deg},
        "bound": binomial_bound.LEVEL,
        "confident": calibration.CONFIDENT,
        "bootstrap": {
            "draws": bootstrap.DRAWS,
            "seed": bootstrap.SEED,
            "level": bootstrap.LEVEL,
            "sequence_s": run.sequence_s,
        },
    }


def _present(value: Any) -> Any:
    """Without what does not exist: None, numbers that are not finite, and objects of nothing else."""
    if isinstance(value, dict):
        inner = {key: _present(each) for key, each in value.items()}
        return {key: each for key, each in inner.items() if each is not None and (each != {} or value[key] == {})}
    if isinstance(value, (list, tuple)):
        return [_present(each) for each in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
