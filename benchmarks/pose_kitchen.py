"""Poses in the red kitchen: blocks of 30 frames alternate between map and queries; queries that have a right place.

python -m benchmarks.pose_kitchen                       SIFT; maps with depth and triangulated
python -m benchmarks.pose_kitchen --first-half          the half that tuning may look at
python -m benchmarks.pose_kitchen --set pose.keypoints=xfeat --set pose.xfeat_weights=FILE
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.real_places import BLOCK
from benchmarks.run_vpr import run_vpr
from benchmarks.shared_data import shared_data
from vpr_ros.sources.open_source import open_source
from vpr_ros.sources.source import SourceOptions

POSITIVES = ("overlap=0.3,angle=20", "overlap=0.25,angle=45")
GEOMETRIES = ("depth", "triangulate")


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pose_kitchen", description=__doc__.splitlines()[0])
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="settings of maps and queries")
    parser.add_argument("--first-half", action="store_true", help="of the walk only; the other half judges")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="ask every Nth frame only")
    args = parser.parse_args(argv)
    kitchen = shared_data() / "seven_scenes_redkitchen"
    count = len(open_source(kitchen, SourceOptions()).entries())
    count //= 1 + args.first_half
    blocks = [range(start, min(start + BLOCK, count)) for start in range(0, count, BLOCK)]
    asked_frames = _listed([number for block in blocks[1::2] for number in block][:: args.every])
    map_frames = _listed([number for block in blocks[::2] for number in block])
    with tempfile.TemporaryDirectory() as scratch:
        for geometry in GEOMETRIES:
            place_map = Path(scratch) / geometry
            settings = [word for each in args.set for word in ("--set", each)]
            made = ["--set", f"pose.geometry={geometry}"]
            run_vpr("map", "build", kitchen, "-o", place_map, "--frames", map_frames, *made, *settings)
            for positives in POSITIVES:
                report = Path(scratch) / f"{geometry}_{positives}"
                asked = ["--frames", asked_frames, "--positives", positives, "--no-report"]
                run_vpr("evaluate", kitchen, place_map, "-o", report, *asked, *settings)
                _tell(f"{geometry}, positives {positives}", json.loads((report / "metrics.json").read_text()))


def _listed(numbers: Sequence[int]) -> str:
    return ",".join(map(str, numbers))


def _tell(name: str, metrics: dict) -> None:  # type: ignore[type-arg]
    pose, false = metrics["pose"], metrics.get("false_fix", {"count": 0, "answers": 0})
    if "median_m" not in pose:
        print(f"{name}: no poses in {metrics['queries']} queries; refused: {pose['refused']}")
        return
    print(
        f"{name}: {metrics['with_positives']} queries with a right place; within 0.25 m 5 deg "
        f"{100 * pose['within']['0.25m_5deg']:.1f}%; {100 * pose['answered']:.1f}% of all {metrics['queries']} "
        f"answered, median {pose['median_m']:.3f} m {pose['median_deg']:.2f} deg, "
        f"false {false['count']} of {false['answers']}; refused: {pose['refused']}"
    )


if __name__ == "__main__":
    main()
