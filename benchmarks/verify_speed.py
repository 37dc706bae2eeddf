"""What verifying a pose costs: 640x480 images, a map of 1,000 keyframes, SIFT, part by part.

The images are the red kitchen's: every other 30 frames are the map's keyframes, frames between are asked about. That
makes about 130 keyframes; the table and the robot's gates are given them eight times over, each copy 100 m from the
last, and candidates are retrieved among the first copy: the stage reads the keyframes of its candidates only, so the
others cost what a larger table costs. Medians over all queries, in this process with both cores.

python -m benchmarks.verify_speed
python -m benchmarks.verify_speed --set pose.keypoints=xfeat --set pose.xfeat_weights=FILE
"""

from __future__ import annotations

import argparse
import dataclasses
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.real_places import BLOCK
from benchmarks.run_vpr import run_vpr
from benchmarks.shared_data import shared_data
from vpr_ros.assemble import make_localizer
from vpr_ros.core.describe_image import StageClock
from vpr_ros.core.parse_settings import override_settings
from vpr_ros.core.place_table import PlaceTable
from vpr_ros.core.pose.keyframe_points import KeyframePoints, MapPoints
from vpr_ros.core.pose_settings import PoseSettings
from vpr_ros.core.records import Candidates, Frame, Rejected
from vpr_ros.core.settings import Settings
from vpr_ros.core.verify_pose import Verifier
from vpr_ros.features.make_keypoints import make_keypoints
from vpr_ros.maps.geometry.map_points import map_points
from vpr_ros.maps.obey_recipe import obey_recipe
from vpr_ros.maps.open_map import open_map
from vpr_ros.sleeping_threads import TIMEOUT
from vpr_ros.sources.open_source import open_source
from vpr_ros.sources.source import SourceOptions

KEYFRAMES, APART_M = 1000, 100.0
NEVER_CLEAR = 100000


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.verify_speed", description=__doc__.splitlines()[0])
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="settings")
    parser.add_argument("--every", type=int, default=3, metavar="N", help="ask every Nth frame between")
    args = parser.parse_args(argv)
    if TIMEOUT[0] not in os.environ:  # as in the processes `vpr` and `localizer`; libraries read it as they load
        words = [sys.executable, "-m", "benchmarks.verify_speed", *(sys.argv[1:] if argv is None else argv)]
        os.execve(sys.executable, words, {**os.environ, **dict([TIMEOUT])})
    kitchen = shared_data() / "seven_scenes_redkitchen"
    source = open_source(kitchen, SourceOptions())
    numbers = range(len(source.entries()))
    with tempfile.TemporaryDirectory() as scratch:
        keyframes = ",".join(str(number) for number in numbers if not number // BLOCK % 2)
        settings = [word for each in args.set for word in ("--set", each)]
        run_vpr("map", "build", kitchen, "-o", Path(scratch) / "map", "--frames", keyframes, *settings)
        asked = [number for number in numbers if number // BLOCK % 2][:: args.every]
        measure(Path(scratch) / "map", list(source.frames(asked)), override_settings(Settings(), args.set))


def measure(path: Path, frames: Sequence[Frame], settings: Settings) -> None:
    """Retrieve first, so that only the stage is timed."""
    place_map = open_map(path)
    obeyed = obey_recipe(place_map, settings)
    retrieval = make_localizer(place_map, dataclasses.replace(settings, pose=PoseSettings(enabled=False)))
    asked = [(frame, retrieval.localize(frame).candidates) for frame in frames]
    points = map_points(place_map)
    assert points is not None
    copies = -(-KEYFRAMES // len(place_map.table))
    table = _repeated(place_map.table, copies)
    print(f"{len(asked)} queries, {len(place_map.table)} keyframes {copies} times over: {len(table)}")
    everything = dataclasses.replace(obeyed.pose, candidates=20, clear_inliers=NEVER_CLEAR)
    for name, pose in (("with early stop", obeyed.pose), ("all 20 candidates", everything)):
        _measure(name, asked, _Repeated(points, len(place_map.table)), table, pose)


def _measure(
    name: str,
    asked: Sequence[tuple[Frame, Candidates]],
    points: MapPoints,
    table: PlaceTable,
    pose: PoseSettings,
) -> None:
    extractor, matcher = (_Timed(each) for each in make_keypoints(pose))
    verifier = Verifier(points, table, extractor, matcher, pose)
    verifier.verify([asked[0][0]], asked[0][1], StageClock())  # libraries load what they load late
    rows: list[tuple[float, float, float]] = []
    busy_ms = []
    answers: Counter[str] = Counter()
    matched = []
    for frame, candidates in asked:
        extractor.spent_ms = matcher.spent_ms = 0.0
        clock, began_s = StageClock(), time.process_time()
        verified = verifier.verify([frame], candidates, clock)
        busy_ms.append((time.process_time() - began_s) * 1e3)
        rows.append((clock.latency_ms["verify_pose"], extractor.spent_ms, matcher.spent_ms))
        matched.append(sum(each.inliers is not None for each in verified.candidates.ranked))
        answers[verified.pose.reason if isinstance(verified.pose, Rejected) else "fix"] += 1
    whole, extract, match = np.array(rows).T
    told = {"whole": whole, "extract": extract, "match": match, "solve and the rest": whole - extract - match}
    print(f"{name}: " + ", ".join(f"{part} {np.median(ms):.0f} ms" for part, ms in told.items()))
    print(f"  95% within {np.percentile(whole, 95):.0f} ms; processor time of all threads {np.median(busy_ms):.0f} ms")
    print(f"  {np.median(matched):.0f} keyframes matched; {dict(answers)}")


class _Timed:
    """Counts the time in the one method that a keypoint extractor or a matcher has."""

    def __init__(self, inner: Any) -> None:
        self._inner, self.spent_ms, self.name = inner, 0.0, inner.name
        self.fingerprint = getattr(inner, "fingerprint", None)

    def extract(self, *given: Any) -> Any:
        return self._timed(self._inner.extract, given)

    def match(self, *given: Any) -> Any:
        return self._timed(self._inner.match, given)

    def _timed(self, work: Callable[..., Any], given: tuple[Any, ...]) -> Any:
        began = time.perf_counter()
        try:
            return work(*given)
        finally:
            self.spent_ms += (time.perf_counter() - began) * 1e3


class _Repeated:
    """The points of the first copy; nobody asks for the others."""

    def __init__(self, points: MapPoints, count: int) -> None:
        self._points, self._count = points, count
        self.shared_error = points.shared_error

    def keyframe(self, row: int) -> KeyframePoints | None:
        assert row < self._count
        return self._points.keyframe(row)

    def covisible(self, row: int, most: int) -> Sequence[int]:
        return self._points.covisible(row, most)


def _repeated(table: PlaceTable, copies: int) -> PlaceTable:
    count, poses = len(table), np.tile(np.asarray(table.map_from_base), (copies, 1, 1))
    poses[:, 0, 3] += APART_M * np.repeat(np.arange(copies), count)
    first = int(table.place_ids[-1]) + 1
    return PlaceTable(
        place_ids=np.concatenate([table.place_ids + copy * first for copy in range(copies)]),
        stamps_ns=np.tile(table.stamps_ns, copies),
        source_names=table.source_names * copies,
        cameras=table.cameras * copies,
        labels=table.labels * copies,
        map_from_base=poses,
    )


if __name__ == "__main__":
    main()
