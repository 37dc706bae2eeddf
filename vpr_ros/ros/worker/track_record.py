"""What became of the localized images, and how long each stage took lately. Knows no rclpy; from any thread."""

from __future__ import annotations

import threading
from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from time import monotonic

import numpy as np

from vpr_ros.core.records import Rejected
from vpr_ros.ros.answer import Answer

LATELY_S = 60.0
# A minute at 10 Hz, and of what is faster the last seconds.
MOST = 600
AGE = "image age at publication"
ALL = "all stages"


@dataclass(frozen=True)
class Quantiles:
    """Milliseconds, of the last minute."""

    p50: float
    p95: float


@dataclass(frozen=True)
class Record:
    """lately: by stage, and the image's age when its answer was published. reasons: why there was no place or no fix,
    the commonest first, each with how often.
    """

    places: int = 0
    fixes: int = 0
    lately: Mapping[str, Quantiles] = field(default_factory=dict)
    reasons: tuple[tuple[str, int], ...] = ()


class TrackRecord:
    """Hears every answer."""

    def __init__(self, told_reasons: int = 3) -> None:
        self._lock = threading.Lock()
        self._told_reasons = told_reasons
        self._times: deque[tuple[float, dict[str, float]]] = deque(maxlen=MOST)
        self._reasons: Counter[str] = Counter()
        self._places = self._fixes = 0

    def hear(self, answer: Answer, age_ms: float, now_s: float | None = None) -> None:
        """An answer was published, so long after its image was taken. now_s: monotonic."""
        stages = dict(answer.estimate.latency_ms)
        times = {**stages, ALL: sum(stages.values()), AGE: age_ms}
        reason = _why_not(answer)
        with self._lock:
            self._times.append((monotonic() if now_s is None else now_s, times))
            self._places += answer.estimate.refusal is None
            self._fixes += answer.fix is not None
            if reason is not None:
                self._reasons[reason] += 1

    def snapshot(self, now_s: float | None = None) -> Record:
        """As it stands now."""
        after_s = (monotonic() if now_s is None else now_s) - LATELY_S
        with self._lock:
            lately = [times for at_s, times in self._times if at_s >= after_s]
            reasons = tuple(self._reasons.most_common(self._told_reasons))
            places, fixes = self._places, self._fixes
        stages = dict.fromkeys(stage for times in lately for stage in times)
        quantiles = {stage: _quantiles([times[stage] for times in lately if stage in times]) for stage in stages}
        return Record(places, fixes, quantiles, reasons)


def _quantiles(times_ms: list[float]) -> Quantiles:
    p50, p95 = np.percentile(times_ms, [50, 95])
    return Quantiles(float(p50), float(p95))


def _why_not(answer: Answer) -> str | None:
    """Without the numbers behind it, so that like goes with like; None for a fix, or a place where none is sought."""
    refusal, pose = answer.estimate.refusal, answer.estimate.pose
    if refusal is not None:
        return refusal.reason
    if isinstance(pose, Rejected):
        return f"pose: {pose.reason}"
    if pose is not None and answer.sound is None:
        return f"pose held back: {answer.held_back}"
    return None
