"""Medians of alternating runs: machines are shared and noisy, so only ratios taken side by side are quoted."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping


def medians_ms(contenders: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Median milliseconds of each, taken in turns after one round of warming up."""
    taken: dict[str, list[float]] = {name: [] for name in contenders}
    for turn in range(rounds + 1):
        for name, work in contenders.items():
            began = time.perf_counter()
            work()
            if turn:
                taken[name].append((time.perf_counter() - began) * 1e3)
    return {name: statistics.median(values) for name, values in taken.items()}
