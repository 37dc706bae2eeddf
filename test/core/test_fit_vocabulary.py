from __future__ import annotations

import numpy as np
import pytest

from vpr_ros.core.errors import SourceError
from vpr_ros.core.fit_vocabulary import fit_vocabulary


def bundles(rng: np.random.Generator, directions: np.ndarray, count: int, spread: float) -> np.ndarray:
    """Unit vectors scattered about each direction."""
    rows = np.repeat(directions, count, axis=0) + spread * rng.standard_normal(
        (len(directions) * count, len(directions[0]))
    )
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture
def patches() -> np.ndarray:
    rng = np.random.default_rng(0)
    directions = np.linalg.qr(rng.standard_normal((16, 16)))[0][:6]
    return rng.permutation(bundles(rng, directions, 200, 0.05))


def test_centres_are_plain_means_of_the_bundles(patches):
    centres = fit_vocabulary(lambda: iter([patches]), 6, seed=3)
    nearest = np.argmax(patches @ centres.T / np.linalg.norm(centres, axis=1), axis=1)
    assert sorted(np.bincount(nearest)) == [200] * 6
    means = np.stack([patches[nearest == k].mean(axis=0) for k in range(6)])
    np.testing.assert_allclose(centres, means, atol=1e-6)
    assert (np.linalg.norm(centres, axis=1) < 0.999).all()


def test_batches_do_not_change_the_result(patches):
    whole = fit_vocabulary(lambda: iter([patches]), 6, seed=0)
    parts = fit_vocabulary(lambda: iter(np.array_split(patches, 7)), 6, seed=0)
    np.testing.assert_allclose(whole, parts, atol=1e-6)


def test_the_seed_decides(patches):
    again = [fit_vocabulary(lambda: iter([patches]), 9, seed) for seed in (1, 1, 2)]
    np.testing.assert_array_equal(again[0], again[1])
    assert not np.array_equal(again[0], again[2])


def test_no_more_than_a_sample_is_held(patches):
    """Batches are asked for again each round and may be dropped afterwards."""
    asked = []

    def batches():
        asked.append(0)
        for part in np.array_split(patches, 5):
            yield part.copy()

    fit_vocabulary(batches, 6, seed=0)
    assert len(asked) > 2


def test_equal_patches_do_not_break_it():
    same = np.tile(np.eye(4, dtype=np.float32)[:1], (50, 1))
    centres = fit_vocabulary(lambda: iter([same]), 3, seed=0)
    assert np.isfinite(centres).all()


def test_too_few_patches_are_refused():
    with pytest.raises(SourceError, match="3 describable patches cannot make 8 clusters"):
        fit_vocabulary(lambda: iter([np.eye(3, dtype=np.float32)]), 8, seed=0)


def test_no_batch_at_all_is_refused():
    with pytest.raises(SourceError, match="0 describable patches"):
        fit_vocabulary(lambda: iter([]), 8, seed=0)
