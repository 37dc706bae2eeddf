"""What the node publishes and bags hold for one frame."""

from __future__ import annotations

import numpy as np
import pytest
from two_places import TwoPlaces, coarse_70, estimate_of, fix_of_70

from vpr_ros.core.geometry import matrix_from_quaternion, planar_pose
from vpr_ros.core.outputs.answer_messages import messages_of, withdrawn_messages
from vpr_ros.core.outputs.topics import DETECTIONS, FIX, OUTPUT_TOPICS, RTABMAP_GLOBAL_POSE, OutputMessage, OutputTopic
from vpr_ros.core.records import CoarsePose, Estimate, Rejected, VerifiedPose
from vpr_ros.sources.bags.message_cdr import deserialize_message, serialize_message


def _told(estimate: Estimate, map_id: str, map_frame: str, base_frame: str) -> list[OutputMessage]:
    fix = estimate.pose if isinstance(estimate.pose, VerifiedPose) else None
    return messages_of(estimate, TwoPlaces(map_id, map_frame), base_frame, fix)


def _by_topic(messages: list[OutputMessage]) -> dict[str, OutputMessage]:
    return {message.topic: message for message in messages}


def _values(status: dict) -> dict[str, str]:
    return {pair["key"]: pair["value"] for pair in status["values"]}


def test_accepted_frame_names_its_place_by_the_frame_of_the_place() -> None:
    messages = _by_topic(_told(estimate_of(), "flat", "map", "base_link"))
    assert messages["~/place_id"].fields == {"data": "flat/place_70"}
    assert messages["~/room"].fields == {"data": "kitchen"}
    assert messages["~/floor"].fields == {"data": "unknown"}
    assert "~/coarse_pose" not in messages


def test_refused_frame_is_unknown_and_says_why() -> None:
    refused = estimate_of(refusal=Rejected("blank", {"share": 0.02}))
    messages = _by_topic(_told(refused, "flat", "map", "base_link"))
    assert messages["~/place_id"].fields == {"data": "unknown"}
    decision = messages["~/match"].fields["status"][0]
    assert (decision["level"], decision["message"]) == (1, "refused: blank (share=0.02)")
    assert _values(decision)["place"] == "unknown"


def test_match_lists_the_candidates_best_first_with_the_keyframes_own_stamp() -> None:
    match = _by_topic(_told(estimate_of(), "flat", "map", "base_link"))["~/match"].fields
    assert match["header"]["stamp"] == {"sec": 12, "nanosec": 345}
    decision, first, second = match["status"]
    assert (decision["name"], decision["message"], decision["hardware_id"]) == ("decision", "accepted", "front")
    assert _values(decision)["features ms"] == "12.5000"
    assert (first["name"], second["name"]) == ("candidate 1", "candidate 2")
    assert _values(first)["similarity"] == "0.7500"
    assert _values(first)["room"] == "unknown"
    assert _values(second)["keyframe stamp"] == "5.000000007"
    assert _values(second)["floor"] == "ground"


def test_coarse_pose_keeps_frame_stamp_rotation_and_covariance() -> None:
    map_from_base = planar_pose(1.0, -2.0, 2.5, 3.0)
    covariance = np.diag([1.0, 2.0, 3.0, 0.1, 0.2, 0.3])
    estimate = estimate_of(coarse_pose=CoarsePose(map_from_base, covariance))
    fields = _by_topic(_told(estimate, "flat", "map_2", "base_link"))["~/coarse_pose"].fields
    assert fields["header"] == {"stamp": {"sec": 12, "nanosec": 345}, "frame_id": "map_2"}
    pose = fields["pose"]["pose"]
    assert pose["position"] == {"x": 1.0, "y": -2.0, "z": 3.0}
    turned = matrix_from_quaternion(np.array([pose["orientation"][name] for name in "xyzw"]))
    assert turned == pytest.approx(map_from_base[:3, :3])
    assert fields["pose"]["covariance"].reshape(6, 6) == pytest.approx(covariance)


def test_a_fix_is_a_pose_in_the_map_and_one_in_the_frame_of_the_keyframe_it_stands_on() -> None:
    messages = _by_topic(_told(estimate_of(pose=fix_of_70()), "flat", "map", "base_footprint"))
    pose, relative = messages["~/pose"].fields, messages["~/relative_pose"].fields
    assert pose["header"] == {"stamp": {"sec": 12, "nanosec": 345}, "frame_id": "map"}
    assert pose["pose"]["pose"]["position"] == {"x": 2.0, "y": 1.0, "z": 0.1}
    assert np.diag(pose["pose"]["covariance"].reshape(6, 6)) == pytest.approx(0.01)
    assert relative["header"] == {"stamp": {"sec": 12, "nanosec": 345}, "frame_id": "flat/place_70"}
    assert relative["child_frame_id"] == "base_footprint"
    assert relative["pose"]["pose"]["position"] == {"x": 0.3, "y": 0.1, "z": 0.0}
    assert np.diag(relative["twist"]["covariance"].reshape(6, 6)).tolist() == [1e6] * 6
    decision, first, second = messages["~/match"].fields["status"]
    assert decision["message"] == "accepted"
    assert _values(decision)["pose"] == "accepted"
    assert _values(decision)["pose seen"] == "0.5000"
    assert _values(first)["inliers"] == "41"
    assert "inliers" not in _values(second)


def test_a_fix_of_several_keyframes_together_has_no_relative_pose() -> None:
    messages = _by_topic(_told(estimate_of(pose=fix_of_70(relative=False)), "flat", "map", "base_link"))
    assert "~/pose" in messages
    assert "~/relative_pose" not in messages


def test_a_refused_pose_is_told_and_not_published_and_the_place_stays() -> None:
    refused = Rejected("too few inliers", {"inliers": 7, "needed": 20})
    messages = _by_topic(_told(estimate_of(pose=refused), "flat", "map", "base_link"))
    assert not {"~/pose", "~/relative_pose"} & set(messages)
    assert messages["~/place_id"].fields == {"data": "flat/place_70"}
    decision = messages["~/match"].fields["status"][0]
    assert decision["level"] == 0
    assert decision["message"] == "accepted; pose refused: too few inliers (inliers=7, needed=20)"
    assert _values(decision)["pose"] == "refused: too few inliers (inliers=7, needed=20)"


def test_a_pose_that_is_held_back_is_told_with_the_reason_and_not_published() -> None:
    estimate = estimate_of(pose=fix_of_70())
    reason = "on floor 'first', node.active_floor is 'ground'"
    messages = _by_topic(messages_of(estimate, TwoPlaces(), "base_link", None, reason, epoch=4))
    assert not {"~/pose", "~/relative_pose"} & set(messages)
    decision = messages["~/match"].fields["status"][0]
    assert (decision["level"], decision["message"]) == (0, f"accepted; pose held back: {reason}")
    assert _values(decision)["pose"] == f"held back: {reason}"
    assert _values(decision)["epoch"] == "4"
    assert _values(decision)["map id"] == "flat"


def test_rtabmap_is_told_whose_pose_it_is_in_the_frame_id() -> None:
    fix = fix_of_70()
    asked: list[OutputTopic] = []

    def only_poses(topic: OutputTopic) -> bool:
        asked.append(topic)
        return topic in (FIX, RTABMAP_GLOBAL_POSE)

    told = messages_of(estimate_of(pose=fix), TwoPlaces(), "base_footprint", fix, wanted=only_poses)
    ours, theirs = (_by_topic(told)[name].fields for name in ("~/pose", "~/rtabmap_global_pose"))
    assert theirs["header"] == {"stamp": {"sec": 12, "nanosec": 345}, "frame_id": "base_footprint"}
    assert ours["header"]["frame_id"] == "map"
    assert theirs["pose"]["pose"] == ours["pose"]["pose"]
    assert len(told) == 2  # what is not wanted is not made
    assert {*OUTPUT_TOPICS, DETECTIONS, RTABMAP_GLOBAL_POSE} == set(asked)
    assert not messages_of(estimate_of(), TwoPlaces(), "base_footprint", None, wanted=only_poses)


def test_every_message_serialises_as_the_type_its_topic_names() -> None:
    estimate = estimate_of(refusal=Rejected("blank"), coarse_pose=coarse_70(), pose=fix_of_70())
    messages = _told(estimate, "flat", "map", "base_link")
    assert {message.topic for message in messages} == {topic.name for topic in OUTPUT_TOPICS}
    for message in messages:
        cdr = serialize_message(message.type_name, message.fields)
        read = deserialize_message(message.type_name, cdr)
        assert set(message.fields) <= {name for name in dir(read) if not name.startswith("_")}


def test_withdrawing_answers_overwrites_exactly_the_latched_topics() -> None:
    withdrawn = _by_topic(withdrawn_messages())
    assert set(withdrawn) == {"~/room", "~/floor"}
    assert all(message.fields == {"data": "unknown"} for message in withdrawn.values())
