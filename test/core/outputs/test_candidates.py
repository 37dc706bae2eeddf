"""Candidates for displays and for machines."""

from __future__ import annotations

import numpy as np
import pytest
from rosbags.typesys import Stores, get_types_from_msg, get_typestore
from two_places import PLACE_70, TwoPlaces, estimate_of

from vpr_ros.core.geometry import matrix_from_quaternion
from vpr_ros.core.outputs.candidates import candidate_poses, detections
from vpr_ros.core.records import Candidates, Rejected
from vpr_ros.sources.bags import message_cdr
from vpr_ros.sources.bags.message_cdr import deserialize_message, serialize_message

# vision_msgs 4, of Humble and Jazzy: the fields that are filled, as its .msg files have them.
VISION_MSGS = {
    "Detection3DArray": "std_msgs/Header header\nvision_msgs/Detection3D[] detections",
    "Detection3D": "std_msgs/Header header\nvision_msgs/ObjectHypothesisWithPose[] results\n"
    "vision_msgs/BoundingBox3D bbox\nstring id",
    "ObjectHypothesisWithPose": "vision_msgs/ObjectHypothesis hypothesis\ngeometry_msgs/PoseWithCovariance pose",
    "ObjectHypothesis": "string class_id\nfloat64 score",
    "BoundingBox3D": "geometry_msgs/Pose center\ngeometry_msgs/Vector3 size",
}


def test_candidates_are_the_poses_of_their_places_best_first() -> None:
    fields = candidate_poses(estimate_of(), TwoPlaces(map_frame="world"))
    assert fields is not None
    assert fields["header"] == {"stamp": {"sec": 12, "nanosec": 345}, "frame_id": "world"}
    assert [pose["position"]["x"] for pose in fields["poses"]] == [3.0, 1.0]
    turned = [fields["poses"][0]["orientation"][axis] for axis in "xyzw"]
    assert matrix_from_quaternion(np.array(turned)) == pytest.approx(PLACE_70[:3, :3])
    read = deserialize_message("geometry_msgs/msg/PoseArray", serialize_message("geometry_msgs/msg/PoseArray", fields))
    assert len(read.poses) == 2


def test_a_refused_image_has_no_candidates_to_show_and_a_map_without_poses_never_any() -> None:
    for refused in (estimate_of(refusal=Rejected("unsure")), estimate_of(candidates=Candidates(()))):
        fields = candidate_poses(refused, TwoPlaces())
        assert fields is not None
        assert fields["poses"] == []
        assert detections(refused, TwoPlaces())["detections"] == []
    assert candidate_poses(estimate_of(), TwoPlaces(has_poses=False)) is None


def test_detections_name_the_place_with_its_score_and_a_wide_pose() -> None:
    first, second = detections(estimate_of(), TwoPlaces())["detections"]
    assert [each["id"] for each in (first, second)] == ["flat/place_70", "flat/place_3"]
    (result,) = first["results"]
    assert result["hypothesis"] == {"class_id": "flat/place_70", "score": 0.75}
    assert result["pose"]["pose"]["position"] == {"x": 3.0, "y": 4.0, "z": 0.0}
    assert np.diag(result["pose"]["covariance"].reshape(6, 6))[:3].min() >= 1.0
    assert first["header"]["stamp"] == {"sec": 12, "nanosec": 345}
    (bare, _) = detections(estimate_of(), TwoPlaces(has_poses=False))["detections"]
    assert set(bare["results"][0]) == {"hypothesis"}


def test_detections_have_the_fields_of_vision_msgs(monkeypatch: pytest.MonkeyPatch) -> None:
    store, types = get_typestore(Stores.ROS2_JAZZY), {}
    for name, text in VISION_MSGS.items():
        types.update(get_types_from_msg(text, f"vision_msgs/msg/{name}"))
    store.register(types)
    monkeypatch.setattr(message_cdr, "typestore", lambda: store)
    kind = "vision_msgs/msg/Detection3DArray"
    read = deserialize_message(kind, serialize_message(kind, detections(estimate_of(), TwoPlaces())))
    assert [each.results[0].hypothesis.score for each in read.detections] == [0.75, 0.5]
    assert read.detections[1].bbox.center.position.y == 2.0
