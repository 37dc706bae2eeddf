"""Markers over DDS: the map for whoever comes late, answers for those who look."""

from __future__ import annotations

import time
from typing import Any

import pytest

pytest.importorskip("rclpy")

from output_stage import OutputStage, answer_of
from robot import LATCHED, Client, wait_until
from two_places import TwoPlaces

from vpr_ros.core.outputs.answer_markers import answer_markers
from vpr_ros.core.outputs.marker import DELETE_ALL
from vpr_ros.ros.answer import Answer
from vpr_ros.ros.outputs.markers import AnswerMarkers, MapMarkers

MARKERS = "visualization_msgs/msg/MarkerArray"


class Drawings:
    """The real ones, counted."""

    def __init__(self) -> None:
        self.made = 0

    def __call__(self, answer: Answer) -> Any:
        self.made += 1
        return answer_markers(answer.estimate, answer.place_map, answer.sound)


def test_answers_are_drawn_for_those_who_look_and_taken_down_with_what_they_are_of(domain: int) -> None:
    drawings = Drawings()
    with OutputStage(domain, lambda node: AnswerMarkers(node, drawings)) as stage:
        stage.listener.serve(TwoPlaces(), "base_link")
        for _ in range(10):
            stage.listener.hear(answer_of())
        assert drawings.made == 0
        with Client(domain) as client:
            heard = client.listen("/vpr/markers", MARKERS)
            stage.wait_for_listener("/vpr/markers")

            def seen() -> bool:
                stage.listener.hear(answer_of())
                time.sleep(0.01)
                return bool(heard)

            wait_until(seen, "markers")
            assert [each.ns for each in heard[0].markers] == ["query", "match", "line", "text"]
            for take_down in (stage.listener.forget, lambda: stage.listener.serve(TwoPlaces("other"), "base_link")):
                stage.listener.hear(answer_of())
                wait_until(lambda: len(heard[-1].markers) == 4, "markers")
                take_down()
                wait_until(lambda: [each.action for each in heard[-1].markers] == [DELETE_ALL], "nothing to be shown")


def test_the_map_is_there_for_whoever_comes_late_and_another_takes_its_place(domain: int) -> None:
    with OutputStage(domain, MapMarkers) as stage:
        stage.listener.serve(TwoPlaces(map_frame="old"), "base_link")
        stage.listener.serve(TwoPlaces(map_frame="world"), "base_link")
        stage.listener.forget()
        with Client(domain) as client:
            keyframes = client.listen("/vpr/keyframes", MARKERS, LATCHED)
            rooms = client.listen("/vpr/room_markers", MARKERS, LATCHED)
            wait_until(lambda: keyframes and rooms, "the map")
            (deleted, *shown) = keyframes[0].markers
            assert deleted.action == DELETE_ALL
            assert {each.header.frame_id for each in shown} == {"world"}
            assert [each.text for each in rooms[0].markers[1:]] == ["kitchen"]
            before = len(keyframes)
            stage.listener.serve(TwoPlaces(has_poses=False), "base_link")
            wait_until(lambda: len(keyframes) > before, "another map")
            assert [each.action for each in keyframes[-1].markers] == [DELETE_ALL]
