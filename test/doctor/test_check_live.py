"""What only listening tells."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from robot_bag import IMAGES

from vpr_ros.doctor.check_live import check_live
from vpr_ros.doctor.finding import OK, SKIP, WARN
from vpr_ros.doctor.recording import Hearing, Offer, Recording

TOPIC = f"{IMAGES}/compressed"


def test_publishers_are_told(record: Callable[..., Recording]):
    recording = record()
    assert check_live(recording) == []
    one, other = Offer(TOPIC, True, "/camera"), Offer(TOPIC, False, "/replay")
    odometry = Offer("/odom", True, "/wheels")
    (fine,) = check_live(dataclasses.replace(recording, hearing=Hearing(5.0, (one, odometry))))
    assert (fine.level, fine.found) == (OK, f"/camera publishes {TOPIC}, reliably")
    (two,) = check_live(dataclasses.replace(recording, hearing=Hearing(5.0, (one, other))))
    assert two.level == WARN
    assert "/camera, /replay" in two.found


def test_what_could_not_be_heard_is_told(record: Callable[..., Recording]):
    hearing = Hearing(5.0, (), ("/tf: not recorded: message type tf2_msgs/msg/TFMessage is not installed here",))
    (finding,) = check_live(dataclasses.replace(record(), hearing=hearing))
    assert finding.level == SKIP
    assert "tf2_msgs" in finding.found
