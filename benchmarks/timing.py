"""Medians of alternating runs: machines are shared and noisy, so only ratios taken side by side are quoted."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable, Mapping


def medians_ms(contenders: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Median milliseconds of each, taken in turns after one round of warming up.

    The order is drawn anew each time (from a fixed seed), so that nobody always runs on the caches and threads that one
    neighbour left behind; when the order only rotated, each still followed the same one.
    """
    taken: dict[str, list[float]] = {name: [] for name in contenders}
    order, drawn = random.Random(0), [*contenders.items()]
    for turn in range(rounds + 1):
        order.shuffle(drawn)
        for name, work in drawn:
            began = time.perf_counter()
            work()
            if turn:
                taken[name].append((time.perf_counter() - began) * 1e3)
    return {name: statistics.median(values) for name, values in taken.items()}
