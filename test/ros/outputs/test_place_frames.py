"""Frames of matched places: each latched message holds all so far."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("rclpy")

from output_stage import answer_of
from two_places import TwoPlaces

from vpr_ros.core.records import Candidate, Candidates, Rejected
from vpr_ros.ros.outputs import place_frames
from vpr_ros.ros.outputs.place_frames import PlaceFrames
from vpr_ros.ros.outputs.publishers import LATCHED
from vpr_ros.ros.plumbing.messages import MessageTypeError


class Node:
    """Takes down what is published; tf2_msgs is not needed to look at it."""

    def __init__(self) -> None:
        self.published: list[list[str]] = []
        self.made: list[tuple[str, object]] = []
        self.told: list[str] = []

    def create_lifecycle_publisher(self, _kind: object, topic: str, qos: object) -> Any:
        self.made.append((topic, qos))
        return SimpleNamespace(publish=self._publish)

    def destroy_lifecycle_publisher(self, _publisher: object) -> None:
        self.made.clear()

    def get_logger(self) -> Any:
        return SimpleNamespace(info=self.told.append)

    def _publish(self, message: Any) -> None:
        self.published.append([f"{each.header.frame_id} {each.child_frame_id}" for each in message.transforms])


@pytest.fixture
def node(monkeypatch: pytest.MonkeyPatch) -> Node:
    monkeypatch.setattr(place_frames, "message_class", lambda _name: SimpleNamespace)
    return Node()


FLAT = TwoPlaces()


def _frames(node: Node, wanted: bool = True) -> PlaceFrames:
    made = PlaceFrames(node, lambda: wanted)  # type: ignore[arg-type]
    made.serve(FLAT, "base_link")  # type: ignore[arg-type]
    return made


def _named(place_id: int, **changed: Any) -> Any:
    return answer_of(candidates=Candidates((Candidate(place_id, 0.9),)), **changed)


def test_each_message_holds_all_places_so_far_and_known_ones_are_not_said_again(node: Node) -> None:
    frames = _frames(node)
    assert node.made == [("/tf_static", LATCHED)]
    for place in (70, 70, 3, 70):
        frames.hear(_named(place))
    frames.forget()
    frames.serve(FLAT, "base_link")  # type: ignore[arg-type]
    frames.hear(_named(3))
    assert node.published == [["map flat/place_70"], ["map flat/place_70", "map flat/place_3"]]
    frames.close()
    assert node.made == []


def test_the_longest_unmatched_place_goes_when_there_are_too_many(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(place_frames, "MOST_FRAMES", 1)
    frames = _frames(node)
    for place in (70, 3, 70):
        frames.hear(_named(place))
    assert node.published == [["map flat/place_70"], ["map flat/place_3"], ["map flat/place_70"]]


def test_places_of_another_map_are_forgotten(node: Node) -> None:
    frames = _frames(node)
    frames.hear(_named(70))
    frames.serve(TwoPlaces("attic", "world"), "base_link")  # type: ignore[arg-type]
    frames.hear(_named(3, place_map=TwoPlaces("attic", "world")))
    assert node.published == [["map flat/place_70"], [], ["world attic/place_3"]]


def test_a_map_built_anew_with_the_same_id_has_other_frames(node: Node) -> None:
    """`vpr map build` into the same folder, then ~/reload_map: the old transforms would be told for ever."""
    frames, again = _frames(node), TwoPlaces()
    frames.hear(_named(70))
    frames.serve(again, "base_link")  # type: ignore[arg-type]
    assert node.published[-1] == []  # nor do latecomers hear of the old ones
    frames.hear(_named(70, place_map=again))
    assert node.published[-1] == ["map flat/place_70"]


def test_nothing_where_nothing_is_known_or_wanted(node: Node) -> None:
    frames = _frames(node)
    frames.hear(_named(70, refusal=Rejected("unsure")))
    frames.hear(_named(70, place_map=TwoPlaces(has_poses=False)))
    _frames(node, wanted=False).hear(_named(70))
    assert node.published == []


def test_without_tf2_msgs_it_is_said_once_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> Any:
        raise MessageTypeError(f"message type {name} is not installed here (package tf2_msgs)")

    monkeypatch.setattr(place_frames, "message_class", missing)
    node = Node()
    frames = _frames(node)
    frames.hear(_named(70))
    frames.close()
    assert (node.published, node.made) == ([], [])
    (told,) = node.told
    assert "tf2_msgs" in told
