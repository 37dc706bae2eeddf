"""Medians of alternating runs: machines are shared and noisy, so only ratios taken side by side are quoted."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping


def medians_ms(contenders: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Median milliseconds of each, taken in turns after one round of warming up.

    The order rotates, so that nobody always runs on the caches and threads that one neighbour left behind.
    """
    taken: dict[str, list[float]] = {name: [] for name in contenders}
    for turn in range(rounds + 1):
        first = turn % len(contenders)
        for name, work in [*contenders.items()][first:] + [*contenders.items()][:first]:
            began = time.perf_counter()
            work()
            if turn:
                taken[name].append((time.perf_counter() - began) * 1e3)
    return {name: statistics.median(values) for name, values in taken.items()}
