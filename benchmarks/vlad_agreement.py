"""Hard VLAD against its formula, patch by patch in double precision, on random tensors with empty clusters."""

from __future__ import annotations

import numpy as np

from vpr_ros.core.records import Features
from vpr_ros.core.vlad import HardVlad


def main() -> None:
    worst, empty = 0.0, 0
    for seed in range(50):
        rng = np.random.default_rng(seed)
        patches, centres = _unit_rows(rng, 300, 128), 0.8 * _unit_rows(rng, 128, 128)
        features = Features(patches, np.zeros((300, 2), np.float32), np.ones(300, bool))
        wanted, unused = _formula(patches.astype(np.float64), centres.astype(np.float64))
        worst = max(worst, float(np.abs(HardVlad(centres, np.arange(128)).aggregate(features) - wanted).max()))
        empty += unused
    print(f"hard VLAD: largest difference to the formula {worst:.1e} over 50 random tensors ({empty} empty clusters)")


def _unit_rows(rng: np.random.Generator, count: int, dimension: int) -> np.ndarray:
    rows = rng.standard_normal((count, dimension))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def _formula(patches: np.ndarray, centres: np.ndarray) -> tuple[np.ndarray, int]:
    sums = np.zeros_like(centres)
    for x in patches:
        nearest = int(np.argmax(centres @ x / np.linalg.norm(centres, axis=1)))
        sums[nearest] += x - centres[nearest]
    lengths = np.linalg.norm(sums, axis=1)
    sums[lengths > 0] /= lengths[lengths > 0, None]
    joined = sums.reshape(-1)
    return joined / np.linalg.norm(joined), int((lengths == 0).sum())


if __name__ == "__main__":
    main()
