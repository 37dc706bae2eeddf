"""7-Scenes as it is downloaded; the shared red kitchen comes from it."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from vpr_ros.core.errors import SourceError
from vpr_ros.core.geometry import planar_pose
from vpr_ros.sources.folders.rgbd_folder import RgbdFolder
from vpr_ros.sources.folders.seven_scenes_folder import SevenScenesFolder, is_seven_scenes_folder
from vpr_ros.sources.source import SourceOptions


def write_frame(folder: Path, number: int, pose: str, size: tuple[int, int] = (640, 480)) -> None:
    folder.mkdir(exist_ok=True)
    stem = folder / f"frame-{number:06d}"
    cv2.imwrite(f"{stem}.color.png", np.full((size[1], size[0], 3), number, np.uint8))
    depth = np.full((size[1], size[0]), 1500, np.uint16)
    depth[0, 0] = 65535
    cv2.imwrite(f"{stem}.depth.png", depth)
    Path(f"{stem}.pose.txt").write_text(pose)


def text(pose: np.ndarray) -> str:
    return "".join("\t ".join(f"{value: .7e}" for value in row) + "\t \n" for row in pose)


def read(folder: Path) -> SevenScenesFolder:
    return SevenScenesFolder(folder, SourceOptions())


def test_a_sequence(tmp_path: Path) -> None:
    for number in range(3):
        write_frame(tmp_path, number, text(planar_pose(number, 2, 0.3 * number, z=1)))
    (tmp_path / "frame-000001.depth.png").unlink()
    assert is_seven_scenes_folder(tmp_path)
    source = read(tmp_path)
    frames = list(source.frames())
    assert [frame.source_name for frame in frames] == [f"frame-00000{number}.color.png" for number in range(3)]
    for number, frame in enumerate(frames):
        assert frame.map_from_base == pytest.approx(planar_pose(number, 2, 0.3 * number, z=1), abs=1e-6)
        assert frame.intrinsics is not None
        assert frame.intrinsics.matrix.tolist() == [[585, 0, 320], [0, 585, 240], [0, 0, 1]]
    assert frames[0].depth_m is not None
    assert (frames[0].depth_m[0, 0], frames[0].depth_m[9, 9]) == (0, pytest.approx(1.5))
    assert frames[1].depth_m is None
    assert "1 of 3 frames have no depth" in "; ".join(source.notes)


def test_lost_frames_have_no_pose(tmp_path: Path) -> None:
    write_frame(tmp_path, 0, text(np.eye(4)))
    write_frame(tmp_path, 1, text(np.full((4, 4), -np.inf)))
    write_frame(tmp_path, 2, "")
    (tmp_path / "frame-000002.pose.txt").unlink()
    source = read(tmp_path)
    assert [entry.map_from_base is None for entry in source.entries()] == [False, True, True]
    assert "2 of 3 frames have no pose" in "; ".join(source.notes)


@pytest.mark.parametrize(
    ("pose", "told"),
    [
        ("1 0 0", r"frame-000000\.pose\.txt: expected the 16 numbers of a pose, found 3"),
        ("a " * 16, "expected the 16 numbers of a pose"),
        (text(np.diag([1.0, 1.0, -1.0, 1.0])), "its matrix is no rotation and translation"),
        (text(np.diag([2.0, 2.0, 2.0, 1.0])), "its matrix is no rotation and translation"),
        (text(np.diag([1.0, 1.0, 1.0, 2.0])), "its matrix is no rotation and translation"),
    ],
)
def test_poses_that_are_none(tmp_path: Path, pose: str, told: str) -> None:
    write_frame(tmp_path, 0, pose)
    with pytest.raises(SourceError, match=told):
        read(tmp_path)


def test_smaller_images_have_no_calibration(tmp_path: Path) -> None:
    write_frame(tmp_path, 0, text(np.eye(4)), size=(320, 240))
    source = read(tmp_path)
    assert next(source.frames()).intrinsics is None
    assert "no calibration: images are not 640x480" in "; ".join(source.notes)


def test_it_agrees_with_the_red_kitchen_in_our_own_layout(tmp_path: Path, shared: Path) -> None:
    """Two of its frames written back as the data set has them."""
    ours = list(RgbdFolder(shared / "data" / "seven_scenes_redkitchen", SourceOptions()).frames([0, 100]))
    for number, frame in enumerate(ours):
        assert frame.map_from_base is not None
        write_frame(tmp_path, number, text(frame.map_from_base))
    for mine, native in zip(ours, read(tmp_path).frames(), strict=True):
        assert native.map_from_base == pytest.approx(mine.map_from_base, abs=1e-6)
        assert native.intrinsics is not None
        assert mine.intrinsics is not None
        assert np.array_equal(native.intrinsics.matrix, mine.intrinsics.matrix)
