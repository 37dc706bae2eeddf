"""A byte a number: what is lost, and what likeness means nothing."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from vpr_ros.core.place_embeddings import decode_embeddings, encode_embeddings, likeness_by_chance
from vpr_ros.core.records import PatchEmbeddings


def embeddings(vectors: np.ndarray) -> PatchEmbeddings:
    vectors = np.asarray(vectors, np.float32)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    valid = lengths[:, 0] > 1e-6
    return PatchEmbeddings(np.where(valid[:, None], vectors / np.maximum(lengths, 1e-6), 0), valid, (len(vectors), 1))


@given(arrays(np.float64, (5, 16), elements=st.floats(-1, 1)))
@settings(max_examples=60, deadline=None)
def test_a_row_comes_back_with_unit_length_and_nearly_the_same_direction(vectors):
    made = embeddings(vectors)
    back = decode_embeddings(encode_embeddings(made))
    np.testing.assert_allclose(np.linalg.norm(back, axis=1), made.valid, atol=1e-6)
    assert ((back * made.vectors).sum(axis=1)[made.valid] > 1 - 1e-4).all()


def test_the_cosines_of_long_rows_move_by_less_than_a_thousandth():
    vectors = np.random.default_rng(0).standard_normal((256, 128))
    made = embeddings(vectors)
    back = decode_embeddings(encode_embeddings(made))
    moved = np.abs(back @ back.T - made.vectors @ made.vectors.T)
    assert 0 < moved.max() < 5e-3
    assert moved.mean() < 1e-3


def test_what_is_not_valid_is_zeros():
    made = embeddings(np.array([[1.0, 0.0], [0.0, 0.0]]))
    codes = encode_embeddings(made)
    assert codes.tolist() == [[127, 0], [0, 0]]
    assert not decode_embeddings(codes)[1].any()


def test_chance_is_the_median_cosine_of_different_places():
    rng = np.random.default_rng(0)
    places = [rng.standard_normal((32, 8)) + 3 * np.eye(8)[0] for _ in range(20)]
    codes = np.stack([encode_embeddings(embeddings(place)) for place in places])
    vectors = decode_embeddings(codes)
    pairs = [vectors[a] @ vectors[b].T for a in range(20) for b in range(20) if a != b]
    assert abs(likeness_by_chance(codes) - np.median(pairs)) < 0.02


def test_one_place_or_none_that_shows_anything_has_no_chance():
    one = encode_embeddings(embeddings(np.eye(4)))[None]
    assert likeness_by_chance(one) == 0
    assert likeness_by_chance(np.zeros((3, 4, 4), np.int8)) == 0
