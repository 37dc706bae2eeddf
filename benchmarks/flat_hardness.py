"""How hard the simulated flat is: what small pictures already tell, what corners survive, how alike the floors are.

python -m benchmarks.flat_hardness                  the first development seed
python -m benchmarks.flat_hardness --seed 2 --seed 3
python -m benchmarks.flat_hardness --acceptance     the seeds that judge; only after everything is frozen
"""

from __future__ import annotations

import argparse
import dataclasses
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from vpr_ros.core.geometry import invert_pose
from vpr_ros.core.lens import project_points
from vpr_ros.core.records import Array
from vpr_ros.simulation.camera import pixel_rays
from vpr_ros.simulation.expose import SensorSettings
from vpr_ros.simulation.flat import STOREY_M, build_floor
from vpr_ros.simulation.flat_config import DriveConfig, FlatConfig, load_flat_config
from vpr_ros.simulation.prepare_job import prepare_job
from vpr_ros.simulation.render import FloorRenderer
from vpr_ros.simulation.shade import Light
from vpr_ros.simulation.simulate_drive import Job, SimulatedFrame, simulate_drive

RATE_HZ = 2.0
POSITIVE_M = 2.0
NEAR_PX = 2.0
SAME_DEPTH = 0.03
MOVED_M = 0.02
COLOUR_STEP = 3.0 / 255


@dataclass(frozen=True)
class Hardness:
    """The figures of one seed."""

    thumbnail_recall: float
    thumbnail_right_floor: float
    sift_points: float
    repeatability: float
    differing_surface: float
    queries: int
    places: int
    frames_per_s: float


def measure(config: FlatConfig, seed: int, jobs: int) -> Hardness:
    """Draw both drives of a flat at 2 Hz and take the figures."""
    day, mapping, speed = _drawn(config, config.drives.mapping, seed, jobs)
    dusk, _, _ = _drawn(config, config.drives.second_visit, seed, jobs)
    recall, right_floor = thumbnail_recall(dusk, day)
    points, repeatability = sift_repeatability(day, mapping)
    return Hardness(
        recall,
        right_floor,
        points,
        repeatability,
        differing_surface(config, mapping, seed),
        len(dusk),
        len(day),
        speed,
    )


def _drawn(config: FlatConfig, settings: DriveConfig, seed: int, jobs: int) -> tuple[list[SimulatedFrame], Job, float]:
    """(frames, job, frames a second once the first is there)."""
    job = dataclasses.replace(prepare_job(config, settings, seed), rate_hz=RATE_HZ)
    drawing = simulate_drive(job, jobs)
    frames = [next(drawing)]
    began = time.perf_counter()
    frames += drawing
    return frames, job, (len(frames) - 1) / (time.perf_counter() - began)


def thumbnail_recall(queries: Sequence[SimulatedFrame], places: Sequence[SimulatedFrame]) -> tuple[float, float]:
    """(R@1 within 2 m on the same floor, share on the right floor) of 32x32 grey thumbnails; cosine, mean removed."""
    best = np.argmax(_thumbnails(queries) @ _thumbnails(places).T, axis=1)
    right = hit = 0
    for query, row in zip(queries, best.tolist(), strict=True):
        found = places[row]
        same = found.floor == query.floor
        distance = np.linalg.norm(found.map_from_base[:3, 3] - query.map_from_base[:3, 3])
        right += same
        hit += same and distance <= POSITIVE_M
    return hit / len(queries), right / len(queries)


def _thumbnails(frames: Sequence[SimulatedFrame]) -> Array:
    rows = []
    for frame in frames:
        grey = cv2.cvtColor(frame.image, cv2.COLOR_RGB2GRAY)
        small = cv2.resize(grey, (32, 32), interpolation=cv2.INTER_AREA).astype(np.float32).ravel()
        small -= small.mean()
        rows.append(small / max(float(np.linalg.norm(small)), 1e-6))
    return np.array(rows)


def sift_repeatability(frames: Sequence[SimulatedFrame], job: Job) -> tuple[float, float]:
    """(SIFT points a frame, share of those seen again in the next frame that are found there within 2 px).

    Seen again: the point, taken over by exact depth and pose, lands inside the next image at the depth that image has.
    """
    sift = cv2.SIFT_create()  # type: ignore[attr-defined]
    found = [_keypoints(sift, frame.image) for frame in frames]
    directions = pixel_rays(job.intrinsics).directions
    shares = []
    for index in range(len(frames) - 1):
        a, b = frames[index], frames[index + 1]
        if a.floor != b.floor or not len(found[index]) or not len(found[index + 1]):
            continue
        landed = _carried(a, b, found[index], directions, job)
        if len(landed):
            distance = np.linalg.norm(landed[:, None] - found[index + 1][None], axis=2).min(axis=1)
            shares.append(float((distance <= NEAR_PX).mean()))
    return float(np.mean([len(points) for points in found])), float(np.mean(shares))


def _keypoints(sift: cv2.SIFT, image: Array) -> Array:  # type: ignore[name-defined]
    points = sift.detect(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), None)
    return np.array([point.pt for point in points], dtype=np.float64).reshape(-1, 2)


def _carried(a: SimulatedFrame, b: SimulatedFrame, points: Array, directions: Array, job: Job) -> Array:
    """Where points of frame a are in frame b, those that b sees."""
    columns, rows = np.rint(points).astype(int).T
    depth = a.depth_m[rows, columns].astype(np.float64)
    inside = (depth > 0) & (depth < 30)
    there = directions[:, rows, columns].T.astype(np.float64) * depth[:, None]
    b_from_a = invert_pose(b.map_from_base @ job.base_from_camera) @ (a.map_from_base @ job.base_from_camera)
    moved = there @ b_from_a[:3, :3].T + b_from_a[:3, 3]
    inside &= moved[:, 2] > 0.05
    pixels = project_points(job.intrinsics, np.where(inside[:, None], moved, [0.0, 0.0, 1.0]))
    at = np.rint(pixels).astype(int)
    height, width = b.depth_m.shape
    inside &= (at[:, 0] >= 0) & (at[:, 0] < width) & (at[:, 1] >= 0) & (at[:, 1] < height)
    seen = b.depth_m[np.clip(at[:, 1], 0, height - 1), np.clip(at[:, 0], 0, width - 1)]
    inside &= np.abs(seen - moved[:, 2]) < SAME_DEPTH * moved[:, 2]
    return np.asarray(pixels[inside])


def differing_surface(config: FlatConfig, job: Job, seed: int) -> float:
    """Share of what the ground floor's frames show of rooms that is elsewhere or coloured otherwise one floor up.

    Both floors are drawn in even light without a camera, from the same places.
    """
    renderers = []
    for index in range(2):
        floor = build_floor(seed, index, config.difference)
        even = Light(
            np.ones((floor.solids.light_texels, 4), dtype=np.float32),
            np.ones((len(floor.solids), 6, 3), dtype=np.float32),
            ((0.0, 0.0, 0.0), (0.0, 0.0, 0.0)),
        )
        renderers.append(FloorRenderer(floor, even, job.intrinsics, SensorSettings()))
    stamps = job.drive.stamps_ns[::150]
    poses = [pose for pose in job.drive.poses_at(stamps) if pose[2, 3] < STOREY_M / 2]
    shown = differing = 0
    lift = np.eye(4)
    lift[2, 3] = STOREY_M
    for pose in poses:
        below, colour_below = renderers[0].trace(pose @ job.base_from_camera)
        above, colour_above = renderers[1].trace(lift @ pose @ job.base_from_camera)
        inside = (below.solid >= 0) & (renderers[0].floor.solids.room[below.solid] >= 0)
        elsewhere = np.abs(below.depth_m - above.depth_m) > MOVED_M
        # Radiance in even light is albedo; its root is what eight bits would show.
        step = np.abs(np.sqrt(colour_below) - np.sqrt(colour_above)).max(axis=2)
        shown += int(inside.sum())
        differing += int((inside & (elsewhere | (step > COLOUR_STEP))).sum())
    return differing / shown


def main(argv: Sequence[str] | None = None) -> int:
    """Print the figures of each seed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.flat_hardness", description=__doc__.splitlines()[0])
    parser.add_argument("--flat", type=Path, help="flat's file (default config/flats/benchmark.yaml)")
    parser.add_argument("--seed", type=int, action="append", help="a flat; may be repeated")
    parser.add_argument("--acceptance", action="store_true", help="the seeds that judge")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    args = parser.parse_args(argv)
    config = load_flat_config(args.flat)
    seeds = args.seed or (config.seeds.acceptance if args.acceptance else config.seeds.development[:1])
    for seed in seeds:
        figures = measure(config, seed, args.jobs)
        light = config.drives.second_visit.light
        print(
            f"flat {seed}: {figures.queries} queries at {light}, {figures.places} places; "
            f"thumbnails R@1 {figures.thumbnail_recall:.3f}, right floor {figures.thumbnail_right_floor:.3f}; "
            f"SIFT {figures.sift_points:.0f} points a frame, repeatability {figures.repeatability:.3f}; "
            f"{figures.differing_surface:.3f} of the surface differs between floors; "
            f"{figures.frames_per_s:.1f} frames/s of {config.camera.width}x{config.camera.height} on {args.jobs} cores",
            flush=True,
        )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
