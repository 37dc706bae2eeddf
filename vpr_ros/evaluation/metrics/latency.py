"""How long stages take."""

from __future__ import annotations

import numpy as np

from vpr_ros.core.records import Array

PERCENTS = (50, 95, 99)


def latency_percentiles(values_ms: Array) -> dict[str, float]:
    """{p50, p95, p99} of at least one time, linear between ranks."""
    found = np.percentile(values_ms, PERCENTS)
    return {f"p{percent}": float(value) for percent, value in zip(PERCENTS, found, strict=True)}
