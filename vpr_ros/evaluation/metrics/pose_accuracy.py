"""How good poses are: shares within bounds, percentiles, area under the curve of errors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vpr_ros.core.records import Array


@dataclass(frozen=True)
class Bound:
    """Both a distance and an angle; its name is a key of metrics.json."""

    distance_m: float
    angle_deg: float

    @property
    def name(self) -> str:
        return f"{self.distance_m:g}m_{self.angle_deg:g}deg"


BOUNDS = (Bound(0.1, 1), Bound(0.25, 2), Bound(0.25, 5), Bound(0.5, 5), Bound(5, 10))
FALSE_FIX = Bound(1, 10)
AUC_DEG = (5.0, 10.0, 20.0)


def within(distances_m: Array, angles_deg: Array, bound: Bound) -> Array:
    """bool [n]: which errors keep both bounds (equality counts)."""
    return np.asarray((distances_m <= bound.distance_m) & (angles_deg <= bound.angle_deg))


def percentile(values: Array, share: float) -> float:
    """Linear between ranks as numpy's, but between something and infinity lies infinity."""
    ordered = np.sort(values)
    place = share / 100 * (len(ordered) - 1)
    low, high = ordered[int(np.floor(place))], ordered[int(np.ceil(place))]
    return float(low if low == high else low + (high - low) * (place - np.floor(place)))


def area_under_curve(errors: Array, bound: float) -> float:
    """The share of errors up to x, drawn straight from error to error from (0, 0), its area up to `bound` over `bound`.

    Errors may be infinite; they count as queries that were never solved.
    """
    ordered = np.sort(errors)
    shares = np.arange(1, len(ordered) + 1) / len(ordered)
    kept = ordered < bound
    reached = float(shares[kept][-1]) if kept.any() else 0.0
    x = np.concatenate([[0.0], ordered[kept], [bound]])
    y = np.concatenate([[0.0], shares[kept], [reached]])
    return float(np.sum(np.diff(x) * (y[1:] + y[:-1]) / 2) / bound)
