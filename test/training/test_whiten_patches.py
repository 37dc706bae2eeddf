from __future__ import annotations

import numpy as np

from vpr_ros.training.whiten_patches import whiten_patches


def test_matching_cells_get_nearer_than_others(data):
    """Measured by the ratio that whitening makes small: scatter of matching cells to that of all."""
    weight, bias = whiten_patches(data, 128, 0)
    assert (weight.shape, bias.shape) == ((128, 128), (128,))

    def ratio(encode) -> float:
        apart, whole = [], []
        for pair in np.flatnonzero(data.train.pairs.bins > 1)[:20]:
            views = np.array([data.train.pairs.first[pair], data.train.pairs.second[pair]])
            pooled, _ = data.cells(views, np.array([0, 2]))
            cells = data.train.cells_of(pair).astype(int)
            one, other = encode(pooled[0]), encode(pooled[1])
            apart.append(1 - (one[cells[:, 0]] * other[cells[:, 1]]).sum(axis=1))
            whole.append(1 - (one[cells[:, 0]] * other[np.roll(cells[:, 1], 7)]).sum(axis=1))
        return float(np.concatenate(apart).mean() / np.concatenate(whole).mean())

    def unit(vectors):
        return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)

    assert ratio(lambda cells: unit(cells @ weight + bias)) < ratio(unit)


def test_fewer_dimensions_are_the_first_ones(data):
    whole, short = (whiten_patches(data, dimensions, 0)[0] for dimensions in (128, 16))
    assert short.shape == (128, 16)
    cosines = np.abs((whole[:, :16] * short).sum(axis=0))
    np.testing.assert_allclose(
        cosines, np.linalg.norm(whole[:, :16], axis=0) * np.linalg.norm(short, axis=0), rtol=1e-3
    )
