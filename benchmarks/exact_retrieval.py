"""Exact retrieval among 100,000 places against the bare product and partition, and against FAISS flat."""

from __future__ import annotations

import numpy as np

from benchmarks.timing import medians_ms
from vpr_ros.core.retrieve_places import ExactIndex

PLACES, DIMENSIONS, TOP_K = 100_000, 512, 20


def main() -> None:
    import faiss

    rng = np.random.default_rng(0)
    descriptors = rng.standard_normal((PLACES, DIMENSIONS), dtype=np.float32)
    descriptors /= np.linalg.norm(descriptors, axis=1, keepdims=True)
    query = descriptors[4711] + 0.02 * rng.standard_normal(DIMENSIONS, dtype=np.float32)
    ours = ExactIndex(descriptors)
    flat = faiss.IndexFlatIP(DIMENSIONS)
    flat.add(descriptors)
    times = medians_ms(
        {
            "ours": lambda: ours.search(query, TOP_K),
            "product and partition": lambda: np.argpartition(descriptors @ query, -TOP_K)[-TOP_K:],
        },
        rounds=51,
    )
    # By itself: its threads keep spinning for a while and would slow whoever comes next.
    times |= medians_ms({"FAISS flat": lambda: flat.search(query[None], TOP_K)}, rounds=51)
    agree = np.array_equal(ours.search(query, TOP_K)[0], flat.search(query[None], TOP_K)[1][0])
    bare = times["product and partition"]
    print(f"exact retrieval of {TOP_K} among {PLACES} x {DIMENSIONS}, median of 51, one query:")
    for name, took_ms in times.items():
        print(f"  {name:<22} {took_ms:7.2f} ms  {took_ms / bare:5.2f} x product and partition")
    print(f"  same answer as FAISS: {'yes' if agree else 'NO'}")


if __name__ == "__main__":
    main()
