"""Recall@K: how many queries have a right place among their first K candidates."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

RECALLS = (1, 5, 10, 20)


def first_right_ranks(right: Sequence[Sequence[bool]]) -> npt.NDArray[np.int64]:
    """For each query the rank of its first right candidate, from 1; 0 where none is."""
    return np.array([next((rank for rank, each in enumerate(row, 1) if each), 0) for row in right], dtype=np.int64)


def found_within(ranks: npt.NDArray[np.int64], count: int) -> npt.NDArray[np.bool_]:
    """Whether one of the first `count` candidates was right. Its mean is Recall@count."""
    return (ranks >= 1) & (ranks <= count)
