"""Describing keyframes of a map in batches against one by one, on this machine's CPU: the path that building takes."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.timing import medians_ms
from vpr_ros.core.extra_library import extra_library
from vpr_ros.core.feature_settings import CnnSettings, FeatureSettings
from vpr_ros.core.pool_patches import GeneralisedMean
from vpr_ros.core.records import Array, FloatArray
from vpr_ros.features.patches.cnn import TIMM_NAMES, Cnn, open_cnn


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", choices=list(TIMM_NAMES), default="mobilenetv2_100")
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=15)
    args = parser.parse_args(arguments)
    torch = extra_library("torch", "networks")
    extractor = random_cnn(args.model, args.batch)
    images = pictures(args.batch)
    pool = GeneralisedMean(extractor.dimension, 3.0, signed=False)

    def one_by_one() -> list[FloatArray]:
        return [pool.aggregate(extractor.extract(image)) for image in images]

    def in_a_batch() -> list[FloatArray]:
        return [pool.aggregate(features) for features in extractor.extract_batch(images)]

    agreement = min(float(a @ b) for a, b in zip(one_by_one(), in_a_batch(), strict=True))
    times = medians_ms({"one by one": one_by_one, "batched": in_a_batch}, args.rounds)
    print(f"{args.model} + GeM, 320x240, CPU, {torch.get_num_threads()} threads, median of {args.rounds}:")
    for name, took_ms in times.items():
        print(f"  {name:<12}{took_ms / args.batch:8.1f} ms a frame")
    print(f"  {times['one by one'] / times['batched']:.2f} x sooner in batches of {args.batch}")
    print(f"  least cosine between the two ways' descriptors: {agreement:.7f}")


def random_cnn(model: str, batch: int) -> Cnn:
    """The extractor with random weights: its speed does not depend on them."""
    import timm
    import torch

    torch.manual_seed(0)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "random.pth"
        torch.save(timm.create_model(model, pretrained=False).state_dict(), path)
        settings = FeatureSettings(device="cpu", batch=batch, cnn=CnnSettings(model=model, weights=str(path)))
        return open_cnn(settings)


def pictures(count: int) -> list[Array]:
    rng = np.random.default_rng(0)
    return [rng.integers(0, 256, (240, 320, 3), dtype=np.uint8) for _ in range(count)]


if __name__ == "__main__":
    main()
