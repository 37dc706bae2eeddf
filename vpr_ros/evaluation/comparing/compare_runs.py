"""Runs side by side: the same queries, and for every share whether the difference could be chance."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from vpr_ros.core.errors import UsageError
from vpr_ros.core.records import UNKNOWN, Array
from vpr_ros.evaluation.comparing.read_run import FinishedRun
from vpr_ros.evaluation.metrics.bootstrap import interval
from vpr_ros.evaluation.metrics.pose_accuracy import BOUNDS, FALSE_FIX, Bound, within
from vpr_ros.evaluation.metrics.recall import RECALLS, found_within
from vpr_ros.evaluation.summary.resample import Resampler


@dataclass(frozen=True)
class Difference:
    """Of a run to the first one; the interval by paired draws of sequences, None where there is none."""

    value: float
    interval: tuple[float, float] | None

    @property
    def telling(self) -> bool:
        """Whether chance is an unlikely cause: the interval leaves out zero."""
        return self.interval is not None and not self.interval[0] <= 0 <= self.interval[1]


@dataclass(frozen=True)
class ComparedFigure:
    """One figure of every run, None where a run lacks it; differences of the second and later ones to the first."""

    name: str
    values: tuple[float | None, ...]
    differences: tuple[Difference | None, ...]
    higher_is_better: bool = True
    is_share: bool = True


@dataclass(frozen=True, eq=False)
class Counted:
    """Which queries count for a share, and which of them are hits."""

    hits: Array
    counted: Array


def compare_runs(runs: Sequence[FinishedRun]) -> list[ComparedFigure]:
    """Every figure that at least one run has. Raises UsageError where the runs are not of the same queries."""
    for other in runs[1:]:
        check_pairing(runs[0], other)
    order = [_order(runs[0], run) for run in runs]
    resampler = Resampler(runs[0].numbers("sequence").astype(np.int64).tolist())
    figures = []
    for name, count, higher in _shares():
        counted = [count(run) for run in runs]
        placed = [Counted(each.hits[at], each.counted[at]) for each, at in zip(counted, order, strict=True)]
        if any(each.counted.any() for each in placed):
            figures.append(_share(name, placed, resampler, higher))
    return figures + _plain(runs)


def check_pairing(one: FinishedRun, other: FinishedRun) -> None:
    """Raises UsageError that says what differs, unless both asked the same queries and judged them alike."""
    ours, theirs = set(one.keys), set(other.keys)
    for run, keys in ((one, ours), (other, theirs)):
        if len(keys) != len(run.keys):
            raise UsageError(f"{run.path}: two of its queries have the same name and stamp; they cannot be paired")
    if ours != theirs:
        only = sorted(ours - theirs) or sorted(theirs - ours)
        whose = one.path if ours - theirs else other.path
        raise UsageError(
            f"{one.path} and {other.path} do not pair: {len(ours)} and {len(theirs)} queries, {len(ours & theirs)} in "
            f"both; only in {whose}: {only[0][0]} at {only[0][1]} ns; evaluate both on the same SOURCE and --frames"
        )
    truths = [run.metrics.get("ground_truth", {}) for run in (one, other)]
    criteria = [truth.get("positives") for truth in truths]
    sums = [truth.get("positives_sha256") for truth in truths]
    if None not in sums:  # files: what they say counts, not where they lie
        if sums[0] != sums[1]:
            raise UsageError(
                f"{one.path} judged places by {criteria[0]}, {other.path} by {criteria[1]}, and these files differ "
                f"(SHA-256 {sums[0][:12]}... and {sums[1][:12]}...); evaluate both with the same --positives"
            )
    elif criteria[0] != criteria[1]:
        raise UsageError(
            f"{one.path} judged places by {criteria[0] or 'nothing'}, {other.path} by {criteria[1] or 'nothing'}; "
            "evaluate both with the same --positives"
        )


def _order(first: FinishedRun, run: FinishedRun) -> Array:
    """Rows of `run` in the order of the first run's queries."""
    row_of = {key: row for row, key in enumerate(run.keys)}
    return np.array([row_of[key] for key in first.keys], dtype=np.int64)


def _share(name: str, counted: Sequence[Counted], resampler: Resampler, higher: bool) -> ComparedFigure:
    values = [float(each.hits[each.counted].mean()) if each.counted.any() else None for each in counted]
    drawn = [resampler.shares(each.hits, each.counted) for each in counted]
    differences: list[Difference | None] = []
    for value, shares in zip(values[1:], drawn[1:], strict=True):
        if value is None or values[0] is None:
            differences.append(None)
            continue
        paired = None if shares is None or drawn[0] is None else interval(shares - drawn[0])
        differences.append(Difference(value - values[0], paired))
    return ComparedFigure(name, tuple(values), tuple(differences), higher)


def _shares() -> list[tuple[str, Callable[[FinishedRun], Counted], bool]]:
    return [
        *((f"recall@{count}", partial(_recall, count=count), True) for count in RECALLS),
        ("place answered", _answered, True),
        ("place accuracy", _place, True),
        ("room accuracy", partial(_label, kind="room"), True),
        ("floor accuracy", partial(_label, kind="floor"), True),
        *((f"pose within {bound.name}", partial(_within, kind="pose", bound=bound), True) for bound in BOUNDS),
        ("false fixes", _false_fixes, False),
        *((f"coarse within {bound.name}", partial(_within, kind="coarse", bound=bound), True) for bound in BOUNDS[-2:]),
    ]


def _recall(run: FinishedRun, count: int) -> Counted:
    told = str(count) in run.metrics.get("recall", {})
    ranks = np.nan_to_num(run.numbers("rank")).astype(np.int64)
    return Counted(found_within(ranks, count), (run.numbers("has_positive") == 1) & told)


def _answered(run: FinishedRun) -> Counted:
    return Counted(np.isfinite(run.numbers("place_id")), np.ones(len(run.keys), dtype=bool))


def _place(run: FinishedRun) -> Counted:
    counted = (run.numbers("judged") == 1) & np.isfinite(run.numbers("place_id"))
    return Counted(run.numbers("place_right") == 1, counted)


def _label(run: FinishedRun, kind: str) -> Counted:
    said, true = run.texts(kind), run.texts(f"true_{kind}")
    return Counted(said == true, (true != "") & (said != UNKNOWN))


def _within(run: FinishedRun, kind: str, bound: Bound) -> Counted:
    distances, angles = run.numbers(f"{kind}_m"), run.numbers(f"{kind}_deg")
    # A run without any such error lacks the figure; in one with some, a query without an answer is a miss.
    expected = np.isfinite(run.numbers("true_x")) & (run.numbers("has_positive") != 0)
    hits = within(np.nan_to_num(distances, nan=np.inf), np.nan_to_num(angles, nan=np.inf), bound)
    return Counted(hits, expected & (~np.isnan(angles)).any())


def _false_fixes(run: FinishedRun) -> Counted:
    distances = run.numbers("pose_m")
    angles = run.numbers("pose_deg")
    turned = np.where(np.isnan(angles), 0.0, angles)  # empty where the truth is a position only
    return Counted(~within(distances, turned, FALSE_FIX), ~np.isnan(distances))


def _plain(runs: Sequence[FinishedRun]) -> list[ComparedFigure]:
    """Figures that are no shares, without intervals."""
    paths = {
        "pose median m": ("pose", "median_m"),
        "pose median deg": ("pose", "median_deg"),
        "coarse median m": ("coarse_pose", "median_m"),
        "AUC-PR": ("precision_recall", "auc"),
        "latency p50 ms": ("latency_ms", "total", "p50"),
        "latency p95 ms": ("latency_ms", "total", "p95"),
        "peak memory MB": ("peak_memory_mb",),
    }
    figures = []
    for name, path in paths.items():
        values = tuple(_figure(run, path) for run in runs)
        if any(value is not None for value in values):
            differences = [
                None if value is None or values[0] is None else Difference(value - values[0], None)
                for value in values[1:]
            ]
            figures.append(ComparedFigure(name, values, tuple(differences), name == "AUC-PR", is_share=False))
    return figures


def _figure(run: FinishedRun, path: Sequence[str]) -> float | None:
    found: object = run.metrics
    for key in path:
        found = found.get(key) if isinstance(found, dict) else None
    return float(found) if isinstance(found, (int, float)) else None
