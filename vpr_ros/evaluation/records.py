"""What an evaluation knows: of one query, and of the whole run.

The numbers of metrics.json, the rows of queries.csv and the report are all made of these and of nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from vpr_ros.core.records import UNKNOWN, Array, Estimate, Labels, Matrix4
from vpr_ros.core.settings import Settings
from vpr_ros.maps.place_map import PlaceMap
from vpr_ros.sources.source import Source


@dataclass(frozen=True, eq=False)
class Truth:
    """Where a query was really taken, as far as anybody knows.

    map_from_base: in the map's frame, after an alignment if there was one. has_heading: False where only its position
    is known (photos with GPS). has_positive: whether any place of the map would be a right answer; None where nobody
    can say. positive_place_id: one of those, the nearest where it is told by poses.
    """

    map_from_base: Matrix4 | None = None
    labels: Labels = field(default_factory=Labels)
    has_positive: bool | None = None
    positive_place_id: int | None = None
    has_heading: bool = True


@dataclass(frozen=True, eq=False)
class PoseError:
    """How far an answered pose is from the true one; infinite where the answer is no pose (NaN).

    angle_deg: NaN where the truth is a position only; axes, sigmas and nees then do not exist.

    axes: the error along x, y, z (metres) and about them (rotation vector, radians), in the map frame. sigmas: what the
    answer gave as standard deviations of these; nees: the squared error in units of its covariance; None where it gave
    no usable covariance.
    """

    distance_m: float
    angle_deg: float
    axes: Array | None
    sigmas: Array | None = None
    nees: float | None = None


@dataclass(frozen=True, eq=False)
class Query:
    """One image of the source: what was answered and what was true.

    number: of the frame in the source. sequence: number of the stretch of the drive it belongs to, what the bootstrap
    draws. right: for each candidate, best first, whether it is a right answer; None where nobody can say. pose_error
    belongs to the accepted pose, coarse_error to the coarse one; None where there is no answer or no truth.
    direction_error_deg: between the true and the answered direction from the retrieved place to the query; None where
    they are too near each other for one. has_stamp: as FrameEntry's.
    """

    number: int
    sequence: int
    estimate: Estimate
    truth: Truth = field(default_factory=Truth)
    right: tuple[bool, ...] | None = None
    pose_error: PoseError | None = None
    coarse_error: PoseError | None = None
    direction_error_deg: float | None = None
    has_stamp: bool = True

    @property
    def answered(self) -> bool:
        """Whether a place was named."""
        return self.estimate.place_id is not None

    @property
    def place_right(self) -> bool | None:
        """Whether the place named is right; False for a refusal; None where nobody can say."""
        if self.right is None:
            return None
        return self.answered and bool(self.right) and self.right[0]

    @property
    def room_right(self) -> bool | None:
        """Whether the room named is right; None without an answer or a true name."""
        return _label_right(self.estimate.room.label, self.truth.labels.room)

    @property
    def floor_right(self) -> bool | None:
        """Whether the floor named is right; None without an answer or a true name."""
        return _label_right(self.estimate.floor.label, self.truth.labels.floor)


def count_queries(count: int) -> str:
    """1 query, 2 queries."""
    return "1 query" if count == 1 else f"{count} queries"


@dataclass(frozen=True, eq=False)
class Alignment:
    """How the source's frame of reference was laid onto the map's: rotation and translation, no change of scale."""

    map_from_source: Matrix4
    answers: int
    inliers: int
    rmse_m: float


@dataclass(frozen=True, eq=False)
class GroundTruth:
    """What counted as a right answer: canonical text as for --positives; `chosen` when nobody named it.

    positives is None where nobody can say which place is right. positives_sha256: of the file that lists right places,
    None where no file does.
    """

    positives: str | None
    chosen: bool
    alignment: Alignment | None = None
    positives_sha256: str | None = None


@dataclass(frozen=True, eq=False)
class Cost:
    """What the run took: wall time of reading frames, of localizing, and of all; the process's peak memory."""

    read_s: float
    localize_s: float
    total_s: float
    peak_memory_mb: float


@dataclass(frozen=True, eq=False)
class Run:
    """An evaluation after its last query, in order of frame numbers. `frames` is what --frames said, None for all.

    settings: those the Localizer obeyed. notes: remarks for a person, one line each.
    """

    source: Source
    source_frames: int
    frames: str | None
    place_map: PlaceMap
    settings: Settings
    ground_truth: GroundTruth
    queries: tuple[Query, ...]
    cost: Cost
    notes: tuple[str, ...] = ()
    sequence_s: float = 30.0

    @property
    def latencies_ms(self) -> Mapping[str, Array]:
        """Milliseconds of every stage over the queries that ran it, and their sum as `total`."""
        stages: dict[str, list[float]] = {}
        for query in self.queries:
            for stage, took_ms in query.estimate.latency_ms.items():
                stages.setdefault(stage, []).append(took_ms)
        total = [sum(query.estimate.latency_ms.values()) for query in self.queries]
        return {name: np.array(values) for name, values in {**stages, "total": total}.items()}


def _label_right(said: str, true: str | None) -> bool | None:
    return None if true is None or said == UNKNOWN else said == true
