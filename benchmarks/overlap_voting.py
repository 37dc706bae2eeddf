"""How long 20 candidates of 256 patches take to be voted for, beside one candidate after another.

    python benchmarks/overlap_voting.py [--candidates 20] [--torch cpu|cuda]

Random embeddings of trained ones' size, from a memory-mapped file as in a map; decoding from bytes included. The plain
alternative is what one writes first: for each candidate a product, a mask and two sums (TF-IDF).
Times are medians; on a busy machine the ratio is what to look at. The loss by bytes is that of cosines and of scores.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from vpr_ros.sleeping_threads import let_threads_sleep

let_threads_sleep()

import numpy as np  # noqa: E402

from vpr_ros.core.place_embeddings import PlaceEmbeddings, decode_embeddings, encode_embeddings  # noqa: E402
from vpr_ros.core.records import Array, PatchEmbeddings  # noqa: E402
from vpr_ros.core.rerank_overlap import NumpyVoteCounter, VoteCounter, Votes, vote_weights  # noqa: E402

PLACES, CELLS, LENGTH = 500, 256, 128
THRESHOLD = 0.7


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--candidates", type=int, default=20)
    parser.add_argument("--runs", type=int, default=100)
    parser.add_argument("--torch", metavar="DEVICE", help="count by torch on this device too")
    args = parser.parse_args()
    rng = np.random.default_rng(0)
    vectors = _like_scenes(rng, PLACES + 1)
    valid = np.ones(CELLS, bool)
    with tempfile.TemporaryDirectory() as folder:
        places = _on_disk(Path(folder) / "codes.npy", vectors[1:], valid)
        shortlists = [rng.choice(PLACES, args.candidates, replace=False).tolist() for _ in range(args.runs)]
        plain = _median_ms(lambda rows: _one_by_one(vectors[0], places.codes, rows), shortlists)
        print(f"{args.candidates} candidates of {CELLS} patches, {LENGTH} bytes each")
        print(f"one by one   {plain:7.2f} ms")
        counters: dict[str, VoteCounter] = {"numpy": NumpyVoteCounter(places)}
        if args.torch:
            counters |= _torch_counter(places, args.torch)
        for name, counter in counters.items():
            for scoring in ("tfidf", "mutual"):
                spent = _median_ms(_scores_by(counter, vectors[0], scoring), shortlists)
                print(f"{name}, {scoring:<6} {spent:7.2f} ms, {plain / spent:.1f} times as fast")
    _print_loss(vectors, valid)


def _like_scenes(rng: np.random.Generator, count: int) -> Array:
    """Embeddings of images that share some of what they show, so that there is something to vote for."""
    things = rng.standard_normal((2000, LENGTH))
    shown = things[rng.integers(0, len(things), (count, CELLS))] + 0.5 * rng.standard_normal((count, CELLS, LENGTH))
    return np.asarray(shown / np.linalg.norm(shown, axis=2, keepdims=True), dtype=np.float32)


def _on_disk(path: Path, vectors: Array, valid: Array) -> PlaceEmbeddings:
    np.save(path, np.stack([encode_embeddings(PatchEmbeddings(each, valid, (16, 16))) for each in vectors]))
    return PlaceEmbeddings(np.load(path, mmap_mode="r"), (16, 16), 0.0)


def _one_by_one(query: Array, codes: Array, rows: list[int]) -> Array:
    hits, sums = [], []
    for row in rows:
        likeness = query @ decode_embeddings(codes[row]).T
        near = likeness > THRESHOLD
        hits.append(near.sum(axis=1))
        sums.append((likeness * near).sum(axis=1))
    votes = Votes(np.array(hits, dtype=np.float64), np.array(sums, dtype=np.float64))
    return np.asarray((vote_weights(votes, "tfidf") * votes.sums).sum(axis=1))


def _scores_by(counter: VoteCounter, query: Array, scoring: str) -> Callable[[list[int]], Array]:
    def score(rows: list[int]) -> Array:
        votes = counter.count(query, rows, THRESHOLD, scoring == "mutual")
        return np.asarray((vote_weights(votes, scoring) * votes.sums).sum(axis=1))

    return score


def _torch_counter(places: PlaceEmbeddings, device: str) -> dict[str, VoteCounter]:
    import torch

    from vpr_ros.features.torch_votes import TorchVoteCounter

    return {f"torch {device}": TorchVoteCounter(places, torch.device(device))}


def _median_ms(work: Callable[[list[int]], Array], shortlists: list[list[int]]) -> float:
    spent = []
    for rows in shortlists:
        began = time.perf_counter()
        work(rows)
        spent.append(time.perf_counter() - began)
    return float(np.median(spent)) * 1e3


def _print_loss(vectors: Array, valid: Array) -> None:
    back = np.stack([decode_embeddings(encode_embeddings(PatchEmbeddings(v, valid, (16, 16)))) for v in vectors[:9]])
    exact, coded = (each[0] @ each[1:].reshape(-1, LENGTH).T for each in (vectors[:9], back))
    error = np.abs(exact - coded)
    print(f"bytes instead of floats move a cosine by {error.mean():.5f} (mean), {error.max():.5f} at most")
    sums = [(each * (each > THRESHOLD)).reshape(CELLS, 8, CELLS).sum(axis=(0, 2)) for each in (exact, coded)]
    print(f"and a plain score by {np.abs(sums[0] - sums[1]).max() / sums[0].mean():.2%} at most")


if __name__ == "__main__":
    main()
