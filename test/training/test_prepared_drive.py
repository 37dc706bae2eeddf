from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from wall import HEIGHT, WIDTH, wall_frames

from vpr_ros.core.errors import SourceError
from vpr_ros.core.pose.observed_points import ObservedPoints
from vpr_ros.training.prepared_drive import ABOUT, is_prepared, open_prepared, prepare_drive
from vpr_ros.training.warp_depth import FINE


def test_a_drive_is_found_again_as_it_was_prepared(drive, tmp_path: Path, maker):
    prepare_drive(tmp_path / "d", "wall", wall_frames(44)[:3], 3, maker, 0)
    again = open_prepared(tmp_path / "d")
    assert (again.name, len(again), again.points) == ("wall", 3, None)
    np.testing.assert_array_equal(again.pooled, drive.pooled[:3])
    np.testing.assert_array_equal(again.valid, drive.valid[:3])
    assert again.sizes.tolist() == [[160, 120]] * 3
    assert again.depth_mm.shape == (3, *FINE)
    assert (again.depth_mm == 2000).all()
    assert again.intrinsics[0] is again.intrinsics[2]
    np.testing.assert_array_equal(again.map_from_camera[2], wall_frames(3)[2].map_from_base)


def test_frames_that_say_nothing_are_passed_over(tmp_path: Path, maker):
    good, flat, lost, blank, holes = wall_frames(5)
    nan = np.full_like(holes.depth_m, np.nan)
    nan[:10] = 2.0
    frames = [
        good,
        dataclasses.replace(flat, depth_m=None),
        dataclasses.replace(lost, map_from_base=None),
        dataclasses.replace(blank, image=np.full_like(blank.image, 128)),
        dataclasses.replace(holes, depth_m=nan),
    ]
    found = prepare_drive(tmp_path / "d", "wall", frames, 5, maker, 0)
    assert found.map_from_camera[:, 0, 3].tolist() == [0.0, 1.0]
    assert (found.depth_mm[1, 20:] == 0).all()
    assert (found.depth_mm[1, :10] == 2000).all()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"depth_m": None}, "no depth and calibration.*--depth names it.*COLMAP model with points"),
        ({"depth_m": np.full((HEIGHT, WIDTH), np.nan, np.float32)}, "no depth and calibration"),
        ({"intrinsics": None}, "no depth and calibration"),
        ({"map_from_base": None}, "no frame has a pose.*--pose names them"),
    ],
)
def test_a_drive_of_no_use_says_what_to_add(tmp_path: Path, maker, change, told):
    frames = [dataclasses.replace(frame, **change) for frame in wall_frames(2)]
    with pytest.raises(SourceError, match=told) as caught:
        prepare_drive(tmp_path / "d", "wall", frames, 2, maker, 0)
    assert "\n" not in str(caught.value)
    assert not is_prepared(tmp_path / "d")


def test_points_of_structure_from_motion_stand_for_depth(tmp_path: Path, maker):
    frames = [dataclasses.replace(frame, depth_m=None) for frame in wall_frames(3)]

    def observed(name: str) -> ObservedPoints | None:
        count = int(name)
        return ObservedPoints(np.full((count, 2), 3.0), np.zeros((count, 3)), np.arange(count)) if count else None

    found = prepare_drive(tmp_path / "d", "wall", frames, 3, maker, 0, observed)
    assert [len(each) for each in found.points] == [1, 2]  # the first image sees none
    assert found.points[1].tolist() == [[0, 0], [1, 0]]


def test_a_damaged_folder_is_told(tmp_path: Path, maker):
    prepare_drive(tmp_path / "d", "wall", wall_frames(1), 1, maker, 0)
    (tmp_path / "d" / ABOUT).write_text("{}")
    with pytest.raises(SourceError, match="no drive prepared for training"):
        open_prepared(tmp_path / "d")
