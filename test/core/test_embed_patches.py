"""Pooling to the grid: what lies where, what is masked, whatever the grid of the features."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vpr_ros.core.embed_patches import CELLS, PatchEmbedder, pool_to_grid, raw_embedder
from vpr_ros.core.feature_settings import DenseSiftSettings
from vpr_ros.core.overlap_encoder import GRID, OverlapEncoder
from vpr_ros.core.records import Features
from vpr_ros.features.multi_scale import join_features
from vpr_ros.features.patches.dense_sift import DenseSift

SIZE = (320, 240)


def grid_features(rows: int, columns: int, size: tuple[int, int] = SIZE, dimension: int = 4, seed: int = 0) -> Features:
    """Patches laid evenly over an image, as a network makes them."""
    patches = np.random.default_rng(seed).standard_normal((rows * columns, dimension)).astype(np.float32)
    patches /= np.linalg.norm(patches, axis=1, keepdims=True)
    xs = (np.arange(columns) + 0.5) * size[0] / columns - 0.5
    ys = (np.arange(rows) + 0.5) * size[1] / rows - 0.5
    centres = np.stack(np.meshgrid(xs, ys), axis=-1).reshape(-1, 2).astype(np.float32)
    return Features(patches, centres, np.ones(rows * columns, bool), (rows, columns))


def unit(rows: np.ndarray) -> np.ndarray:
    return rows / np.linalg.norm(rows, axis=-1, keepdims=True)


def test_a_grid_like_the_cells_stays_as_it_is():
    features = grid_features(*GRID)
    pooled, valid = pool_to_grid(features, SIZE)
    assert valid.all()
    np.testing.assert_allclose(pooled, features.patches, atol=1e-6)


def test_a_finer_grid_is_pooled_by_area():
    features = grid_features(48, 32)
    pooled, _ = pool_to_grid(features, SIZE)
    means = features.patches.reshape(16, 3, 16, 2, 4).mean(axis=(1, 3)).reshape(CELLS, 4)
    np.testing.assert_allclose(pooled, unit(means), atol=1e-5)


def test_patches_that_two_cells_share_count_in_each_by_their_part():
    features = grid_features(24, 16)  # one and a half patches a cell, from above
    pooled, _ = pool_to_grid(features, SIZE)
    first, second = features.patches.reshape(24, 16, 4)[[0, 1], 0]
    np.testing.assert_allclose(pooled[0], unit(first + second / 2), atol=1e-5)


def test_a_coarser_grid_is_interpolated():
    features = grid_features(8, 8)
    pooled, valid = pool_to_grid(features, SIZE)
    assert valid.all()
    corner = features.patches.reshape(8, 8, 4)[0, 0]
    np.testing.assert_allclose(pooled[0], corner, atol=1e-6)  # held beyond the outermost patch
    left, right = features.patches.reshape(8, 8, 4)[0, :2]
    np.testing.assert_allclose(pooled[1], unit(0.75 * left + 0.25 * right), atol=1e-5)


@given(
    rows=st.integers(1, 40),
    columns=st.integers(1, 40),
    size=st.tuples(st.integers(40, 400), st.integers(40, 400)),
    invalid=st.sets(st.integers(0, 39)),
    poison=st.sampled_from([0.0, 1e6, np.nan, np.inf]),
)
@settings(max_examples=40, deadline=None)
def test_what_is_not_valid_never_leaks(rows, columns, size, invalid, poison):
    clean = grid_features(rows, columns, size)
    valid = ~np.isin(np.arange(rows * columns) % 40, list(invalid))
    dirty = np.where(valid[:, None], clean.patches, np.float32(poison))
    first, known = pool_to_grid(Features(clean.patches, clean.centres_px, valid), size)
    second, also_known = pool_to_grid(Features(dirty, clean.centres_px, valid), size)
    np.testing.assert_array_equal(first, second)
    np.testing.assert_array_equal(known, also_known)
    assert np.isfinite(second).all()
    lengths = np.linalg.norm(second, axis=1)
    np.testing.assert_allclose(lengths[known], 1, atol=1e-5)
    assert not lengths[~known].any()


def test_padding_makes_cells_that_are_not_valid():
    features = grid_features(16, 16)
    valid = features.valid.reshape(GRID).copy()
    valid[:, 10:] = False
    _, known = pool_to_grid(Features(features.patches, features.centres_px, valid.ravel(), GRID), SIZE)
    np.testing.assert_array_equal(known.reshape(GRID), valid)


def test_scales_count_alike_however_many_patches_they_have():
    fine, coarse = grid_features(64, 64, seed=1), grid_features(16, 16, seed=2)
    both, _ = pool_to_grid(join_features([fine, coarse]), SIZE)
    alone, _ = pool_to_grid(coarse, SIZE)
    means = fine.patches.reshape(16, 4, 16, 4, 4).mean(axis=(1, 3)).reshape(CELLS, 4)
    np.testing.assert_allclose(both, unit(means + alone), atol=1e-4)


def test_dense_sift_reaches_every_cell_and_says_what_is_blank():
    image = np.random.default_rng(0).integers(0, 255, (240, 320, 3), dtype=np.uint8)
    image[:, :160] = 128
    pooled, valid = pool_to_grid(DenseSift(DenseSiftSettings()).extract(image), SIZE)
    cells = valid.reshape(GRID)
    assert cells[:, 9:].all()
    assert not cells[:, :6].any()
    assert np.isfinite(pooled).all()


def test_an_image_without_patches_has_no_cells():
    empty = Features(np.zeros((0, 4), np.float32), np.zeros((0, 2), np.float32), np.zeros(0, bool))
    pooled, valid = pool_to_grid(empty, (20, 20))
    assert pooled.shape == (CELLS, 4)
    assert not valid.any()


def test_raw_patches_are_kept_where_short_and_projected_where_long():
    features = grid_features(16, 16, dimension=4)
    np.testing.assert_allclose(raw_embedder(4).embed(features, SIZE).vectors, features.patches, atol=1e-6)
    embedder = raw_embedder(1280)
    long = grid_features(16, 16, dimension=1280)
    vectors = embedder.embed(long, SIZE).vectors
    assert vectors.shape == (CELLS, 128)
    assert embedder.length(1280) == 128
    assert raw_embedder(4).length(4) == 4
    error = vectors @ vectors.T - long.patches @ long.patches.T
    assert np.abs(error).mean() < 0.1


def test_a_trained_encoder_embeds_what_is_valid():
    rng = np.random.default_rng(0)

    def numbers(*shape: int) -> np.ndarray:
        return rng.standard_normal(shape).astype(np.float32)

    encoder = OverlapEncoder(
        *(numbers(4, 6), numbers(6), numbers(2, 5), numbers(5), numbers(5), numbers(5), numbers(5, 6), numbers(6)),
        fingerprint={},
    )
    features = grid_features(16, 16)
    valid = np.arange(CELLS) % 3 > 0
    embedder = PatchEmbedder(encoder)
    made = embedder.embed(Features(features.patches, features.centres_px, valid, GRID), SIZE)
    whole = encoder.encode(features.patches, SIZE)
    np.testing.assert_allclose(made.vectors[valid], whole[valid], atol=1e-5)
    assert not made.vectors[~valid].any()
    assert embedder.length(4) == 6
    assert made.grid == GRID


@pytest.mark.parametrize("size", [SIZE, (240, 320)])
def test_the_upper_left_of_an_image_is_the_first_cell(size):
    features = grid_features(16, 16, size)
    pooled, _ = pool_to_grid(features, size)
    first = int(np.argmin(features.centres_px.sum(axis=1)))
    np.testing.assert_allclose(pooled[0], features.patches[first], atol=1e-6)
