"""Where training begins: the linear map of patches under which cells that belong together differ alike in every way.

Learned whitening in closed form: directions in which matching cells scatter (light, viewpoint, what pooling mixes) are
shortened, then the longest of what remains are kept. It takes seconds, and gradient steps begin far nearer their end
than from the patches as they are.
"""

from __future__ import annotations

import numpy as np

from vpr_ros.core.records import Array, FloatArray
from vpr_ros.training.training_data import TrainingData

MOST_PAIRS = 1200
"""Pairs of images that scatter is taken from: some 80,000 pairs of cells."""
SHRINKAGE = 0.1
"""Share of the mean scatter that is added in every direction: few pairs know little of the shortest."""


def whiten_patches(data: TrainingData, dimensions: int, seed: int) -> tuple[FloatArray, FloatArray]:
    """float32 [R, E] and [E]: the weight and bias of `patch @ weight + bias`, from the training pairs that overlap."""
    within, whole, mean = _scatter(data, np.random.default_rng([seed, MOST_PAIRS]))
    lengths, axes = np.linalg.eigh(within + SHRINKAGE * np.trace(within) / len(mean) * np.eye(len(mean)))
    shorten = axes / np.sqrt(np.maximum(lengths, 1e-12))
    _, turns = np.linalg.eigh(shorten.T @ whole @ shorten)
    weight = shorten @ turns[:, ::-1][:, :dimensions]
    weight *= 1 / np.sqrt(np.trace(weight.T @ whole @ weight) + 1e-12)  # cells get about unit length, as patches have
    return weight.astype(np.float32), (-mean @ weight).astype(np.float32)


def _scatter(data: TrainingData, rng: np.random.Generator) -> tuple[Array, Array, Array]:
    """Of matching cells around each other [R, R], of all cells around their mean [R, R], and that mean [R]."""
    width = data.drives[0].pooled.shape[-1]
    lights = data.drives[0].pooled.shape[1] // 2
    within, whole, total = np.zeros((width, width)), np.zeros((width, width)), np.zeros(width)
    matches = cells = 0
    overlapping = np.flatnonzero(np.diff(data.train.starts))
    for pair in rng.permutation(overlapping)[:MOST_PAIRS].tolist():
        views = np.array([data.train.pairs.first[pair], data.train.pairs.second[pair]])
        pooled, use = data.cells(views, 2 * rng.integers(0, lights, 2))
        here, there = data.train.cells_of(pair).T
        both = use[0][here] & use[1][there]
        apart = (pooled[0][here[both]] - pooled[1][there[both]]).astype(np.float64)
        every = pooled[use].astype(np.float64)
        within += apart.T @ apart / 2
        whole += every.T @ every
        total += every.sum(axis=0)
        matches, cells = matches + len(apart), cells + len(every)
    mean = total / max(cells, 1)
    return within / max(matches, 1), whole / max(cells, 1) - np.outer(mean, mean), mean
