from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest

from vpr_ros.core.describe_image import Description, ImageDescriber, StageClock
from vpr_ros.core.geometry import planar_pose
from vpr_ros.core.localize import LocalizationMap, Localizer
from vpr_ros.core.parse_settings import override_settings
from vpr_ros.core.place_table import PlaceTable
from vpr_ros.core.records import Candidates, Frame, Labels, Rejected, RelativePose, VerifiedPose
from vpr_ros.core.retrieve_places import ExactIndex
from vpr_ros.core.settings import Settings
from vpr_ros.core.verify_pose import Verification

FRAME = Frame(np.zeros((4, 4, 3), np.uint8), 7, "camera", "frame")


class Says:
    """Describes every image by the same descriptor."""

    def __init__(self, share: float, descriptor: list[float]) -> None:
        self._answer = Description(share, np.array(descriptor, np.float32))

    def describe(self, _image: np.ndarray, clock: StageClock) -> Description:
        with clock.stage("features"):
            return self._answer


class Solves:
    """A verifier whose answer is known; it keeps what it was asked."""

    def __init__(self, pose: VerifiedPose | Rejected) -> None:
        self.asked: list[tuple[Sequence[Frame], Candidates]] = []
        self._pose = pose

    def verify(self, frames: Sequence[Frame], candidates: Candidates, clock: StageClock) -> Verification:
        self.asked.append((frames, candidates))
        with clock.stage("verify_pose"):
            seen = [dataclasses.replace(each, inliers=10 * each.place_id) for each in candidates.ranked]
            return Verification(Candidates(tuple(seen)), self._pose)


def localizer(share: float, descriptor: list[float], verifier: Solves | None = None) -> Localizer:
    labels = (Labels(room="hall"), Labels(room="hall"), Labels(room="lab"))
    poses = None if verifier is None else np.stack([planar_pose(float(x), 0.0, 0.0) for x in range(3)])
    table = PlaceTable(np.array([3, 5, 8]), np.zeros(3, np.int64), ("a", "b", "c"), ("camera",) * 3, labels, poses)
    known = np.eye(3, dtype=np.float32)
    place_map = cast(LocalizationMap, SimpleNamespace(map_id="m", map_frame="map", table=table, descriptors=known))
    describer = cast(ImageDescriber, Says(share, descriptor))
    return Localizer(place_map, describer, ExactIndex(known), Settings(), verifier=verifier)


def test_an_answer_names_places_and_the_time_each_stage_took():
    estimate = localizer(1.0, [0.8, 0.6, 0.0]).localize(FRAME)
    assert [candidate.place_id for candidate in estimate.candidates.ranked] == [3, 5, 8]
    assert estimate.place_id == 3
    assert estimate.room.label == "hall"
    assert estimate.coarse_pose is None
    assert list(estimate.latency_ms) == ["features", "retrieve_places", "label_room"]


@pytest.mark.parametrize(
    ("share", "descriptor", "reason"),
    [
        (0.01, [1.0, 0.0, 0.0], "too few describable patches"),
        (1.0, [np.nan, 0.0, 0.0], "the descriptor is not finite"),
        (1.0, [np.inf, 0.0, 0.0], "the descriptor is not finite"),
    ],
)
def test_what_cannot_be_compared_is_refused_with_a_reason(share, descriptor, reason):
    estimate = localizer(share, descriptor).localize(FRAME)
    assert estimate.refusal is not None
    assert estimate.refusal.reason == reason
    assert estimate.place_id is None
    assert estimate.candidates.ranked == ()
    assert (estimate.stamp_ns, estimate.source_name) == (7, "frame")


def test_a_localizer_says_what_its_index_is():
    assert localizer(1.0, [1.0, 0.0, 0.0]).about_index == "exact"


def fix(place_id: int) -> VerifiedPose:
    relative = RelativePose(place_id, np.eye(4), np.eye(6), *[np.zeros((0, 2), np.float32)] * 2, (4, 4), (4, 4))
    return VerifiedPose(planar_pose(2.1, 0.2, 0.0), np.eye(6), relative, {})


def test_the_place_that_a_fix_stands_on_is_named_and_the_coarse_pose_is_its():
    verifier = Solves(fix(8))
    estimate = localizer(1.0, [0.8, 0.6, 0.1], verifier).localize(FRAME)
    assert [each.place_id for each in verifier.asked[0][1].ranked] == [3, 5, 8]
    assert [each.place_id for each in estimate.candidates.ranked] == [8, 3, 5]
    assert [each.inliers for each in estimate.candidates.ranked] == [80, 30, 50]
    assert estimate.place_id == 8
    assert estimate.pose is not None
    assert estimate.coarse_pose is not None
    assert estimate.coarse_pose.map_from_base == pytest.approx(planar_pose(2.0, 0.0, 0.0))
    assert list(estimate.latency_ms) == ["features", "retrieve_places", "verify_pose", "label_room"]


def test_where_geometry_refuses_the_place_stays_named():
    refused = Rejected("too few points agree", {"inliers": 3.0})
    estimate = localizer(1.0, [0.8, 0.6, 0.1], Solves(refused)).localize(FRAME)
    assert estimate.pose is refused
    assert estimate.refusal is None
    assert estimate.place_id == 3
    assert estimate.coarse_pose is not None


def test_what_names_no_place_is_not_verified_and_further_cameras_are_handed_on():
    verifier = Solves(fix(3))
    assert localizer(0.01, [1.0, 0.0, 0.0], verifier).localize(FRAME).pose is None
    assert verifier.asked == []
    left = dataclasses.replace(FRAME, camera="left")
    localizer(1.0, [1.0, 0.0, 0.0], verifier).localize(FRAME, [left])
    assert list(verifier.asked[0][0]) == [FRAME, left]


def test_without_a_verifier_it_says_why_there_are_no_poses():
    silent = localizer(1.0, [1.0, 0.0, 0.0])
    assert not silent.solves_poses
    assert silent.about_poses.startswith("poses off: the map has no points")
    assert silent.localize(FRAME).pose is None


def test_under_other_settings_it_obeys_those_and_the_first_one_does_not():
    first = localizer(0.3, [1.0, 0.0, 0.0])
    strict = first.under(override_settings(Settings(), ["retrieval.min_valid_patches=0.5", "rooms.enabled=false"]))
    assert strict.localize(FRAME).refusal is not None
    one = first.under(override_settings(Settings(), ["retrieval.top_k=1", "rooms.voters=1"])).localize(FRAME)
    assert [each.place_id for each in one.candidates.ranked] == [3]
    assert len(first.localize(FRAME).candidates.ranked) == 3
