"""What each kind of keypoints costs and finds, on the first half of the red kitchen's walk; nothing here judges.

Blocks of 30 frames are places and queries in turn; a query is matched with the three places that share most with it
(overlap above 0.3 both ways, under 20 degrees), their points come from depth, and the pose is solved as robots do.
Times are ratios to SIFT's, taken in turns.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from benchmarks.real_places import BLOCK
from benchmarks.shared_data import shared_data
from benchmarks.timing import medians_ms
from vpr_ros.core.geometry import distance_m, rotation_between_rad
from vpr_ros.core.pose.correspondences import Correspondences, QueryView
from vpr_ros.core.pose.solve_absolute import solve_absolute
from vpr_ros.core.pose.spots import spots_of
from vpr_ros.core.pose_settings import PoseSettings
from vpr_ros.core.records import Array, Frame, KeypointExtractor, KeypointMatcher, Keypoints, Rejected
from vpr_ros.core.spread import spread
from vpr_ros.features.make_keypoints import make_keypoints
from vpr_ros.maps.geometry.depth_points import points_from_depth
from vpr_ros.sources.open_source import open_source
from vpr_ros.sources.source import SourceOptions

FIRST_HALF = 125
PLACES = 3
ERROR_PX = 4.0
Pair = tuple[KeypointExtractor, KeypointMatcher]


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.keypoint_cost", description=__doc__.splitlines()[0])
    parser.add_argument("--queries", type=int, default=30, help="of the walk's, spread over it")
    parser.add_argument("--rounds", type=int, default=5, help="of each timing")
    parser.add_argument("--kinds", default="", help="some of them only, by commas; sift comes first")
    parser.add_argument("--most", type=int, default=PoseSettings().max_keypoints, help="keypoints of an image")
    args = parser.parse_args(argv)
    shared = shared_data().parent
    named = kinds(shared / "models")
    chosen = ["sift", *(name for name in args.kinds.split(",") if name and name != "sift")] if args.kinds else named
    pairs = {name: make_keypoints(named[name]) for name in chosen}
    frames, tasks = kitchen(shared / "data" / "seven_scenes_redkitchen")
    _tell_times(pairs, frames, args.rounds, args.most)
    for name, (extractor, matcher) in pairs.items():
        print(f"{name}: {_quality(extractor, matcher, frames, spread(tasks, args.queries), args.most)}", flush=True)


def kinds(models: Path) -> dict[str, PoseSettings]:
    """What can be had from the shared folder."""
    xfeat = {"keypoints": "xfeat", "xfeat_weights": str(models / "xfeat_onnx" / "xfeat_dynamic.onnx")}
    glue = {"lighterglue_weights": str(models / "lighterglue_L3_onnx" / "lighterglue_L3.onnx")}
    aliked = {
        f"aliked_{size}": PoseSettings(keypoints="aliked", aliked_weights=str(models / "aliked" / f"aliked-{size}.pth"))
        for size in ("t16", "n16")
    }
    long_sides = {f"sift_{side}": PoseSettings(long_side_px=side) for side in (320, 480, 640)}
    return {
        "sift": PoseSettings(),
        **long_sides,
        "xfeat": PoseSettings(**xfeat),
        "xfeat_lighterglue": PoseSettings(**xfeat, **glue),
        **aliked,
    }


def kitchen(folder: Path) -> tuple[list[Frame], list[tuple[int, list[int]]]]:
    """The frames, and queries with their places, both as numbers of frames."""
    frames = list(open_source(folder, SourceOptions()).frames(range(FIRST_HALF)))
    with np.load(folder / "overlap.npz") as loaded:
        overlap = loaded[loaded.files[0]].astype(float)[:FIRST_HALF, :FIRST_HALF]
    mutual = np.minimum(overlap, overlap.T)
    poses = np.stack([frame.map_from_base for frame in frames])  # type: ignore[arg-type]
    turned = np.degrees(rotation_between_rad(poses[:, None], poses[None]))
    block = np.arange(FIRST_HALF) // BLOCK % 2
    tasks = []
    for query in np.flatnonzero(block == 1):
        places = np.flatnonzero((block == 0) & (mutual[query] > 0.3) & (turned[query] < 20))
        if len(places):
            tasks.append((int(query), places[np.argsort(-mutual[query, places])][:PLACES].tolist()))
    return frames, tasks


def _tell_times(pairs: dict[str, Pair], frames: Sequence[Frame], rounds: int, most: int) -> None:
    one, other = frames[0].image, frames[1].image
    points = {name: (pair[0].extract(one, most), pair[0].extract(other, most)) for name, pair in pairs.items()}
    finding = medians_ms({name: lambda pair=pair: pair[0].extract(one, most) for name, pair in pairs.items()}, rounds)
    matching = medians_ms({name: lambda name=name: pairs[name][1].match(*points[name]) for name in pairs}, rounds)
    for name, (keypoints, _) in points.items():
        width = keypoints.descriptors.shape[1] * min(keypoints.descriptors.itemsize, 2)  # maps keep floats as halves
        print(
            f"{name}: finding {finding[name] / finding['sift']:.2f}, matching {matching[name] / matching['sift']:.2f} "
            f"times SIFT's ({finding['sift']:.0f} and {matching['sift']:.1f} ms); {width} bytes a keypoint"
        )


def _quality(
    extractor: KeypointExtractor,
    matcher: KeypointMatcher,
    frames: Sequence[Frame],
    tasks: Sequence[tuple[int, list[int]]],
    most: int,
) -> str:
    known: dict[int, Keypoints] = {}
    for number in {number for query, places in tasks for number in (query, *places)}:
        known[number] = extractor.extract(frames[number].image, most)
    matches, inliers, errors = [], [], []
    for query, places in tasks:
        pairs = _pair_up(known, frames, query, places, matcher)
        view = QueryView(known[query], frames[query].intrinsics, np.eye(4))  # type: ignore[arg-type]
        solved = solve_absolute(pairs, [view], ERROR_PX)
        matches.append(len(pairs))
        inliers.append(0 if isinstance(solved, Rejected) else int(solved.inliers.sum()))
        truth = frames[query].map_from_base
        assert truth is not None
        pose = np.full((4, 4), np.inf) if isinstance(solved, Rejected) else solved.map_from_base
        errors.append((float(distance_m(pose, truth)), _turned_deg(pose, truth)))
    right = [metres < 0.25 and degrees < 5 for metres, degrees in errors]
    return (
        f"{sum(right)} of {len(right)} within 0.25 m and 5 deg, median {100 * np.median(errors, axis=0)[0]:.1f} cm; "
        f"{np.median(matches):.0f} matches, {np.median(inliers):.0f} inliers (medians, of {PLACES} places)"
    )


def _turned_deg(pose: Array, truth: Array) -> float:
    return float(np.degrees(rotation_between_rad(pose, truth))) if np.isfinite(pose).all() else np.inf


def _pair_up(
    known: dict[int, Keypoints], frames: Sequence[Frame], query: int, places: Sequence[int], matcher: KeypointMatcher
) -> Correspondences:
    pixels, points, seen, rows = [], [], [], []
    for place in places:
        found = matcher.match(known[query], known[place])
        frame = frames[place]
        at = known[place].pixels[found[:, 1]]
        camera = points_from_depth(at, frame.depth_m, frame.intrinsics, (0.2, 10.0))  # type: ignore[arg-type]
        there = np.isfinite(camera).all(axis=1)
        pose = frame.map_from_base
        assert pose is not None
        points.append(camera[there] @ pose[:3, :3].T + pose[:3, 3])
        pixels.append(known[query].pixels[found[there, 0]].astype(np.float64))
        seen.append(found[there, 0])
        rows.append(np.full(int(there.sum()), place, np.int64))
    keypoints, numbers = np.concatenate(seen), np.arange(sum(map(len, seen)))
    return Correspondences(
        np.concatenate(pixels),
        np.concatenate(points),
        views=np.zeros(len(keypoints), np.int64),
        keypoints=keypoints,
        rows=np.concatenate(rows),
        points=numbers,
        spots=spots_of(known[query].pixels)[keypoints],
        place_spots=numbers,
    )


if __name__ == "__main__":
    cv2.setNumThreads(2)
    main()
