"""DenseSIFT + VLAD + PCA of a 640x480 frame against OpenCV's SIFT.compute on the same grid, in the same run."""

from __future__ import annotations

import cv2
import numpy as np

from benchmarks.timing import medians_ms
from vpr_ros.core.describe_image import ImageDescriber, StageClock
from vpr_ros.core.prepare_image import prepare_image
from vpr_ros.core.records import Array
from vpr_ros.core.reduce_descriptor import Projection
from vpr_ros.core.settings import Settings
from vpr_ros.features.patches.dense_sift import DenseSift


def main() -> None:
    settings = Settings()
    dense_sift = DenseSift(settings.features.dense_sift)
    image = textured_image(480, 640)
    prepared = prepare_image(image, settings.image)
    features = dense_sift.extract(prepared)
    rng = np.random.default_rng(0)
    clusters, size = settings.aggregation.clusters, settings.aggregation.dimensions
    centres = features.patches[rng.choice(len(features.patches), clusters, replace=False)]
    components = rng.standard_normal((centres.size, size), dtype=np.float32)
    projection = Projection(np.zeros(centres.size, np.float32), components)
    describer = ImageDescriber(settings.image, dense_sift, centres, projection)

    grey = cv2.cvtColor(prepared, cv2.COLOR_RGB2GRAY)
    points = [cv2.KeyPoint(float(x), float(y), 8.0, 0.0) for x, y in features.centres_px]
    sift = cv2.SIFT_create()
    times = medians_ms(
        {
            "whole": lambda: describer.describe(image, StageClock()),
            "patches": lambda: dense_sift.extract(prepared),
            "opencv": lambda: sift.compute(grey, points),
        },
        rounds=31,
    )
    clock = StageClock()
    describer.describe(image, clock)
    print(f"640x480 frame, {len(points)} grid points, {clusters} clusters, {size}-d, median of 31:")
    print(f"  DenseSIFT + VLAD + PCA          {times['whole']:7.1f} ms")
    print(f"  DenseSIFT alone                 {times['patches']:7.1f} ms")
    print(f"  OpenCV SIFT.compute, same grid  {times['opencv']:7.1f} ms")
    print(f"  OpenCV / DenseSIFT + VLAD + PCA {times['opencv'] / times['whole']:7.1f} x")
    print(f"  OpenCV / DenseSIFT              {times['opencv'] / times['patches']:7.1f} x")


def textured_image(height: int, width: int) -> Array:
    """Blobs of many sizes: something to describe everywhere."""
    noise = np.random.default_rng(1).standard_normal((height, width)).astype(np.float32)
    layers = sum(sigma * cv2.GaussianBlur(noise, (0, 0), sigma) for sigma in (1, 2, 4, 8, 16))
    grey = cv2.normalize(layers, None, 0, 255, cv2.NORM_MINMAX).astype(np.uint8)
    return np.repeat(grey[..., None], 3, axis=2)


if __name__ == "__main__":
    main()
