"""Patch embeddings of all places of a map, a byte a number: a place costs 32 KB, and stays on the disk until asked for.

A row of unit length is stored in units of its largest entry over 127. Read back it gets unit length again, so that no
scale needs to be kept; rows of zeros are cells that nothing is known of.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vpr_ros.core.records import Array, FloatArray, PatchEmbeddings

PAIRS_OF_PLACES = 300
"""Random pairs that the likeness of chance is taken from: each gives as many pairs of cells as there are."""


@dataclass(frozen=True, eq=False)
class PlaceEmbeddings:
    """codes: int8 [n, P, E]. grid: (rows, columns) of the P cells. chance: the median cosine of cells of different
    places, drawn at random: what likeness means nothing in this map.
    """

    codes: npt.NDArray[np.int8]
    grid: tuple[int, int]
    chance: float


def encode_embeddings(embeddings: PatchEmbeddings) -> npt.NDArray[np.int8]:
    """int8 [P, E], zeros where not valid."""
    largest = np.abs(embeddings.vectors).max(axis=1, keepdims=True)
    scaled = embeddings.vectors * (127 / np.maximum(largest, 1e-12))
    return np.where(embeddings.valid[:, None], np.rint(scaled), 0).astype(np.int8)


def decode_embeddings(codes: Array) -> FloatArray:
    """int8 [..., E] -> float32 of unit length, zeros where codes are zeros."""
    vectors = codes.astype(np.float32)
    lengths = np.sqrt(np.einsum("...i,...i->...", vectors, vectors))
    vectors /= np.maximum(lengths, 1)[..., None]
    return vectors


def likeness_by_chance(codes: Array, seed: int = 0) -> float:
    """The median cosine of valid cells of random pairs of places; 0 where there are no two places."""
    rng = np.random.default_rng(seed)
    firsts = rng.integers(0, len(codes), PAIRS_OF_PLACES)
    seconds = rng.integers(0, len(codes), PAIRS_OF_PLACES)
    found = []
    for first, second in zip(firsts.tolist(), seconds.tolist(), strict=True):
        if first != second:
            one, other = (decode_embeddings(codes[row][codes[row].any(axis=1)]) for row in (first, second))
            found.append((one @ other.T).ravel()[::7])
    everything = np.concatenate(found) if found else np.empty(0, np.float32)
    return float(np.median(everything)) if everything.size else 0.0
