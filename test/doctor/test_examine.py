"""A sound robot: nothing is found, in any kind of recording."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from robot_bag import RobotBag, read
from textured_room import DRIVE, write_rgbd

from vpr_ros.core.settings import Settings
from vpr_ros.doctor.examine import examine_bag, examine_folder
from vpr_ros.doctor.finding import FAIL, OK, SKIP, WARN
from vpr_ros.doctor.recording import Recording
from vpr_ros.sources.open_source import open_source
from vpr_ros.sources.source import SourceOptions


def test_a_sound_robot_is_sound(record: Callable[..., Recording]):
    findings = list(examine_bag(record(), Settings()))
    assert [str(each) for each in findings if each.level != OK] == []
    looked_at = {each.check for each in findings}
    assert looked_at == {
        "images",
        "rate",
        "stamps",
        "image age",
        "clocks",
        "tf camera",
        "tf map",
        "tf tree",
        "calibration",
        "odometry",
        "pictures",
        "time offset",
        "mounting",
        "mapping",
    }


def test_a_bag_without_images_is_told_of_and_the_rest_is_looked_at(tmp_path: Path):
    recording = read(RobotBag(sent=lambda _number: False).write(tmp_path / "blind"))
    levels = {each.check: each.level for each in examine_bag(recording, Settings())}
    assert levels["images"] == FAIL
    assert levels["odometry"] == OK
    assert "pictures" not in levels


def test_a_folder_with_poses_is_looked_at_as_far_as_it_goes(tmp_path: Path):
    source = open_source(write_rgbd(tmp_path / "folder", DRIVE), SourceOptions())
    levels = {each.check: each.level for each in examine_folder(source, Settings())}
    assert levels == {"images": OK, "calibration": OK, "pictures": OK, "mounting": SKIP, "mapping": OK}


@pytest.mark.parametrize("name", ["seven_scenes_redkitchen", "rtabmap_corridor/images", "tf3_ros2/images"])
def test_real_pictures_raise_no_false_alarm(shared: Path, name: str):
    source = open_source(shared / "data" / name, SourceOptions())
    findings = list(examine_folder(source, Settings()))
    judged = {each.check: each.level for each in findings if each.check in ("images", "pictures", "mounting")}
    assert set(judged.values()) == {OK}, [str(each) for each in findings]
    # Photos without calibration and poses make no map with poses, and that is said.
    missing = {each.check for each in findings if each.level == WARN}
    assert missing == (set() if "scenes" in name else {"calibration", "mapping"})
