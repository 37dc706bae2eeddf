"""RGB-D folders: a real one, and every file of a small one spoilt in turn."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from vpr_ros.core.errors import ImageError, SourceError
from vpr_ros.core.geometry import pose_matrix
from vpr_ros.sources.folders.rgbd_folder import RgbdFolder, is_rgbd_folder
from vpr_ros.sources.source import SourceOptions

HEADER = "name,tx,ty,tz,qx,qy,qz,qw\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("rgb", "depth_half"):
        (tmp_path / name).mkdir()
    for index in range(3):
        cv2.imwrite(str(tmp_path / "rgb" / f"f{index}.jpg"), np.full((4, 6, 3), 100, np.uint8))
        cv2.imwrite(str(tmp_path / "depth_half" / f"f{index}.png"), np.full((2, 3), 1500, np.uint16))
    (tmp_path / "poses.csv").write_text(HEADER + "".join(f"f{index},{index},0,0,0,0,0,1\n" for index in range(3)))
    meta = {"width": 6, "height": 4, "K": [[5, 0, 3], [0, 5, 2], [0, 0, 1]], "dist_k1k2p1p2k3": [0.1, 0, 0, 0, 0]}
    (tmp_path / "meta.json").write_text(json.dumps(meta))
    return tmp_path


def read(folder: Path) -> RgbdFolder:
    return RgbdFolder(folder, SourceOptions())


def test_a_whole_folder(folder: Path) -> None:
    assert is_rgbd_folder(folder)
    frames = list(read(folder).frames())
    assert len(frames) == 3
    for index, frame in enumerate(frames):
        assert frame.map_from_base is not None
        assert frame.map_from_base[0, 3] == index
        assert frame.depth_m is not None
        assert frame.depth_m.shape == (4, 6)
        assert frame.depth_m == pytest.approx(1.5)
        assert frame.intrinsics is not None
        assert (frame.intrinsics.distortion_model, frame.intrinsics.distortion[0]) == ("plumb_bob", 0.1)


def test_what_is_missing_is_noted_with_a_count(folder: Path) -> None:
    (folder / "depth_half" / "f1.png").unlink()
    (folder / "poses.csv").write_text(HEADER + "f0,0,0,0,0,0,0,1\nf7,0,0,0,0,0,0,1\n")
    source = read(folder)
    assert [frame.depth_m is None for frame in source.frames()] == [False, True, False]
    assert [entry.map_from_base is None for entry in source.entries()] == [False, True, True]
    told = "; ".join(source.notes)
    assert "2 of 3 frames have no pose" in told
    assert "1 poses in poses.csv have no image" in told
    assert "1 of 3 frames have no depth" in told


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("poses.csv", "name,x,y\n", r"poses\.csv: its first line is not"),
        ("poses.csv", HEADER + "f0,0,0\n", r"poses\.csv, line 2: no pose"),
        ("poses.csv", HEADER + "f0,0,0,0,0,0,0,0\n", r"line 2: no pose: quaternion of zero length"),
        ("poses.csv", HEADER + "f0,0,0,nan,0,0,0,1\n", r"line 2: no pose"),
        ("poses.csv", HEADER + "g0,0,0,0,0,0,0,1\n", r"none of its 1 names is an image in rgb/"),
        ("meta.json", "{", r"meta\.json: expected an object with width, height and a 3x3 K"),
        ("meta.json", "[]", r"meta\.json: expected an object"),
        ("meta.json", '{"width": 6, "height": 4, "K": [1]}', r"are no calibration"),
        ("meta.json", '{"width": 6, "height": 0, "K": [[5,0,3],[0,5,2],[0,0,1]]}', r"are no calibration"),
        (
            "meta.json",
            '{"width": 6, "height": 4, "K": [[5,0,3],[0,5,2],[0,0,1]], "dist_k1k2p1p2k3": [1]}',
            r"holds 1 values, expected 5",
        ),
    ],
)
def test_spoilt_files_are_named(folder: Path, name: str, text: str, told: str) -> None:
    (folder / name).write_text(text)
    with pytest.raises(SourceError, match=told):
        read(folder)


def test_depth_that_is_not_aligned_is_refused(folder: Path) -> None:
    cv2.imwrite(str(folder / "depth_half" / "f0.png"), np.full((3, 3), 1500, np.uint16))
    with pytest.raises(ImageError, match=r"f0\.png: depth of 3x3 is not aligned to an image of 6x4"):
        next(read(folder).frames())


def test_the_red_kitchen(shared: Path) -> None:
    """One pose and one depth by hand, from its files."""
    folder = shared / "data" / "seven_scenes_redkitchen"
    source = read(folder)
    assert len(source.entries()) == 250
    frame = next(source.frames([1]))
    assert frame.source_name == "rgb/frame-000004.jpg"
    expected = pose_matrix(
        np.array([-0.341814, 0.015238, 0.297979]), np.array([-0.0014875, -0.1606383, -0.1402771, 0.9769741])
    )
    assert frame.map_from_base == pytest.approx(expected)
    millimetres = cv2.imread(str(folder / "depth_half" / "frame-000004.png"), cv2.IMREAD_UNCHANGED)
    assert millimetres.shape == (240, 320)
    assert frame.depth_m is not None
    assert frame.depth_m.shape == frame.image.shape[:2] == (480, 640)
    rows, columns = np.mgrid[:480:37, :640:41]
    assert frame.depth_m[rows, columns] == pytest.approx(millimetres[rows // 2, columns // 2] / 1000)
    assert frame.intrinsics is not None
    assert frame.intrinsics.matrix[0].tolist() == [585.0, 0.0, 320.0]
