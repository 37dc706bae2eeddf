from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import numpy as np
from vpr_ros.evaluation.metrics.peak_memory import peak_memory_mb
before = peak_memory_mb()
ballast = np.ones(300 * 10**6, dtype=np.uint8)
del ballast
print(peak_memory_mb() - before)
"""


def test_a_large_parent_does_not_count():
    ballast = bytearray(400 * 10**6)
    told = "from vpr_ros.evaluation.metrics.peak_memory import peak_memory_mb; print(peak_memory_mb())"
    printed = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True).stdout
    assert float(printed) < len(ballast) / 1e6


def test_memory_that_was_held_is_seen_after_it_is_gone():
    printed = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True).stdout
    assert 280 < float(printed) < 320
