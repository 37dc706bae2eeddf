"""Where training begins: the patches themselves, seen from their mean, along the directions in which they differ most.

An encoder that learned little is then no worse than the patches. Whitening by what matching cells differ in begins
nearer to the training drives, and ends further from images of another kind.
"""

from __future__ import annotations

import numpy as np

from vpr_ros.core.records import FloatArray
from vpr_ros.core.spread import spread
from vpr_ros.training.training_data import TrainingData

MOST_VIEWS = 500


def centre_patches(data: TrainingData, dimensions: int) -> tuple[FloatArray, FloatArray]:
    """float32 [R, E] and [E]: weight and bias of `patch @ weight + bias`, cells of about unit length around their mean.

    Taken from views that train; as many `dimensions` as a patch has numbers keep every angle.
    """
    views = np.array(spread(np.unique([data.train.pairs.first, data.train.pairs.second]), MOST_VIEWS))
    width = data.drives[0].pooled.shape[-1]
    squares, total, count = np.zeros((width, width)), np.zeros(width), 0
    for view in views.tolist():
        pooled, use = data.cells(np.array([view]), np.zeros(1, int))
        cells = pooled[use].astype(np.float64)
        squares += cells.T @ cells
        total += cells.sum(axis=0)
        count += len(cells)
    mean = total / max(count, 1)
    scatter = squares / max(count, 1) - np.outer(mean, mean)
    _, axes = np.linalg.eigh(scatter)
    weight = axes[:, ::-1][:, :dimensions]
    weight = weight / np.sqrt(np.trace(weight.T @ scatter @ weight) + 1e-12)
    return weight.astype(np.float32), (-mean @ weight).astype(np.float32)
