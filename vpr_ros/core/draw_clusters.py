"""Which cluster of a vocabulary each patch of an image fell to, painted as AnyLoc paints it.

A cluster has its colour by its number alone, so that pictures of different images can be compared.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import cv2
import numpy as np

from vpr_ros.core.draw_match import GAP_PX, INK, LINE_PX, PAPER, shorten, write_text
from vpr_ros.core.prepare_image import prepare_image
from vpr_ros.core.records import Array, Features, FloatArray, PatchExtractor
from vpr_ros.core.settings import ImageSettings
from vpr_ros.core.vlad import nearest_centres

LONG_SIDE_PX = 480
PAINT_SHARE = 0.6
REACH = 0.75
"""Of the distance between patches: half a diagonal and a little, so that patches of a grid touch one another."""
LEGEND_ROWS, LEGEND_COLUMN_PX = 4, 190
GOLDEN_RATIO = 0.6180339887
NO_CLUSTER = -1


@dataclass(frozen=True, eq=False)
class ClusterPainter:
    """Paints images with a map's vocabulary; `kept` are the clusters that its descriptors are made of."""

    image: ImageSettings
    extractor: PatchExtractor
    centres: FloatArray
    kept: frozenset[int]

    def paint(self, image: Array) -> Array:
        """RGB uint8 of any size -> the prepared image beside its patches."""
        prepared = prepare_image(image, self.image)
        return draw_clusters(prepared, self.extractor.extract(prepared), self.centres, self.kept)


def assign_clusters(features: Features, centres: FloatArray) -> Array:
    """The nearest of [K, D] centres for each patch, by cosine; NO_CLUSTER for patches that show nothing."""
    assigned, _ = nearest_centres(features.patches, centres)
    return np.where(features.valid, assigned, NO_CLUSTER)


def draw_clusters(image: Array, features: Features, centres: FloatArray, kept: Collection[int]) -> Array:
    """The image beside its patches in the colours of their clusters, the largest clusters below.

    image: RGB uint8, as the features were given it. Of several scales the one with most patches is painted; shares
    are of all of them. Clusters that are not among `kept` are called unused.
    """
    assigned = assign_clusters(features, centres)
    scale = LONG_SIDE_PX / max(image.shape[:2])
    size = max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale))
    shown = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC))
    rows = _fullest_scale(features.centres_px)
    painted = _paint(shown, (features.centres_px[rows] + 0.5) * scale - 0.5, assigned[rows])
    pair = np.hstack([shown, np.full((size[1], GAP_PX, 3), PAPER, np.uint8), painted])
    return np.vstack([pair, _legend(assigned, kept, pair.shape[1])])


def cluster_colour(cluster: int) -> tuple[int, int, int]:
    """RGB of a cluster: hues far apart for successive numbers, in three shades."""
    hue = 180 * (cluster * GOLDEN_RATIO % 1)
    saturation, value = ((230, 235), (150, 250), (255, 165))[cluster % 3]
    pixel = cv2.cvtColor(np.array([[[hue, saturation, value]]], np.uint8), cv2.COLOR_HSV2RGB)
    red, green, blue = pixel[0, 0].tolist()
    return red, green, blue


def _fullest_scale(centres_px: FloatArray) -> slice:
    """Where patches run on row by row longest: scales follow one another, and each begins at the top again."""
    if not len(centres_px):
        return slice(0)
    steps = np.diff(centres_px, axis=0)
    back = (steps[:, 1] < -1e-3) | ((np.abs(steps[:, 1]) <= 1e-3) & (steps[:, 0] <= 0))
    edges = np.concatenate([[0], np.flatnonzero(back) + 1, [len(centres_px)]])
    longest = int(np.argmax(np.diff(edges)))
    return slice(int(edges[longest]), int(edges[longest + 1]))


def _paint(image: Array, centres_px: Array, assigned: Array) -> Array:
    """Every pixel near a patch in the colour of the nearest patch's cluster, over the image in grey."""
    grey = np.repeat(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)[..., None], 3, axis=2)
    if not len(centres_px):
        return grey
    height, width = image.shape[:2]
    columns, rows = np.clip(np.round(centres_px).astype(int), 0, (width - 1, height - 1)).T
    seeds = np.ones((height, width), np.uint8)
    seeds[rows, columns] = 0
    distance, label = cv2.distanceTransformWithLabels(
        seeds, cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL
    )
    cluster_of = np.full(int(label.max()) + 1, NO_CLUSTER)
    cluster_of[label[rows, columns]] = assigned
    nearest = cluster_of[label]
    nearest[distance > REACH * _spacing(centres_px)] = NO_CLUSTER
    palette = np.array([cluster_colour(cluster) for cluster in range(max(int(assigned.max()), 0) + 1)])
    colours = PAINT_SHARE * palette[np.maximum(nearest, 0)] + (1 - PAINT_SHARE) * grey
    return np.where((nearest == NO_CLUSTER)[..., None], grey, colours).round().astype(np.uint8)


def _spacing(centres_px: Array) -> float:
    """Pixels from a patch to its neighbour in the row; of a lone patch endless."""
    steps = np.diff(centres_px[:, 0])
    return float(np.median(steps[steps > 0])) if np.any(steps > 0) else np.inf


def _legend(assigned: Array, kept: Collection[int], width_px: int) -> Array:
    """The largest clusters of the image in columns, and how many there are."""
    used, counts = np.unique(assigned[assigned != NO_CLUSTER], return_counts=True)
    described = int(counts.sum())
    columns = max(1, width_px // LEGEND_COLUMN_PX)
    largest = np.lexsort((used, -counts))[: LEGEND_ROWS * columns]
    canvas = np.full((LINE_PX * (LEGEND_ROWS + 1) + 10, width_px, 3), PAPER, np.uint8)
    title = f"{described} of {len(assigned)} patches show something"
    title += f", in {len(used)} clusters; the largest:" if described else ""
    write_text(canvas, shorten(title, width_px - 8), (4, LINE_PX - 4))
    for place, entry in enumerate(largest):
        left, top = place // LEGEND_ROWS * LEGEND_COLUMN_PX, LINE_PX * (place % LEGEND_ROWS + 1) + 4
        cluster = int(used[entry])
        canvas[top : top + LINE_PX - 4, left + 4 : left + 22] = cluster_colour(cluster)
        unused = "" if cluster in kept else " (unused)"
        text = f"{cluster}: {counts[entry] / described:.1%}{unused}"
        write_text(canvas, text, (left + 28, top + LINE_PX - 7), colour=INK)
    return canvas
