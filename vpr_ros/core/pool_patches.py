"""Generalised means (GeM): one vector from all patches, without a vocabulary. The field has two forms.

`gem`, of convolutional networks: activations as they left the network, clamped at 1e-6; mean(x^p)^(1/p).
`gem_signed`, AnyLoc's for transformers: patches of unit length; the signed root of mean(sign(x) |x|^p).
"""

from __future__ import annotations

import numpy as np

from vpr_ros.core.records import Array, Features, FloatArray

SMALLEST_ACTIVATION = 1e-6


class GeneralisedMean:
    """An `Aggregator` of the form that `signed` says."""

    def __init__(self, dimension: int, power: float, signed: bool) -> None:
        self.dimension = dimension
        self._power = power
        self._signed = signed

    def aggregate(self, features: Features) -> FloatArray:
        """[D] of unit length, or zeros when no patch is valid."""
        patches = features.patches[features.valid].astype(np.float64)
        if not len(patches):
            return np.zeros(self.dimension, np.float32)
        if self._signed:
            pooled = _signed_power((_signed_power(patches, self._power)).mean(axis=0), 1 / self._power)
        else:
            if features.norms is not None:
                patches *= features.norms[features.valid, None]
            pooled = (np.maximum(patches, SMALLEST_ACTIVATION) ** self._power).mean(axis=0) ** (1 / self._power)
        return np.asarray(pooled / max(float(np.sqrt(np.square(pooled).sum())), 1e-12), dtype=np.float32)


def _signed_power(values: Array, power: float) -> Array:
    return np.asarray(np.sign(values) * np.abs(values) ** power)
