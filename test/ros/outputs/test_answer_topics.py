"""Which topics there are, and what is not made for nobody."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("rclpy")

from output_stage import OutputStage, answer_of
from robot import LATCHED, Client, stamp_of, wait_until
from two_places import STAMP_NS

from vpr_ros.core.outputs.topics import DETECTIONS, MATCH, ROOM, OutputTopic
from vpr_ros.ros.outputs import publishers
from vpr_ros.ros.outputs.answer_topics import AnswerTopics
from vpr_ros.ros.outputs.publishers import Publishers

POSE = "geometry_msgs/msg/PoseWithCovarianceStamped"


def _offered(stage: OutputStage) -> set[str]:
    return {name for name, _ in stage.node.get_publisher_names_and_types_by_node("vpr", "/")}


def test_rtabmap_has_its_topic_only_where_it_was_asked_for(domain: int) -> None:
    with OutputStage(domain, lambda node: AnswerTopics(node, for_rtabmap=False)) as stage:
        assert "/vpr/rtabmap_global_pose" not in _offered(stage)
        assert "/vpr/pose" in _offered(stage)


def test_fixes_go_to_rtabmap_as_it_reads_them(domain: int) -> None:
    with OutputStage(domain, lambda node: AnswerTopics(node, for_rtabmap=True)) as stage, Client(domain) as client:
        heard, poses = (client.listen(f"/vpr/{name}", POSE) for name in ("rtabmap_global_pose", "pose"))

        def both() -> bool:
            stage.listener.hear(answer_of(fixed=False))
            stage.listener.hear(answer_of())
            return bool(heard and poses)

        wait_until(both, "a fix")
        assert heard[0].header.frame_id == "base_footprint"  # whose pose it is
        assert poses[0].header.frame_id == "map"
        assert stamp_of(heard[0]) == STAMP_NS
        assert heard[0].pose == poses[0].pose


def test_messages_that_nobody_hears_are_not_made(domain: int, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    real = publishers.message_from_fields

    def counted(type_name: str, fields: Any) -> Any:
        made.append(type_name)
        return real(type_name, fields)

    monkeypatch.setattr(publishers, "message_from_fields", counted)
    with OutputStage(domain, lambda node: AnswerTopics(node, for_rtabmap=True)) as stage:
        stage.listener.hear(answer_of())
        assert made == ["std_msgs/msg/String"] * 2  # the latched ones, for whoever comes late
        with Client(domain) as client:
            rooms = client.listen("/vpr/room", "std_msgs/msg/String", LATCHED)
            wait_until(lambda: rooms, "the room")
            assert rooms[0].data == "kitchen"
            stage.listener.forget()
            wait_until(lambda: rooms[-1].data == "unknown", "the room to be withdrawn")


def test_a_type_that_is_not_installed_is_left_out_and_never_wanted(domain: int) -> None:
    missing = OutputTopic("~/missing", "no_such_msgs/msg/Thing")
    with OutputStage(domain, lambda node: Publishers(node, [missing, ROOM, MATCH])) as stage:
        topics = stage.listener
        assert not topics.wanted(missing)
        assert topics.wanted(ROOM)
        assert not topics.wanted(MATCH)
        assert "/vpr/missing" not in _offered(stage)


def test_detections_are_published_where_vision_msgs_is(domain: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The package is not on PyPI: a topic of a type that is takes its place, and the fields are looked at."""
    heard: list[Any] = []
    monkeypatch.setattr(Publishers, "wanted", lambda _self, _topic: True)
    monkeypatch.setattr(Publishers, "publish", lambda _self, messages: heard.extend(messages))
    with OutputStage(domain, lambda node: AnswerTopics(node, for_rtabmap=False)) as stage:
        stage.listener.hear(answer_of(fixed=False))
    (told,) = [each for each in heard if each.topic == DETECTIONS.name]
    assert told.type_name == "vision_msgs/msg/Detection3DArray"
    assert [each["id"] for each in told.fields["detections"]] == ["flat/place_70", "flat/place_3"]
