"""The health of `map_to_odom` for /diagnostics, as fields. Knows no rclpy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from vpr_ros.core.carry_pose import UncertainPose
from vpr_ros.core.message_fields import header_fields
from vpr_ros.core.outputs.status import ERROR, OK, WARN, status_fields

ODOMETRY_LATE_S = 1.0
# A robot that drove blind for so long is somewhere else than odometry says.
LARGE_SIGMA_M = 1.0


@dataclass(frozen=True)
class MapToOdomHealth:
    """frames: parent and child, empty until heard of. stopped: who else publishes. fault: why the last message heard
    could not be used. held: where the base is now.
    """

    frames: tuple[str, str]
    stopped: str | None
    fault: str | None
    odometry_age_s: float | None
    fix_age_s: float | None
    held: UncertainPose | None
    counts: Mapping[str, int]


def health_fields(health: MapToOdomHealth, name: str, now_ns: int) -> dict[str, Any]:
    """The fields of a diagnostic_msgs/DiagnosticArray with one status."""
    level, message = _verdict(health)
    parent, child = health.frames
    values: dict[str, Any] = {"transform": f"{parent or '?'} -> {child or '?'}"}
    for what, age_s in (("odometry", health.odometry_age_s), ("pose", health.fix_age_s)):
        if age_s is not None:
            values[f"last {what} s ago"] = float(age_s)
    if health.held is not None:
        values.update(zip(("sigma x m", "sigma y m", "sigma yaw deg"), _sigmas(health.held), strict=True))
    values.update(sorted(health.counts.items()))
    return {
        "header": header_fields(now_ns, ""),
        "status": [status_fields(level, f"{name}: transform", message, "", values)],
    }


def _verdict(health: MapToOdomHealth) -> tuple[int, str]:
    why = "" if health.fault is None else f"; {health.fault}"
    if health.stopped is not None:
        return ERROR, f"stopped: {health.stopped}; end the other one, then start this again"
    if health.odometry_age_s is None:
        return WARN, f"waiting for odometry on `odom`{why}"
    if health.odometry_age_s > ODOMETRY_LATE_S:
        return WARN, f"no odometry for {health.odometry_age_s:.0f} s{why}"
    if health.held is None:
        return WARN, f"waiting for a first pose on `pose`{why}"
    if max(_sigmas(health.held)[:2]) > LARGE_SIGMA_M:
        return WARN, f"no pose for a long way: uncertain by more than {LARGE_SIGMA_M:.0f} m{why}"
    return OK, f"publishing{why}"


def _sigmas(pose: UncertainPose) -> list[float]:
    x, y, yaw = np.sqrt(np.diagonal(pose.covariance))[[0, 1, 5]].tolist()
    return [x, y, float(np.degrees(yaw))]
