"""A made world: points with a look of their own, keyframes and queries that see them. Everything is known exactly."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vpr_ros.core.geometry import invert_pose, pose_matrix
from vpr_ros.core.place_table import PlaceTable
from vpr_ros.core.pose.correspondences import Correspondences, QueryView
from vpr_ros.core.pose.keyframe_points import KeyframePoints
from vpr_ros.core.pose.reprojection import project_map_points
from vpr_ros.core.pose.shared_error import SharedError
from vpr_ros.core.records import Candidate, Candidates, Frame, Intrinsics, Keypoints, Labels

PINHOLE = Intrinsics(np.array([[500.0, 0, 320], [0, 510.0, 240], [0, 0, 1]]), 640, 480)
PLUMB_BOB = Intrinsics(
    np.array([[300.0, 0, 200], [0, 300.0, 150], [0, 0, 1]]), 400, 300, "plumb_bob", (-0.18, 0.04, 0.0003, -0.0002, 0.01)
)
RATIONAL = Intrinsics(
    PINHOLE.matrix, 640, 480, "rational_polynomial", (0.2, -0.05, 0.001, -0.0005, 0.01, 0.25, -0.02, 0.002)
)
FISHEYE = Intrinsics(PINHOLE.matrix, 640, 480, "equidistant", (0.01, -0.005, 0.001, 0.0005))
LENSES = {"none": PINHOLE, "plumb_bob": PLUMB_BOB, "rational_polynomial": RATIONAL, "equidistant": FISHEYE}

OPTICAL = np.array([[0.0, 0, 1, 0], [-1, 0, 0, 0], [0, -1, 0, 0], [0, 0, 0, 1]])
"""base_from_camera of a camera that looks along the base's x."""
ON_ROBOT = pose_matrix(np.array([0.1, 0.02, 0.6]), np.array([0.0, 0, 0, 1])) @ OPTICAL


def robot_at(x: float, y: float, yaw_deg: float, z: float = 0.0) -> np.ndarray:
    half = np.radians(yaw_deg) / 2
    return pose_matrix(np.array([x, y, z]), np.array([0.0, 0.0, np.sin(half), np.cos(half)]))


def room(count: int = 1500, seed: int = 0, low=(-1.0, -3.0, 0.0), high=(7.0, 3.0, 2.5)) -> np.ndarray:
    """[n, 3] points all over a room, some of them far ahead of a robot at the origin."""
    return np.random.default_rng(seed).uniform(low, high, (count, 3))


@dataclass
class World:
    """points [n, 3]; looks: one descriptor for each."""

    points: np.ndarray
    looks: np.ndarray
    noise_px: float = 0.0

    @classmethod
    def of(cls, points: np.ndarray, seed: int = 1, noise_px: float = 0.0) -> World:
        looks = np.random.default_rng(seed).integers(0, 256, (len(points), 64)).astype(np.uint8)
        return cls(points, looks, noise_px)

    def see(self, map_from_base, lens=PINHOLE, mount=ON_ROBOT, seed=0) -> tuple[Keypoints, np.ndarray]:
        """Keypoints of an image taken there, and which points they are."""
        pixels = project_map_points(self.points, invert_pose(map_from_base @ mount), lens)
        with np.errstate(invalid="ignore"):
            which = np.flatnonzero(((pixels >= 0) & (pixels < [lens.width, lens.height])).all(1))
        noise = np.random.default_rng(seed).normal(0, 1, (len(which), 2)) * self.noise_px
        seen = (pixels[which] + noise).astype(np.float32)
        scores = np.ones(len(which), np.float32)
        return Keypoints(seen, self.looks[which], scores, (lens.width, lens.height)), which

    def keyframe(self, place_id, map_from_base, lens=PINHOLE, mount=ON_ROBOT, known=True) -> KeyframePoints:
        keypoints, which = self.see(map_from_base, lens, mount, seed=100 + place_id)
        points = self.points[which] if known else np.full((len(which), 3), np.nan)
        return KeyframePoints(
            place_id, keypoints.pixels, keypoints.descriptors, points.astype(np.float32), lens, map_from_base, mount
        )

    def frame(self, lens=PINHOLE, mount=ON_ROBOT, **others) -> Frame:
        """A query; its image is empty, `Eyes` knows what is on it."""
        return Frame(
            image=np.zeros((lens.height, lens.width, 3), np.uint8),
            camera="front",
            source_name="",
            **{"stamp_ns": 0, "intrinsics": lens, "base_from_camera": mount, **others},
        )


class Eyes:
    """A KeypointExtractor that has been told what there is to see, image by image."""

    name = "told"
    fingerprint: dict = {"name": "told"}  # noqa: RUF012

    def __init__(self, *told: Keypoints) -> None:
        self._told = list(told)
        self.looked = 0

    def extract(self, image, most):  # noqa: ARG002
        self.looked += 1
        return self._told[(self.looked - 1) % len(self._told)]


class Points:
    """A MapPoints of keyframes in a list; neighbours are neighbours in it."""

    def __init__(self, *keyframes: KeyframePoints | None, shared_error: SharedError = SharedError()) -> None:  # noqa: B008
        self.keyframes = keyframes
        self.shared_error = shared_error

    def keyframe(self, row):
        return self.keyframes[row]

    def covisible(self, row, most):
        near = sorted((abs(other - row), other) for other in range(len(self.keyframes)) if other != row)
        return [other for _, other in near[:most]]


def table_of(*bases: np.ndarray) -> PlaceTable:
    count = len(bases)
    return PlaceTable(
        np.arange(count, dtype=np.int64),
        np.arange(count, dtype=np.int64),
        ("",) * count,
        ("front",) * count,
        (Labels(),) * count,
        np.array(bases),
    )


def ranked(*place_ids: int) -> Candidates:
    return Candidates(tuple(Candidate(place_id, 0.9 - 0.01 * rank) for rank, place_id in enumerate(place_ids)))


def exact_pairs(points, map_from_base, lens=PINHOLE, mount=ON_ROBOT, noise_px=0.0, seed=0):
    """(pairs, views) of what a camera there sees of these points."""
    keypoints, which = World(points, np.zeros((len(points), 4)), 0.0).see(map_from_base, lens, mount)
    count = len(which)
    pixels = project_map_points(points[which], invert_pose(map_from_base @ mount), lens)
    pixels = pixels + np.random.default_rng(seed).normal(0, 1, pixels.shape) * noise_px
    zeros, each = np.zeros(count, np.int64), np.arange(count)
    pairs = Correspondences(pixels, points[which], zeros, each, zeros, each, each, each)
    return pairs, [QueryView(keypoints, lens, invert_pose(mount))]
