"""A long wall of a random pattern that a camera drives along: what two images share is known in closed form."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np

from vpr_ros.core.records import Frame, Intrinsics
from vpr_ros.training.prepared_drive import PreparedDrive
from vpr_ros.training.training_data import ViewGroup
from vpr_ros.training.warp_depth import DepthCovisibility

WIDTH, HEIGHT, FOCAL, AWAY_M = 160, 120, 160.0, 2.0
VIEW_M = WIDTH / FOCAL * AWAY_M
"""How much of the wall an image shows, left to right."""
INTRINSICS = Intrinsics(np.array([[FOCAL, 0, 79.5], [0, FOCAL, 59.5], [0, 0, 1]]), WIDTH, HEIGHT)


def wall_picture(length_m: float, seed: int = 0) -> np.ndarray:
    pixels = int(length_m * FOCAL / AWAY_M) + WIDTH
    noise = np.random.default_rng(seed).standard_normal((HEIGHT, pixels, 3)).astype(np.float32)
    rough = cv2.GaussianBlur(noise, (0, 0), 3) * 3 + cv2.GaussianBlur(noise, (0, 0), 12) * 12
    return cv2.normalize(rough, None, 0, 255, cv2.NORM_MINMAX).astype(np.uint8)


def wall_frames(count: int, step_m: float = 0.25, seed: int = 0) -> list[Frame]:
    """Camera = base, looking along z, moving along x."""
    picture = wall_picture(count * step_m, seed)
    frames = []
    for number in range(count):
        left = round(number * step_m * FOCAL / AWAY_M)
        pose = np.eye(4)
        pose[0, 3] = number * step_m
        frames.append(
            Frame(
                image=np.ascontiguousarray(picture[:, left : left + WIDTH]),
                stamp_ns=number,
                camera="camera",
                source_name=f"{number:03d}",
                intrinsics=INTRINSICS,
                depth_m=np.full((HEIGHT, WIDTH), AWAY_M, np.float32),
                map_from_base=pose,
                base_from_camera=np.eye(4),
            )
        )
    return frames


def wall_overlap(apart_m: float) -> float:
    return max(0.0, 1 - abs(apart_m) / VIEW_M)


def write_wall(folder: Path, count: int, step_m: float = 0.25, *, depth: bool = True) -> Path:
    """The same drive as an RGB-D folder."""
    for name in ("rgb", "depth"):
        (folder / name).mkdir(parents=True)
    rows = ["name,tx,ty,tz,qx,qy,qz,qw"]
    for frame in wall_frames(count, step_m):
        cv2.imwrite(str(folder / "rgb" / f"{frame.source_name}.png"), frame.image[..., ::-1])
        if depth:
            mm = np.full((HEIGHT, WIDTH), round(AWAY_M * 1000), np.uint16)
            cv2.imwrite(str(folder / "depth" / f"{frame.source_name}.png"), mm)
        rows.append(f"{frame.source_name},{frame.map_from_base[0, 3]},0,0,0,0,0,1")
    (folder / "poses.csv").write_text("\n".join(rows) + "\n")
    meta = {"width": WIDTH, "height": HEIGHT, "K": INTRINSICS.matrix.tolist()}
    (folder / "meta.json").write_text(json.dumps(meta))
    return folder


def group_of(*drives: PreparedDrive) -> ViewGroup:
    intrinsics = [each for drive in drives for each in drive.intrinsics]
    depth, poses = ([getattr(each, name) for each in drives] for name in ("depth_mm", "map_from_camera"))
    return ViewGroup(drives, DepthCovisibility(intrinsics, np.concatenate(depth), np.concatenate(poses)))
