"""From the patches of an image to one small vector for each cell of a grid over it: what overlap is predicted from.

Features come as one grid or as several scales, finer or coarser than the cells. Rows of patches are taken apart into
the regular grids that they were made as; each is laid over the cells separably, by what of a cell its patches cover.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from vpr_ros.core.overlap_encoder import GRID, OverlapEncoder
from vpr_ros.core.records import Array, Features, FloatArray, PatchEmbeddings

CELLS = GRID[0] * GRID[1]
RAW_DIMENSION = 128
"""Untrained patches longer than this are projected: a place shall not cost more than with a trained encoder."""
LEAST_VALID = 0.25
"""A cell with less than this share of it described shows mostly a blank wall or padding, and says nothing."""


@dataclass(frozen=True, eq=False)
class PatchEmbedder:
    """Makes embeddings: by a trained encoder; else of raw patches, through `projection` (float32 [D, E]) where they
    are long."""

    encoder: OverlapEncoder | None = None
    projection: FloatArray | None = None

    def length(self, dimension: int) -> int:
        """E, of an embedding of patches of this length."""
        if self.encoder is not None:
            return self.encoder.dimension
        return dimension if self.projection is None else int(self.projection.shape[1])

    def embed(self, features: Features, size_px: tuple[int, int]) -> PatchEmbeddings:
        """The embeddings of an image of this width and height, the one that was given to the extractor."""
        pooled, valid = pool_to_grid(features, size_px)
        if self.encoder is not None:
            vectors = self.encoder.encode(pooled, size_px)
        elif self.projection is not None:
            vectors = _unit_rows(pooled @ self.projection)
        else:
            vectors = pooled
        return PatchEmbeddings(np.where(valid[:, None], vectors, np.float32(0)), valid, GRID)


def raw_embedder(dimension: int, seed: int = 0) -> PatchEmbedder:
    """For patches of this length, without any training: as they are, or by random orthonormal directions, which keep
    angles to about 1 / sqrt(128)."""
    if dimension <= RAW_DIMENSION:
        return PatchEmbedder()
    normal = np.random.default_rng(seed).standard_normal((dimension, RAW_DIMENSION))
    return PatchEmbedder(projection=np.linalg.qr(normal)[0].astype(np.float32))


def pool_to_grid(features: Features, size_px: tuple[int, int]) -> tuple[FloatArray, npt.NDArray[np.bool_]]:
    """Patches of an image of this width and height -> float32 [P, D] of unit length (zeros where not valid), bool [P].

    P cells of `GRID`, row by row. A finer grid is pooled by area, a coarser one interpolated; of several scales each
    counts alike where it reaches. What is not valid does not enter.
    """
    dimension = features.patches.shape[1]
    total, known, covered = np.zeros((CELLS, dimension), np.float32), np.zeros(CELLS), np.zeros(CELLS)
    for piece in _pieces(np.asarray(features.centres_px, np.float32).tobytes(), size_px):
        described = features.valid[piece.rows].reshape(piece.down.shape[1], -1)
        patches = features.patches[piece.rows]
        if not described.all():
            patches = np.where(described.reshape(-1, 1), patches, np.float32(0))
        total += _laid_over(piece, patches.reshape(*described.shape, dimension))
        known += (piece.down @ described @ piece.right.T).ravel()
        covered += np.outer(piece.down.sum(axis=1), piece.right.sum(axis=1)).ravel()
    valid = np.asarray((known > 0) & (known >= LEAST_VALID * covered) & np.isfinite(total).all(axis=1))
    return _unit_rows(np.where(valid[:, None], total, np.float32(0))), valid


@dataclass(frozen=True, eq=False)
class _Piece:
    """A regular grid among rows of patches. down: float32 [rows of cells, rows of patches], right the same of columns:
    how much of a cell belongs to a patch, 1 in all where the grid covers it."""

    rows: slice
    down: FloatArray
    right: FloatArray


@lru_cache(maxsize=16)
def _pieces(centres: bytes, size_px: tuple[int, int]) -> tuple[_Piece, ...]:
    """Cached: all images of one size have their patches at the same pixels."""
    xy = np.frombuffer(centres, np.float32).reshape(-1, 2).astype(np.float64)
    where = (xy + 0.5) / np.array(size_px) * np.array(GRID[::-1])  # in cells from the image's corner
    found = []
    for rows, columns in _regular_grids(xy):
        ups = where[rows][::columns, 1]
        found.append(_Piece(rows, _shares(ups, GRID[0]), _shares(where[rows][:columns, 0], GRID[1])))
    return tuple(found)


def _regular_grids(xy: Array) -> list[tuple[slice, int]]:
    """The rows of patches that are a grid, one line after another from above, and how many patches are in a line."""
    if not len(xy):
        return []
    starts = [0, *(np.flatnonzero((np.diff(xy[:, 1]) != 0) | (np.diff(xy[:, 0]) <= 0)) + 1).tolist(), len(xy)]
    lines = list(pairwise(starts))
    grids: list[list[int]] = []
    for first, last in lines:
        if grids:
            _, end, columns = grids[-1]
            previous = xy[end - columns : end]
            alike = columns == last - first and np.array_equal(previous[:, 0], xy[first:last, 0])
            if alike and xy[first, 1] > previous[0, 1]:
                grids[-1][1] = last
                continue
        grids.append([first, last, last - first])
    return [(slice(start, end), columns) for start, end, columns in grids]


def _shares(centres: Array, cells: int) -> FloatArray:
    """[cells, patches] of one axis: how much of each cell patches at these ascending places stand for."""
    step = float(np.median(np.diff(centres))) if len(centres) > 1 else float(cells)
    away = np.abs(np.arange(cells)[:, None] + 0.5 - centres[None])
    if step >= 1:  # coarser than cells: interpolated between neighbours, held beyond the last
        weights = np.maximum(0.0, 1 - away / step)
        sums = weights.sum(axis=1, keepdims=True)
        return np.asarray(weights / np.where(sums > 0, sums, 1), dtype=np.float32)
    return np.asarray(np.clip((1 + step) / 2 - away, 0, step), dtype=np.float32)  # the length that cell and patch share


def _laid_over(piece: _Piece, patches: FloatArray) -> FloatArray:
    """[rows, columns, D] -> [P, D]. Many small products: one large one would wake BLAS's threads for a millisecond."""
    by_row = np.matmul(piece.down, patches.transpose(1, 0, 2))
    return np.asarray(np.matmul(piece.right, by_row.transpose(1, 0, 2)).reshape(CELLS, patches.shape[2]))


def _unit_rows(vectors: FloatArray) -> FloatArray:
    """Rows of unit length; zeros stay zeros."""
    lengths = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))[:, None]
    return np.asarray(vectors / np.maximum(lengths, 1e-12), dtype=np.float32)
