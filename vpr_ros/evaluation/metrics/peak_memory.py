"""How much memory the process ever held."""

from __future__ import annotations

import resource
import sys


def peak_memory_mb() -> float:
    """Largest resident set of this process so far, in MB of 10^6 bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak * 1024 / 1e6
