"""The records that cross stages. Frozen, typed, and the only things stages say to each other.

Frames of reference follow REP-103/105; optical frames are x right, y down, z forward. `a_from_b` is the 4x4
float64 matrix that takes points of b to a. Quaternions are x, y, z, w. Stamps are nanoseconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
FloatArray = npt.NDArray[np.float32]
Matrix4 = npt.NDArray[np.float64]

UNKNOWN = "unknown"
DISTORTION_MODELS = ("none", "plumb_bob", "rational_polynomial", "equidistant")


@dataclass(frozen=True, eq=False)
class Intrinsics:
    """A camera's calibration. `matrix` is K (3x3, pixels); `rectified` says its images are already undistorted."""

    matrix: Array
    width: int
    height: int
    distortion_model: str = "none"
    distortion: tuple[float, ...] = ()
    rectified: bool = False


@dataclass(frozen=True)
class Labels:
    """Names a person gave to where a frame was taken; None where nobody said."""

    place: str | None = None
    room: str | None = None
    floor: str | None = None


@dataclass(frozen=True, eq=False)
class Frame:
    """One image and all that is known about it.

    image: RGB uint8 HxWx3. depth_m: float32 HxW aligned to the image, 0 where unknown. `source_name` finds the image
    again: a file name inside its folder, or a bag's topic and stamp. `base_from_camera` is None where nobody said.
    """

    image: Array
    stamp_ns: int
    camera: str
    source_name: str
    intrinsics: Intrinsics | None = None
    depth_m: FloatArray | None = None
    map_from_base: Matrix4 | None = None
    base_from_camera: Matrix4 | None = None
    odom_from_base: Matrix4 | None = None
    labels: Labels = field(default_factory=Labels)


@dataclass(frozen=True, eq=False)
class Features:
    """What an image looks like, patch by patch.

    patches: float32 [N, D], each row of unit length. centres_px: float32 [N, 2], x and y in the image that was given to
    the extractor, (0, 0) the middle of its first pixel. valid: bool [N], False on padding and where there is nothing to
    describe. grid: (rows, columns) of a single-scale grid, None when rows are of several scales. global_: float32 [G]
    or None, of unit length or, for an image without patches, zeros. norms: float32 [N], lengths of the rows before they
    got unit length, so that `patches * norms[:, None]` is what a network computed; None where they were 1.
    """

    patches: FloatArray
    centres_px: FloatArray
    valid: npt.NDArray[np.bool_]
    grid: tuple[int, int] | None = None
    global_: FloatArray | None = None
    norms: FloatArray | None = None


class PatchExtractor(Protocol):
    """The seam of stage one: images become `Features`. `fingerprint` names everything that changes the numbers.

    `dimension` is D of the patches, `global_dimension` G of the whole image's vector; 0 where it makes none.
    """

    name: str
    dimension: int
    global_dimension: int

    @property
    def fingerprint(self) -> dict[str, Any]:
        """Name, version, the SHA-256 of weights, every parameter that changes the patches; JSON types only."""

    def extract(self, image: Array) -> Features:
        """Describe one RGB uint8 image as it comes out of `prepare_image`."""

    def extract_batch(self, images: Sequence[Array]) -> list[Features]:
        """The same for several images, of any sizes: the same answers, only sooner."""


@dataclass(frozen=True, eq=False)
class PatchEmbeddings:
    """What of an image is compared to predict how much it shares with another: one small vector for each grid cell.

    vectors: float32 [P, E], each row of unit length, zeros where not valid. valid: bool [P]. grid: (rows, columns) laid
    over the whole image, P cells row by row.
    """

    vectors: FloatArray
    valid: npt.NDArray[np.bool_]
    grid: tuple[int, int]


@dataclass(frozen=True, eq=False)
class PatchVotes:
    """Which cells of a query voted for which of a place, strongest first: the picture of why it was taken for it.

    query_cells, place_cells: int64 [M], numbers of cells in `grid`. weights: float32 [M], above 0.
    """

    place_id: int
    query_cells: npt.NDArray[np.int64]
    place_cells: npt.NDArray[np.int64]
    weights: FloatArray
    grid: tuple[int, int]


@dataclass(frozen=True, eq=False)
class Keypoints:
    """Points of one image that can be found again.

    pixels: float32 [N, 2], x and y in the image as the camera gave it, (0, 0) the middle of its first pixel.
    descriptors: [N, D], uint8 or float32 as the extractor makes them. scores: float32 [N], higher is better. size_px:
    (width, height) of that image.
    """

    pixels: FloatArray
    descriptors: Array
    scores: FloatArray
    size_px: tuple[int, int]


class KeypointExtractor(Protocol):
    """Finds points. `fingerprint` names everything that changes the numbers, as `PatchExtractor.fingerprint` does."""

    name: str

    @property
    def fingerprint(self) -> dict[str, Any]: ...

    def extract(self, image: Array, most: int) -> Keypoints:
        """The best points of one RGB uint8 image, at most so many."""


class KeypointMatcher(Protocol):
    """Pairs points of two images that may be the same point of the world."""

    name: str

    def match(self, query: Keypoints, place: Keypoints) -> npt.NDArray[np.int64]:
        """[M, 2] rows of query and place; no row of either twice. Geometry is for others to check."""


@dataclass(frozen=True, eq=False)
class Place:
    """A keyframe of the map. `place_id` is permanent; the origin of its frame is the keyframe's base pose."""

    place_id: int
    stamp_ns: int
    source_name: str
    camera: str
    map_from_base: Matrix4 | None
    labels: Labels


@dataclass(frozen=True)
class Candidate:
    """A place the query may show; similarity is the cosine of descriptors, -1..1.

    overlap: how much the two images share as their patches voted, 0 and up, comparable within one query; inliers: how
    many of its points agree with the pose that was solved. None where nobody looked.
    """

    place_id: int
    similarity: float
    overlap: float | None = None
    inliers: int | None = None


@dataclass(frozen=True)
class Candidates:
    """Best first: by similarity, and where overlap was predicted by both together; equal ones as retrieval had them,
    and there in order of place id.
    """

    ranked: tuple[Candidate, ...]

    @property
    def best(self) -> Candidate | None:
        return self.ranked[0] if self.ranked else None


@dataclass(frozen=True)
class Rejected:
    """ "I don't know" as a value: a stable reason for programs, the numbers behind it for people."""

    reason: str
    numbers: dict[str, float] = field(default_factory=dict)

    def __str__(self) -> str:
        told = ", ".join(f"{name}={value:.4g}" for name, value in self.numbers.items())
        return f"{self.reason} ({told})" if told else self.reason


@dataclass(frozen=True)
class LabelGuess:
    """A room's or floor's name and the share of the vote behind it; `UNKNOWN` when abstaining."""

    label: str = UNKNOWN
    share: float = 0.0


@dataclass(frozen=True, eq=False)
class CoarsePose:
    """Where the retrieved place was seen from, with a covariance as wide as the candidates disagree.

    covariance: 6x6 in REP-103 order (x, y, z, roll, pitch, yaw), metres and radians, in the map frame.
    """

    map_from_base: Matrix4
    covariance: Array


@dataclass(frozen=True, eq=False)
class RelativePose:
    """Where the base is, seen from one keyframe's base, solved from that keyframe's points only.

    covariance: 6x6 in REP-103 order, metres and radians, in the keyframe's base frame. query_px, place_px: float32
    [M, 2], the inliers that it stands on, in the images as the cameras gave them, of these sizes (width, height).
    """

    place_id: int
    place_from_base: Matrix4
    covariance: Array
    query_px: FloatArray
    place_px: FloatArray
    query_size_px: tuple[int, int]
    place_size_px: tuple[int, int]


@dataclass(frozen=True, eq=False)
class VerifiedPose:
    """Where the robot is, held by geometry: a fix that may be fused.

    covariance: 6x6 in REP-103 order (x, y, z, roll, pitch, yaw), metres and radians, axes of the map frame. relative:
    None where no single keyframe's points suffice. numbers: what the gates looked at (inliers, ratio, ...).
    """

    map_from_base: Matrix4
    covariance: Array
    relative: RelativePose | None
    numbers: dict[str, float]


@dataclass(frozen=True, eq=False)
class Estimate:
    """What the robot may believe after one frame.

    refusal: why no place is named. votes: of the best candidate's patches, None where overlap was not predicted. pose:
    the fix, why there is none, or None where nobody tried (no place, a map without points, the stage off).
    """

    stamp_ns: int
    camera: str
    source_name: str
    candidates: Candidates
    refusal: Rejected | None
    room: LabelGuess
    floor: LabelGuess
    coarse_pose: CoarsePose | None
    latency_ms: dict[str, float]
    votes: PatchVotes | None = None
    pose: VerifiedPose | Rejected | None = None

    @property
    def place_id(self) -> int | None:
        """The place believed in, None when refusing."""
        best = self.candidates.best
        return best.place_id if best is not None and self.refusal is None else None
