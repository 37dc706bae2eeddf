from __future__ import annotations

import numpy as np

from vpr_ros.training.centre_patches import centre_patches


def some_cells(data) -> np.ndarray:
    views = np.unique([data.train.pairs.first, data.train.pairs.second])
    pooled, use = data.cells(views, np.zeros(len(views), int))
    return pooled[use]


def cosines(vectors: np.ndarray) -> np.ndarray:
    some = vectors[::37]
    unit = some / np.linalg.norm(some, axis=1, keepdims=True)
    return unit @ unit.T


def test_training_begins_with_the_angles_between_patches_around_their_mean(data):
    cells = some_cells(data)
    weight, bias = centre_patches(data, cells.shape[1])
    np.testing.assert_allclose(cosines(cells @ weight + bias), cosines(cells - cells.mean(axis=0)), atol=1e-3)


def test_cells_are_about_as_long_as_patches(data):
    """What a place adds is learned in these units."""
    cells = some_cells(data)
    for dimensions in (cells.shape[1], 16):
        weight, bias = centre_patches(data, dimensions)
        assert weight.shape == (cells.shape[1], dimensions)
        lengths = np.linalg.norm(cells @ weight + bias, axis=1)
        assert 0.99 < np.sqrt(np.square(lengths).mean()) < 1.01


def test_fewer_dimensions_are_those_that_differ_most(data):
    cells = some_cells(data)
    weight, bias = centre_patches(data, 16)
    spread = (cells @ weight + bias).std(axis=0)
    assert (np.diff(spread) <= 1e-4).all()
    scattered = np.square(cells - cells.mean(axis=0)).mean(axis=0)
    assert np.square(spread).sum() * scattered.sum() > scattered[:16].sum()  # of all, as one: they are of unit length
