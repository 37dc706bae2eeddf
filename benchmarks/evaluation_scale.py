"""Exact recall of many queries among many descriptors within a memory that a laptop has.

python -m benchmarks.evaluation_scale           100,000 x 1,000
python -m benchmarks.evaluation_scale --full    1,000,000 x 10,000 of 512 floats: 2 GB on the disk, minutes

Every second query is a noisy copy of a place and asked from 10 m beside it, the others are of nowhere and asked from
there: recall over the queries with positives must be 1, over all one half.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from vpr_ros.core.records import Array
from vpr_ros.evaluation.metrics.peak_memory import peak_memory_mb
from vpr_ros.evaluation.recall_at_scale import nearest_rows, recall_at

DIMENSIONS, TOP_K, NEAR_M = 512, 20, 25.0
MOST_MB = 8000


def main(argv: Sequence[str] | None = None) -> int:
    """Print time, memory and recall; 1 when memory or recall are not what they should be."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.evaluation_scale", description=__doc__)
    parser.add_argument("--full", action="store_true", help="1,000,000 places and 10,000 queries")
    places, asked = (1_000_000, 10_000) if parser.parse_args(argv).full else (100_000, 1000)
    with tempfile.TemporaryDirectory() as folder:
        database, queries, positions, asked_from = _write(Path(folder), places, asked)
        began = time.perf_counter()
        found = nearest_rows(database, queries, TOP_K)
        among, of_all = recall_at(found, positions, asked_from, NEAR_M)
        took_s = time.perf_counter() - began
    memory = peak_memory_mb()
    print(
        f"{asked} queries among {places} x {DIMENSIONS}: {took_s:.1f} s, {took_s / asked * 1e3:.2f} ms a query, "
        f"peak memory {memory:.0f} MB (goal {MOST_MB}); R@1 {among[1]:.4f} with positives, {of_all[1]:.4f} of all"
    )
    return 0 if memory <= MOST_MB and among[1] == 1 and of_all[1] == 0.5 else 1


def _write(folder: Path, places: int, asked: int) -> tuple[Array, Array, Array, Array]:
    """(database and queries on the disk, where both were taken)."""
    rng = np.random.default_rng(0)
    database = np.lib.format.open_memmap(folder / "database.npy", "w+", np.float32, (places, DIMENSIONS))
    for start in range(0, places, 50_000):
        database[start : start + 50_000] = _unit(rng, min(50_000, places - start))
    positions = rng.uniform(0, 30 * places**0.5, (places, 2))
    taken = rng.choice(places, asked, replace=False)
    queries = _unit(rng, asked)
    queries[::2] = database[np.sort(taken[::2])] + 0.02 * rng.standard_normal((len(taken[::2]), DIMENSIONS))
    asked_from = positions[taken] + [1e7, 0]
    asked_from[::2] = positions[np.sort(taken[::2])] + [10, 0]
    np.save(folder / "queries.npy", queries.astype(np.float32))
    database.flush()
    loaded = (np.load(folder / f"{name}.npy", mmap_mode="r") for name in ("database", "queries"))
    return (*loaded, positions, asked_from)  # type: ignore[return-value]


def _unit(rng: np.random.Generator, rows: int) -> Array:
    vectors = rng.standard_normal((rows, DIMENSIONS), dtype=np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


if __name__ == "__main__":
    sys.exit(main())
