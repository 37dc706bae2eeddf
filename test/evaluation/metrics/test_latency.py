from __future__ import annotations

import numpy as np
import pytest

from vpr_ros.evaluation.metrics.latency import latency_percentiles


def test_percentiles_of_a_hundred_and_one_times():
    assert latency_percentiles(np.arange(101.0)[::-1]) == pytest.approx({"p50": 50, "p95": 95, "p99": 99})


def test_one_time_is_all_of_them():
    assert latency_percentiles(np.array([7.0])) == {"p50": 7, "p95": 7, "p99": 7}
