"""What a map would be made of."""

from __future__ import annotations

from collections.abc import Callable

from robot_bag import START_NS

from vpr_ros.core.settings import MapSettings
from vpr_ros.doctor.check_mapping import check_mapping
from vpr_ros.doctor.finding import OK, SKIP, WARN
from vpr_ros.doctor.recording import Recording


def test_a_drive_while_localized(record: Callable[..., Recording]):
    (finding,), poses = check_mapping(record(), MapSettings())
    assert finding.level == OK
    assert "TF map -> base_link: 96 of 96 frames have one" in finding.found
    assert 10 < finding.numbers["keyframes"] < 96
    assert poses is not None


def test_odometry_alone_drifts(record: Callable[..., Recording]):
    (finding,), poses = check_mapping(record(in_map=False), MapSettings())
    assert (finding.level, poses) == (WARN, None)
    assert "so they drift" in finding.todo
    assert "--trust-odometry" in finding.todo


def test_no_poses_at_all(record: Callable[..., Recording]):
    (finding,), _ = check_mapping(record(odometry=False, tf=False), MapSettings())
    assert finding.level == WARN
    assert "no poses in it" in finding.todo
    (finding,), _ = check_mapping(record({"pose_topic": "none"}), MapSettings())
    assert finding.level == SKIP


def test_poses_for_a_part_only(record: Callable[..., Recording]):
    (finding,), _ = check_mapping(record(tf_said=lambda now: now < START_NS + 6 * 10**9), MapSettings())
    assert finding.level == WARN
    assert "50% have none" in finding.found
