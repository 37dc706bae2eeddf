"""The benchmark flat is a contract. A change of what stands in it shows here and must be answered for."""

from __future__ import annotations

import hashlib

import numpy as np

from vpr_ros.simulation.flat import build_floor
from vpr_ros.simulation.flat_config import load_flat_config

FROZEN = "2506301bdd605844914369d58e7d1b7aaac065db1b8b3be1d1f7264e0146066c"


def test_the_benchmark_flat_is_the_one_whose_hardness_was_reported() -> None:
    config = load_flat_config()
    digest = hashlib.sha256()
    for seed in config.seeds.development:
        for index in (0, 1):
            solids = build_floor(seed, index, config.difference, paint=False).solids
            for column in (solids.kind, solids.centre, solids.half, solids.yaw, solids.texture, solids.uv, solids.tint):
                # A tenth of a millimetre: other versions of numpy may round the last bits otherwise.
                digest.update(np.rint(np.asarray(column, dtype=np.float64) * 1e4).astype(np.int64).tobytes())
    assert digest.hexdigest() == FROZEN, (
        "the benchmark flat changed: run `python -m benchmarks.flat_hardness --seed 1 --seed 2 --seed 3`, report its "
        f"figures in docs/simulation.md and CHANGELOG.rst, then write {digest.hexdigest()} here"
    )
