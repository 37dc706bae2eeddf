"""DenseSIFT + VLAD + PCA of a 640x480 frame against OpenCV's SIFT.compute on the same grid, in the same run.

Twice: with libraries as they come, whose waiting threads spin and are in the way of both contenders, and with these
threads asleep, as in the processes `vpr` and `localizer`.
"""

from __future__ import annotations

import os
import subprocess
import sys

import cv2
import numpy as np

from benchmarks.timing import medians_ms
from vpr_ros.core.describe_image import ImageDescriber, Member, StageClock
from vpr_ros.core.feature_settings import DenseSiftSettings
from vpr_ros.core.prepare_image import prepare_image
from vpr_ros.core.records import Array
from vpr_ros.core.reduce_descriptor import Projection
from vpr_ros.core.settings import Settings
from vpr_ros.core.vlad import HardVlad
from vpr_ros.features.patches.dense_sift import DenseSift
from vpr_ros.sleeping_threads import TIMEOUT

ROUNDS = 61


def main() -> None:
    for name, environment in (("libraries as they come", {}), ("waiting threads asleep", dict([TIMEOUT]))):
        print(f"{name}: ", end="", flush=True)
        others = {key: value for key, value in os.environ.items() if key != TIMEOUT[0]}
        argv = [sys.executable, "-c", "from benchmarks.dense_sift_speed import measure; measure()"]
        subprocess.run(argv, env={**others, **environment}, check=True)


def measure() -> None:
    settings = Settings()
    dense_sift_settings = settings.features.dense_sift
    dense_sift = DenseSift(dense_sift_settings)
    image = textured_image(480, 640)
    prepared = prepare_image(image, settings.image)
    features = dense_sift.extract(prepared)
    rng = np.random.default_rng(0)
    clusters, size = settings.aggregation.clusters, settings.aggregation.dimensions
    centres = features.patches[rng.choice(len(features.patches), clusters, replace=False)]
    components = rng.standard_normal((centres.size, size), dtype=np.float32)
    projection = Projection(np.zeros(centres.size, np.float32), components)
    member = Member(dense_sift, HardVlad(centres, np.arange(clusters)))
    describer = ImageDescriber(settings.image, [member], False, projection)

    grey = cv2.cvtColor(prepared, cv2.COLOR_RGB2GRAY)
    points = matching_keypoints(dense_sift_settings.bin_sizes_px, dense_sift_settings.step_px, prepared)
    sift = cv2.SIFT_create()
    times = medians_ms(
        {
            "whole": lambda: describer.describe(image, StageClock()),
            "patches": lambda: dense_sift.extract(prepared),
            "opencv": lambda: sift.compute(grey, points),
        },
        rounds=ROUNDS,
    )
    clock = StageClock()
    describer.describe(image, clock)
    print(f"640x480 frame, {len(points)} grid points, {clusters} clusters, {size}-d, median of {ROUNDS}:")
    print(f"  DenseSIFT + VLAD + PCA          {times['whole']:7.1f} ms")
    print(f"  DenseSIFT alone                 {times['patches']:7.1f} ms")
    print(f"  OpenCV SIFT.compute, same grid  {times['opencv']:7.1f} ms")
    print(f"  OpenCV / DenseSIFT + VLAD + PCA {times['opencv'] / times['whole']:7.1f} x")
    print(f"  OpenCV / DenseSIFT              {times['opencv'] / times['patches']:7.1f} x")


def matching_keypoints(bin_sizes_px: tuple[int, ...], step_px: int, prepared: Array) -> list[cv2.KeyPoint]:
    """The grid's points, with the size at which OpenCV's spatial bins (1.5 sizes wide) are as wide as ours."""
    points = []
    for bin_px in bin_sizes_px:
        one_scale = DenseSift(DenseSiftSettings(step_px=step_px, bin_sizes_px=(bin_px,)))
        centres_px = one_scale.extract(prepared).centres_px
        points += [cv2.KeyPoint(float(x), float(y), bin_px / 1.5, 0.0) for x, y in centres_px]
    return points


def textured_image(height: int, width: int) -> Array:
    """Blobs of many sizes: something to describe everywhere."""
    noise = np.random.default_rng(1).standard_normal((height, width)).astype(np.float32)
    layers = sum(sigma * cv2.GaussianBlur(noise, (0, 0), sigma) for sigma in (1, 2, 4, 8, 16))
    grey = cv2.normalize(layers, None, 0, 255, cv2.NORM_MINMAX).astype(np.uint8)
    return np.repeat(grey[..., None], 3, axis=2)


if __name__ == "__main__":
    main()
