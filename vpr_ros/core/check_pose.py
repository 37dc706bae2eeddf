"""What a filter takes for granted of a pose: checked before it is published, for some crash and some believe it."""

from __future__ import annotations

import numpy as np

from vpr_ros.core.records import Array, VerifiedPose

UNIT_TOLERANCE = 1e-6
"""Consumers want quaternions of unit length within 1e-4."""
LARGEST_SPREAD = 1e12
"""Of the largest eigenvalue over the smallest: beyond it a filter's doubles cannot invert the covariance."""


def flaw_of_fix(fix: VerifiedPose) -> str | None:
    """What is wrong with the fix, or with its pose relative to a keyframe; None where it is in order."""
    flaw = _flaw("the pose", fix.map_from_base, fix.covariance)
    if flaw is None and fix.relative is not None:
        flaw = _flaw("the pose relative to its keyframe", fix.relative.place_from_base, fix.relative.covariance)
    return flaw


def _flaw(what: str, pose: Array, covariance: Array) -> str | None:
    if pose.shape != (4, 4) or not np.isfinite(pose).all():
        return f"{what} is not finite"
    rotation = pose[:3, :3]
    if not np.allclose(rotation @ rotation.T, np.eye(3), atol=UNIT_TOLERANCE) or np.linalg.det(rotation) < 0:
        return f"the rotation of {what} is none"
    if covariance.shape != (6, 6) or not np.isfinite(covariance).all():
        return f"the covariance of {what} is not finite"
    if not np.allclose(covariance, covariance.T, rtol=1e-9, atol=1e-12):
        return f"the covariance of {what} is not symmetric"
    values = np.linalg.eigvalsh(covariance)
    if values[0] <= 0 or values[-1] > LARGEST_SPREAD * values[0]:
        return f"the covariance of {what} is not positive definite"
    return None
