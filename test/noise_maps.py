"""Maps of five pictures of smoothed noise, built as `vpr map build` does.

Not a test file.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np

from vpr_ros.assemble import make_ingredients, recipe_of
from vpr_ros.core.parse_settings import override_settings
from vpr_ros.core.records import Frame
from vpr_ros.core.settings import Settings
from vpr_ros.maps.build_map import Drive, build_map
from vpr_ros.maps.choose_embedding import choose_embedding
from vpr_ros.maps.write_map import MapWriter

SMALL = ("features.name=dense_sift", "aggregation.clusters=8", "image.long_side_px=160")
COUNT = 5


def frame(number: int) -> Frame:
    noise = np.random.default_rng(number).standard_normal((120, 160, 3)).astype(np.float32)
    image = cv2.normalize(cv2.GaussianBlur(noise, (0, 0), 2), None, 0, 255, cv2.NORM_MINMAX).astype(np.uint8)
    return Frame(image, number * 10**9, "front", f"{number}.png")


def read(numbers: Sequence[int]) -> Iterator[Frame]:
    return map(frame, numbers)


def build(path: Path, *assignments: str, encoder: Path | None = None) -> Settings:
    settings = override_settings(Settings(), [*SMALL, *assignments])
    ingredients = make_ingredients(settings)
    recipe, embedding = recipe_of(settings, ingredients), choose_embedding(ingredients, settings, encoder)
    with MapWriter(path) as writer:
        drive = Drive("drive", "test", (), range(COUNT), read)
        build_map(writer, drive, ingredients, settings, recipe, lambda items, *_: iter(items), embedding)
    return settings
