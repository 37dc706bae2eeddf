"""What a map costs: how long it takes to open, and how many bytes a keyframe is.

python -m benchmarks.map_cost [--places 1000]. Random numbers stand in for descriptors: neither figure depends on them.
Thumbnails and depth are written too, but not counted (they serve people and evaluation).
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from vpr_ros.core.place_table import PlaceTable
from vpr_ros.core.records import Labels
from vpr_ros.core.vocabulary import VocabularyOrigin
from vpr_ros.maps.open_map import open_map
from vpr_ros.maps.place_map import Provenance, Recipe
from vpr_ros.maps.summarize_map import summarize_map
from vpr_ros.maps.write_map import MapWriter

CLUSTERS, PATCH_DIMENSION, DESCRIPTOR_SIZE = 128, 128, 512
MOST_SECONDS, MOST_BYTES, COUNTED_PLACES = 0.3, 60_000, 1000
REPEATS = 7

FIRST_OPENING = """
import sys, time
from pathlib import Path
from vpr_ros.core.vocabulary import VocabularyOrigin
from vpr_ros.maps.open_map import open_map
start = time.perf_counter()
open_map(Path(sys.argv[1]))
print(time.perf_counter() - start)
"""


def main() -> int:
    """Print the figures; 1 when up to 1,000 keyframes cost more than they may."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--places", type=int, default=1000, help="keyframes of the map (1000)")
    places = parser.parse_args().places
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "cost.map"
        write_random_map(path, places)
        seconds = sorted(opening_seconds(path) for _ in range(REPEATS))
        fresh = subprocess.run([sys.executable, "-c", FIRST_OPENING, path], check=True, capture_output=True, text=True)
        summary = summarize_map(open_map(path))
    print(f"places                  {places}, {DESCRIPTOR_SIZE}-d by PCA from {CLUSTERS} x {PATCH_DIMENSION}")
    print(f"open, every file read   {seconds[REPEATS // 2] * 1000:.0f} ms median, {seconds[-1] * 1000:.0f} ms slowest")
    print(f"  first in its process  {float(fresh.stdout) * 1000:.0f} ms")
    print(f"bytes a keyframe        {summary.bytes_a_keyframe:.0f} without thumbnails and depth, of these")
    for group, size in summary.group_bytes.items():
        print(f"  {group:<28}{size / places:8.0f}" + (" (not counted)" if group in ("thumbnails", "depth") else ""))
    if places > COUNTED_PLACES:
        return 0
    met = seconds[REPEATS // 2] < MOST_SECONDS and summary.bytes_a_keyframe <= MOST_BYTES
    print(f"within {MOST_SECONDS} s and {MOST_BYTES} bytes: {'yes' if met else 'NO'}")
    return 0 if met else 1


def write_random_map(path: Path, places: int) -> None:
    """A map of the default sizes, with everything that a build from RGB-D writes."""
    rng = np.random.default_rng(0)
    length = CLUSTERS * PATCH_DIMENSION
    with MapWriter(path) as writer:
        writer.put_array("vocabulary", rng.normal(size=(CLUSTERS, PATCH_DIMENSION)))
        writer.put_array("projection_mean", rng.normal(size=length))
        writer.put_array("projection_components", rng.normal(size=(length, DESCRIPTOR_SIZE)) / length**0.5)
        descriptors = writer.create_array("descriptors", (places, DESCRIPTOR_SIZE), np.float32)
        depth = writer.create_array("depth", (places, 60, 80), np.uint16)
        picture = rng.integers(0, 255, (120, 160, 3)).astype(np.uint8)
        for row in range(places):
            vector = rng.normal(size=DESCRIPTOR_SIZE)
            descriptors[row] = vector / np.linalg.norm(vector)
            depth[row] = rng.integers(0, 5000, (60, 80))
            writer.add_thumbnail(picture)
        origin = VocabularyOrigin("map", "random numbers", (), {})
        recipe = Recipe({}, {}, {"name": "vlad"}, {})
        writer.commit(_table(places), recipe, Provenance("random numbers", "benchmark"), [origin])


def opening_seconds(path: Path) -> float:
    """One opening, files in the page cache."""
    start = time.perf_counter()
    open_map(path)
    return time.perf_counter() - start


def _table(places: int) -> PlaceTable:
    poses = np.tile(np.eye(4), (places, 1, 1))
    poses[:, 0, 3] = np.arange(places) * 0.25
    return PlaceTable(
        place_ids=np.arange(places),
        stamps_ns=np.arange(places) * 500_000_000,
        source_names=tuple(f"/camera/image_raw@{row * 500_000_000}" for row in range(places)),
        cameras=("front",) * places,
        labels=tuple(Labels(room=f"room {row % 10}", floor="ground") for row in range(places)),
        map_from_base=poses,
    )


if __name__ == "__main__":
    sys.exit(main())
