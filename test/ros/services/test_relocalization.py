"""Who asks where the robot is gets one answer: the first sound one, a refusal, or that time was up."""

from __future__ import annotations

import threading

import pytest
from answers import answer_of, fixed_answer

from vpr_ros.core.records import Rejected
from vpr_ros.ros.services.relocalization import Relocalization


class Caller:
    """Asks and keeps what it is told."""

    def __init__(self, requests: Relocalization, since_ns: int = 100, timeout_s: float = 60.0, images: int = 2) -> None:
        self.told: list[tuple[bool, str]] = []
        self.was_told = threading.Event()
        requests.ask(self._tell, since_ns, timeout_s, images, lambda: "no image came")

    def _tell(self, success: bool, text: str) -> None:
        self.told.append((success, text))
        self.was_told.set()


def test_the_first_sound_pose_of_a_fresh_image_is_told() -> None:
    requests = Relocalization()
    caller = Caller(requests)
    requests.hear(fixed_answer(stamp_ns=99))
    assert caller.told == []
    requests.hear(fixed_answer(stamp_ns=100))
    requests.hear(fixed_answer(stamp_ns=101))
    ((success, text),) = caller.told
    assert success
    assert text.startswith("x 1.00 m, y 2.00 m, yaw 90 deg in map; place flat/place_3; room kitchen")
    assert not requests.waiting


def test_a_place_is_an_answer_where_no_poses_are_sought() -> None:
    requests = Relocalization()
    caller = Caller(requests)
    requests.hear(answer_of(stamp_ns=100, pose=None))
    assert caller.told[0][0]
    assert "no pose: none is sought" in caller.told[0][1]


@pytest.mark.parametrize(
    ("refused", "why"),
    [
        ({"refusal": Rejected("too few describable patches")}, "too few describable patches"),
        ({"pose": Rejected("too few inliers", {"inliers": 7.0})}, "pose refused: too few inliers (inliers=7)"),
        ({"held_back": "on floor 'first'"}, "on floor 'first'"),
    ],
)
def test_so_many_refusals_end_it_with_the_last_reason(refused: dict, why: str) -> None:
    requests = Relocalization()
    caller = Caller(requests, images=2)
    answer = fixed_answer(stamp_ns=100, sound=None, **refused) if "held_back" in refused else answer_of(100, **refused)
    requests.hear(answer)
    assert caller.told == []
    requests.hear(answer)
    assert caller.told == [(False, f"refused 2 times, at last: {why}")]


def test_a_robot_that_stands_is_told_too() -> None:
    """Its pose is no news to those who fuse, and all to the one who asks."""
    requests = Relocalization()
    caller = Caller(requests)
    requests.hear(fixed_answer(stamp_ns=100, fix=None, held_back="moved too little"))
    assert caller.told[0][0]


def test_time_is_up_without_images_and_with_a_refused_one() -> None:
    requests = Relocalization()
    nothing, refused = Caller(requests, timeout_s=0.05), Caller(requests, since_ns=50, timeout_s=0.2)
    requests.hear(answer_of(60, pose=Rejected("too dark")))
    assert nothing.was_told.wait(10)
    assert refused.was_told.wait(10)
    assert nothing.told == [(False, "no position within 0.05 s; no image came")]
    assert refused.told == [(False, "no position within 0.2 s; the last image was refused: pose refused: too dark")]


def test_several_wait_at_once_and_all_are_told_when_it_ends() -> None:
    requests = Relocalization()
    callers = [Caller(requests, since_ns=since) for since in (100, 100, 300)]
    requests.hear(fixed_answer(stamp_ns=200))
    assert [len(caller.told) for caller in callers] == [1, 1, 0]
    requests.end("the node was deactivated")
    assert callers[2].told == [(False, "the node was deactivated")]
    assert not [
        each for each in threading.enumerate() if isinstance(each, threading.Timer) and not each.finished.is_set()
    ]


def test_after_a_jump_back_every_image_is_fresh() -> None:
    requests = Relocalization()
    caller = Caller(requests, since_ns=10**9)
    requests.forget()
    requests.hear(fixed_answer(stamp_ns=5))
    assert caller.told[0][0]
