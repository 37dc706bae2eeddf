"""The corner of a room with textured walls and floor, seen by a camera: pictures with exact depth and poses.

Not a test file. `write_rgbd` writes what `open_source` takes for an RGB-D folder.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np

from vpr_ros.core.geometry import quaternion_from_matrix
from vpr_ros.core.records import Array, Intrinsics, Matrix4

SIZE_PX = (320, 240)
LENS = Intrinsics(np.array([[260.0, 0, 159.5], [0, 260.0, 119.5], [0, 0, 1]]), *SIZE_PX)
WALLS = ((0, 4.0), (1, 2.5), (2, 0.0), (1, -2.5))
"""Axis and where on it, metres: what is seen from around the origin looking along x."""
TEXELS_PER_M, TEXTURE_PX = 120, 1024


def camera_at(x: float, y: float, yaw_deg: float, z: float = 1.1, pitch_deg: float = 8.0) -> Matrix4:
    """map_from_camera (optical): looking along x at yaw 0, downwards by the pitch."""
    yaw, pitch = np.radians([yaw_deg, pitch_deg])
    forward = np.array([np.cos(yaw) * np.cos(pitch), np.sin(yaw) * np.cos(pitch), -np.sin(pitch)])
    right = np.array([np.sin(yaw), -np.cos(yaw), 0.0])
    pose = np.eye(4)
    pose[:3, :3] = np.column_stack([right, np.cross(forward, right), forward])
    pose[:3, 3] = x, y, z
    return pose


DRIVE = tuple(camera_at(0.25 * step, 0.1 * (step % 3) - 0.1, 6.0 * (step - 3)) for step in range(7))
VISIT = tuple(camera_at(0.3 * step + 0.12, 0.15 - 0.1 * step, 8.0 * step - 10, 1.12) for step in range(4))


def look(map_from_camera: Matrix4, light: float = 1.0) -> tuple[Array, Array]:
    """RGB uint8 and depth in metres, float32."""
    columns, rows = np.meshgrid(np.arange(SIZE_PX[0]), np.arange(SIZE_PX[1]))
    flat = np.linalg.solve(LENS.matrix, np.stack([columns, rows, np.ones_like(rows)]).reshape(3, -1).astype(float))
    rays, start = map_from_camera[:3, :3] @ flat, map_from_camera[:3, 3]
    depth, image = np.full(rays.shape[1], np.inf), np.zeros((rays.shape[1], 3))
    for number, (axis, at) in enumerate(WALLS):
        with np.errstate(divide="ignore", invalid="ignore"):
            away = (at - start[axis]) / rays[axis]
        nearer = (away > 0) & (away < depth)
        hit = start[:, None] + rays * np.where(nearer, away, 0)
        across = np.delete(hit, axis, axis=0).astype(np.float32) * TEXELS_PER_M % TEXTURE_PX
        places = across.reshape(2, *SIZE_PX[::-1])
        seen = cv2.remap(_texture(number), places[0], places[1], cv2.INTER_LINEAR, None, cv2.BORDER_WRAP)
        depth[nearer], image[nearer] = away[nearer], seen.reshape(-1, 3)[nearer]
    shape = SIZE_PX[::-1]
    picture = np.clip(image.reshape(*shape, 3) * light, 0, 255).astype(np.uint8)
    return picture, depth.reshape(shape).astype(np.float32)


def write_rgbd(folder: Path, poses: Sequence[Matrix4], light: float = 1.0) -> Path:
    """An RGB-D folder of what is seen from these poses of the camera."""
    for name in ("rgb", "depth"):
        (folder / name).mkdir(parents=True)
    lines = ["name,tx,ty,tz,qx,qy,qz,qw"]
    for number, pose in enumerate(poses):
        image, depth = look(pose, light)
        cv2.imwrite(str(folder / f"rgb/{number:03d}.png"), image[..., ::-1])
        cv2.imwrite(str(folder / f"depth/{number:03d}.png"), np.rint(depth * 1000).astype(np.uint16))
        values = [*pose[:3, 3], *quaternion_from_matrix(pose)]
        lines.append(",".join([f"{number:03d}", *(f"{value:.9g}" for value in values)]))
    (folder / "poses.csv").write_text("\n".join(lines) + "\n")
    meta = {"width": SIZE_PX[0], "height": SIZE_PX[1], "K": LENS.matrix.tolist(), "dist_k1k2p1p2k3": None}
    (folder / "meta.json").write_text(json.dumps(meta))
    return folder


@lru_cache(maxsize=8)
def _texture(seed: int) -> Array:
    rng = np.random.default_rng(seed)
    layers = [
        cv2.resize(rng.normal(0, 38, (side, side, 3)).astype(np.float32), (TEXTURE_PX, TEXTURE_PX))
        for side in (16, 64, 256)
    ]
    return np.asarray(120 + sum(layers), np.float32)
