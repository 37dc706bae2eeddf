"""Whether covariances mean what they say, axis by axis."""

from __future__ import annotations

import numpy as np

from vpr_ros.core.records import Array

AXES = ("x", "y", "z", "roll", "pitch", "yaw")
SIGMAS = {"50": 0.6744897501960817, "90": 1.6448536269514722, "99": 2.5758293035489004}
"""Half widths of the central intervals of a normal distribution, in standard deviations."""


def coverage(errors: Array, sigmas: Array) -> dict[str, dict[str, float]]:
    """errors, sigmas [n, 6] -> {axis: {percent: share of errors within the central interval}}; n at least 1."""
    away = np.abs(errors) / sigmas
    return {
        axis: {percent: float(np.mean(away[:, column] <= width)) for percent, width in SIGMAS.items()}
        for column, axis in enumerate(AXES)
    }
