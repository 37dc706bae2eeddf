"""Stage three: an image's patches become one descriptor.

Hard VLAD: every patch x goes to the centre c_k of largest cosine; V_k is the sum of x - c_k over its patches; each
V_k is scaled to unit length (a centre without patches stays zero), all are joined and the whole is scaled again.
"""

from __future__ import annotations

import numpy as np

from vpr_ros.core.records import Array, Features, FloatArray


def assign_clusters(patches: FloatArray, centres: FloatArray) -> Array:
    """Index of the centre of largest cosine for each of [N, D] patches."""
    directions = centres / np.maximum(np.linalg.norm(centres, axis=1, keepdims=True), 1e-12)
    return np.asarray(np.argmax(patches @ directions.T, axis=1))


def aggregate_vlad(features: Features, centres: FloatArray) -> FloatArray:
    """Features and [K, D] centres -> [K * D] of unit length, or zeros when no patch is valid."""
    patches = features.patches[features.valid]
    assigned = assign_clusters(patches, centres)
    members = np.zeros((len(centres), len(patches)), np.float32)
    members[assigned, np.arange(len(patches))] = 1.0
    residuals = members @ patches - members.sum(axis=1, keepdims=True) * centres
    residuals /= np.maximum(np.linalg.norm(residuals, axis=1, keepdims=True), 1e-12)
    descriptor = residuals.reshape(-1)
    return np.asarray(descriptor / max(float(np.linalg.norm(descriptor)), 1e-12), dtype=np.float32)
