"""Messages in, transforms out: nothing too early, nobody else's, and an error that says what to do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from driving_robot import SECOND, DrivingRobot, odometry_cdr, pose_cdr, tf_cdr

from vpr_ros.core.geometry import planar_pose, pose_matrix
from vpr_ros.core.outputs.status import ERROR, OK, WARN
from vpr_ros.ros.consumers.map_to_odom import MapToOdom, OwnedTransformError
from vpr_ros.ros.consumers.map_to_odom_health import health_fields
from vpr_ros.ros.consumers.map_to_odom_settings import MapToOdomSettings
from vpr_ros.ros.inputs.static_transforms import TF_MESSAGE
from vpr_ros.ros.plumbing.throttled_log import ThrottledLog
from vpr_ros.sources.bags.message_cdr import serialize_message


class Stage:
    """A robot, the one under test, and a clock that goes on when told."""

    def __init__(self, **changed: Any) -> None:
        self.robot, self.said, self.steady_s = DrivingRobot(), [], 50.0  # type: ignore[var-annotated]
        self.settings = MapToOdomSettings(**changed)
        self.maker = MapToOdom(self.settings, ThrottledLog(self.said.append), lambda: self.steady_s)

    def drive(self, steps: int = 1) -> None:
        for _ in range(steps):
            self.maker.hear_odometry(odometry_cdr(self.robot.drive()))
            self.steady_s += 0.1

    def see(self, frame: str = "map", **off: float) -> None:
        self.maker.hear_pose(pose_cdr(self.robot.fix(**off), frame))

    def transform(self) -> Any:
        """The transform of the message that would be published now."""
        fields = self.maker.transform(self.robot.stamp_ns)
        return None if fields is None else fields["transforms"][0]

    def status(self) -> tuple[int, str]:
        status = health_fields(self.maker.health(), "map_to_odom", 1)["status"][0]
        return status["level"], status["message"]

    def values(self) -> dict[str, str]:
        status = health_fields(self.maker.health(), "map_to_odom", 1)["status"][0]
        return {each["key"]: each["value"] for each in status["values"]}


def _sending() -> Stage:
    stage = Stage()
    stage.drive(31)
    stage.see()
    assert stage.transform() is not None
    return stage


def _matrix(transform: Any) -> np.ndarray:
    moved, turned = transform["transform"]["translation"], transform["transform"]["rotation"]
    return pose_matrix(np.array([moved[each] for each in "xyz"]), np.array([turned[each] for each in "xyzw"]))


def test_the_transform_joins_map_and_odometry_a_little_ahead_of_time() -> None:
    stage = _sending()
    stage.drive()
    sent = stage.transform()
    assert (sent["header"]["frame_id"], sent["child_frame_id"]) == ("map", "odom")
    stamp = sent["header"]["stamp"]
    assert stamp["sec"] * SECOND + stamp["nanosec"] == stage.robot.stamp_ns + SECOND // 10
    np.testing.assert_allclose(_matrix(sent), stage.robot.map_from_odom, atol=1e-9)
    assert stage.status() == (OK, "publishing")
    values = stage.values()
    assert values["transform"] == "map -> odom"
    assert values["poses first"] == "1"
    assert 0 < float(values["sigma x m"]) < 0.2


def test_nothing_before_it_has_listened_or_before_the_first_pose() -> None:
    stage = Stage()
    assert stage.status() == (WARN, "waiting for odometry on `odom`")
    stage.drive()
    assert stage.status() == (WARN, "waiting for a first pose on `pose`")
    stage.see()
    assert stage.transform() is None
    stage.drive(28)
    assert stage.transform() is None
    stage.drive(2)
    assert stage.transform() is not None
    waiting = Stage()
    waiting.drive(40)
    assert waiting.transform() is None


def test_paused_time_sends_no_stamp_twice() -> None:
    stage = _sending()
    assert stage.transform() is None
    stage.drive()
    assert stage.transform() is not None


@pytest.mark.parametrize("hear", [MapToOdom.hear_tf, MapToOdom.hear_tf_static])
@pytest.mark.parametrize("odometry_first", [True, False])
def test_it_refuses_to_start_beside_another(hear: Callable[[MapToOdom, bytes], None], odometry_first: bool) -> None:
    stage = Stage()
    stage.maker.hear_tf(tf_cdr("odom", "base_link"))
    if odometry_first:
        stage.drive()
        with pytest.raises(OwnedTransformError, match="somebody else publishes map -> odom"):
            hear(stage.maker, tf_cdr("map", "odom"))
        hear(stage.maker, tf_cdr("map", "odom"))  # the process is ending already
        return
    hear(stage.maker, tf_cdr("map", "odom"))
    with pytest.raises(OwnedTransformError, match="run one of them only"):
        stage.drive()


def test_it_stops_for_good_when_another_appears_and_says_what_to_do() -> None:
    stage = _sending()
    stage.maker.hear_tf(tf_cdr("map", "odom", stage.robot.stamp_ns, planar_pose(1.0, 0.0, 0.0)))
    stage.drive()
    assert stage.transform() is None
    level, message = stage.status()
    assert level == ERROR
    assert message.startswith("stopped: somebody else publishes map -> odom")
    assert message.endswith("end the other one, then start this again")
    assert [each for each in stage.said if "nothing is published from here on" in each]
    stage.drive(100)
    assert stage.transform() is None


def test_what_comes_back_of_its_own_is_its_own() -> None:
    stage = Stage()
    stage.drive(31)
    stage.see()
    for _ in range(5):
        stage.drive()
        fields = stage.maker.transform(stage.robot.stamp_ns)
        assert fields is not None
        stage.maker.hear_tf(bytes(serialize_message(TF_MESSAGE, fields)))
    assert stage.status()[0] == OK


def test_a_pose_ahead_of_odometry_waits_for_it() -> None:
    stage = Stage()
    stage.drive(40)
    sample = stage.robot.drive()
    stage.see()
    assert stage.transform() is None
    stage.maker.hear_odometry(odometry_cdr(sample))
    np.testing.assert_allclose(_matrix(stage.transform()), stage.robot.map_from_odom, atol=1e-9)


def test_a_clock_that_jumps_back_forgets_and_begins_anew() -> None:
    stage = _sending()
    stage.robot.stamp_ns -= 500 * SECOND
    assert stage.transform() is None
    assert "jumped back" in stage.status()[1]
    stage.drive(2)
    assert stage.transform() is None
    stage.see()
    assert stage.transform() is not None
    assert stage.status() == (OK, "publishing")


def test_frames_are_those_of_the_messages_or_of_the_parameters() -> None:
    stage = Stage(map_frame="/world", odom_frame="wheels")
    stage.maker.hear_odometry(odometry_cdr(stage.robot.drive()))
    stage.see()
    values = stage.values()
    assert values["transform"] == "world -> wheels"
    assert (values["odometry unusable"], values["pose unusable"]) == ("1", "1")
    assert "in frame 'odom', parameter odom_frame says 'wheels'" in stage.said[0]
    stage.steady_s += 5.0
    stage.maker.hear_odometry(odometry_cdr(stage.robot.drive(), "wheels"))
    stage.see("world")
    sent = stage.transform()
    assert (sent["header"]["frame_id"], sent["child_frame_id"]) == ("world", "wheels")


def test_another_map_begins_anew() -> None:
    stage = _sending()
    stage.drive()
    stage.robot.map_from_odom = planar_pose(100.0, 0.0, 0.0)
    stage.see("upstairs")
    sent = stage.transform()
    assert sent["header"]["frame_id"] == "upstairs"
    assert _matrix(sent)[0, 3] == pytest.approx(100.0)


def test_odometry_of_another_frame_is_moved_to_the_base_by_static_tf() -> None:
    stage = Stage(base_frame="base_link")
    base_from_foot = planar_pose(0.3, 0.0, 0.0)
    stage.maker.hear_odometry(odometry_cdr(stage.robot.drive(), child="base_footprint"))
    assert "base_footprint" in stage.status()[1]
    stage.maker.hear_tf_static(tf_cdr("base_link", "base_footprint", pose=base_from_foot))
    sample = stage.robot.drive()
    moved = type(sample)(sample.stamp_ns, sample.odom_from_base @ base_from_foot)
    stage.maker.hear_odometry(odometry_cdr(moved, child="base_footprint"))
    stage.steady_s += 5.0
    stage.see()
    np.testing.assert_allclose(_matrix(stage.transform()), stage.robot.map_from_odom, atol=1e-9)


def test_silence_and_long_blind_ways_are_told() -> None:
    stage = _sending()
    stage.steady_s += 3.0
    assert stage.status() == (WARN, "no odometry for 3 s")
    for _ in range(200):
        stage.maker.hear_odometry(odometry_cdr(stage.robot.drive(0.2, 0.0)))
    assert stage.status() == (WARN, "no pose for a long way: uncertain by more than 1 m")


@pytest.mark.parametrize("hear", ["hear_tf", "hear_tf_static", "hear_odometry", "hear_pose"])
def test_garbage_is_counted_and_said_once(hear: str) -> None:
    stage = Stage()
    for _ in range(3):
        getattr(stage.maker, hear)(b"\0\1\0\0garbage")
    assert [count for key, count in stage.values().items() if key.endswith("unusable")] == ["3"]
    assert len(stage.said) == 1
