"""The demo's judgement: when a place counts as right, and what the table says."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from vpr_ros.cli.demo_outcome import judge_answers, outcome_table
from vpr_ros.cli.demo_picture import draw_outcome
from vpr_ros.core.geometry import planar_pose
from vpr_ros.core.heard_answer import HeardAnswer
from vpr_ros.core.place_table import PlaceTable
from vpr_ros.core.records import Frame, Labels
from vpr_ros.simulation.floor_plan import make_plan
from vpr_ros.sources.source import FrameEntry


def heard(stamp_ns: int, place: str, room: str, floor: str, refusal: str | None = None) -> HeardAnswer:
    return HeardAnswer(stamp_ns, place, room, floor, refusal, stages_ms=10.0, latency_ms=20.0)


GROUND, FIRST = Labels(room="kitchen", floor="ground"), Labels(room="kitchen", floor="first")
TABLE = PlaceTable(
    np.array([3, 9]),
    np.arange(2),
    ("a", "b"),
    ("camera",) * 2,
    (GROUND, FIRST),
    np.stack([planar_pose(1, 1, 0), planar_pose(1, 1, 0, z=3.0)]),
)
MAP: Any = SimpleNamespace(map_id="m", table=TABLE, thumbnail=lambda row: np.full((30, 40, 3), 50 * row, np.uint8))


class Visit:
    """Four images: near the ground place, 3 m away from it, upstairs, and a blank wall."""

    def entries(self) -> list[FrameEntry]:
        poses = [planar_pose(2, 1, 0), planar_pose(4.1, 1, 0), planar_pose(1, 1, 0, z=3.0), planar_pose(1, 2, 0)]
        labels = [GROUND, GROUND, FIRST, GROUND]
        return [FrameEntry(i, i + 100, f"{i}", "camera", poses[i], labels[i]) for i in range(4)]

    def frames(self, numbers: list[int]) -> Any:
        return (Frame(np.full((60, 80, 3), 40 * n, np.uint8), n, "camera", f"{n}") for n in numbers)


ANSWERS = [
    heard(100, "m/place_3", "kitchen", "ground"),
    heard(101, "m/place_3", "kitchen", "ground"),
    heard(102, "m/place_3", "kitchen", "ground"),
    heard(103, "unknown", "unknown", "unknown", "refused: blank"),
]

POSES = {100: planar_pose(2.03, 1, 0), 101: planar_pose(4.1, 2.5, 0)}
"""3 cm beside the truth, and 1.5 m."""


@pytest.fixture
def outcome() -> Any:
    return judge_answers(Visit(), MAP, ANSWERS, POSES, {"/vpr/match": 4})  # type: ignore[arg-type]


def test_a_place_is_right_when_near_and_on_the_same_floor(outcome):
    assert [each.place_right for each in outcome.judged] == [True, False, False, False]
    assert [each.room_right for each in outcome.judged] == [True, True, True, False]
    assert [each.floor_right for each in outcome.judged] == [True, True, False, False]
    assert [each.row for each in outcome.judged] == [0, 0, 0, None]


def test_the_table_adds_up(outcome):
    lines = outcome_table(outcome).splitlines()
    (ground,) = [line.split() for line in lines if line.startswith("ground / kitchen")]
    (everything,) = [line.split() for line in lines if line.startswith("all")]
    assert ground[3:] == ["3", "33%", "67%", "67%"]
    assert everything[1:] == ["4", "25%", "75%", "50%"]
    assert any("4 images, 4 answers, 1 of them `unknown`" in line for line in lines)
    assert any("image to answer: median 20 ms" in line for line in lines)


def test_poses_are_held_against_the_truth(outcome):
    assert [each.pose_error for each in outcome.judged] == [
        pytest.approx((0.03, 0)),
        pytest.approx((1.5, 0)),
        None,
        None,
    ]
    (told,) = [line for line in outcome_table(outcome).splitlines() if line.startswith("poses")]
    assert "2 of 4" in told
    assert "150 cm at most" in told
    assert "1 false" in told


def test_the_picture_is_written(outcome, tmp_path):
    draw_outcome(outcome, MAP, make_plan(1), tmp_path / "outcome.png")
    assert (tmp_path / "outcome.png").stat().st_size > 5000
