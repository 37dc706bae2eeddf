"""An answer as a display shows it."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from two_places import TwoPlaces, coarse_70, estimate_of, fix_of_70

from vpr_ros.core.outputs.answer_markers import FIXED, HELD_BACK, PLACE_ONLY, answer_markers, no_markers
from vpr_ros.core.outputs.marker import DELETE_ALL
from vpr_ros.core.outputs.topics import OutputMessage
from vpr_ros.core.records import Candidates, Rejected
from vpr_ros.sources.bags.message_cdr import deserialize_message, serialize_message


def _by_name(message: OutputMessage) -> dict[str, dict[str, Any]]:
    assert message.topic == "~/markers"
    read = deserialize_message(message.type_name, serialize_message(message.type_name, message.fields))
    assert len(read.markers) == len(message.fields["markers"])
    return {each.get("ns", "delete"): each for each in message.fields["markers"]}


def _colour(made: dict[str, Any]) -> tuple[float, ...]:
    return tuple(made["color"][channel] for channel in "rgb")


def test_a_fix_is_an_arrow_a_line_and_the_keyframe_at_its_other_end() -> None:
    pose = fix_of_70()
    markers = _by_name(answer_markers(estimate_of(pose=pose, coarse_pose=coarse_70()), TwoPlaces(), pose))
    assert set(markers) == {"query", "match", "line", "text"}
    assert markers["query"]["pose"]["position"] == {"x": 2.0, "y": 1.0, "z": 0.1}
    assert markers["match"]["pose"]["position"] == {"x": 3.0, "y": 4.0, "z": 0.0}
    assert markers["line"]["points"] == [{"x": 2.0, "y": 1.0, "z": 0.1}, {"x": 3.0, "y": 4.0, "z": 0.0}]
    assert markers["text"]["text"] == "place 70: similarity 0.75, 41 points"
    for each in markers.values():
        assert each["header"] == {"stamp": {"sec": 12, "nanosec": 345}, "frame_id": "map"}
    assert _colour(markers["query"]) == _colour(markers["line"]) == FIXED


def test_colours_tell_how_far_to_trust() -> None:
    """What was solved and is not believed is not where the arrow stands."""
    for pose, colour in ((None, PLACE_ONLY), (Rejected("few"), PLACE_ONLY), (fix_of_70(), HELD_BACK)):
        markers = _by_name(answer_markers(estimate_of(pose=pose, coarse_pose=coarse_70()), TwoPlaces(), None))
        assert _colour(markers["query"]) == colour
        assert markers["query"]["pose"]["position"] == {"x": 3.0, "y": 4.0, "z": 0.0}


@pytest.mark.parametrize(
    "nothing",
    [{"refusal": Rejected("blank")}, {"candidates": Candidates(())}, {"coarse_pose": None}],
)
def test_where_nothing_is_believed_nothing_stays_on_the_display(nothing: dict[str, Any]) -> None:
    estimate = dataclasses.replace(estimate_of(coarse_pose=coarse_70()), **nothing)
    message = answer_markers(estimate, TwoPlaces(), None)
    assert message == no_markers(TwoPlaces())
    (only,) = message.fields["markers"]
    assert only["action"] == DELETE_ALL
    assert answer_markers(estimate_of(coarse_pose=coarse_70()), TwoPlaces(has_poses=False), None) == message
