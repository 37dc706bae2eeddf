"""TUM RGB-D sequences, whole and spoilt."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from vpr_ros.core.errors import SourceError
from vpr_ros.sources.folders.tum_folder import TumFolder, is_tum_folder
from vpr_ros.sources.source import SourceOptions

START = 1305031102


def sequence(folder: Path, size: tuple[int, int] = (6, 4)) -> Path:
    """Five images 0.1 s apart; depth 5 ms later, but for the fourth, whose depth is 50 ms away."""
    for inside in ("rgb", "depth"):
        (folder / inside).mkdir(parents=True)
    rgb, depth, truth = ["# color images\n# file: 'x.bag'\n# timestamp filename\n"], [], ["# ground truth trajectory\n"]
    for index in range(5):
        stamp, late = f"{START}.{index}00000", f"{START}.{index}{'50000' if index == 3 else '05000'}"
        cv2.imwrite(str(folder / "rgb" / f"{stamp}.png"), np.full((size[1], size[0], 3), index, np.uint8))
        cv2.imwrite(str(folder / "depth" / f"{late}.png"), np.full((size[1], size[0]), 5000 + index, np.uint16))
        rgb.append(f"{stamp} rgb/{stamp}.png\n")
        depth.append(f"{late} depth/{late}.png\n")
    truth += [f"{START}.{index}50000 {index} 0 1 0 0 0 1\n" for index in range(4)]
    for name, lines in (("rgb.txt", rgb), ("depth.txt", depth), ("groundtruth.txt", truth)):
        (folder / name).write_text("".join(lines))
    return folder


def read(folder: Path, **options: Any) -> TumFolder:
    return TumFolder(folder, SourceOptions(**options))


def told(source: TumFolder) -> str:
    return "; ".join(source.notes)


def test_a_whole_sequence(tmp_path: Path) -> None:
    folder = sequence(tmp_path)
    assert is_tum_folder(folder)
    source = read(folder)
    frames = list(source.frames())
    assert [frame.stamp_ns for frame in frames] == [START * 10**9 + index * 10**8 for index in range(5)]
    assert [frame.image[0, 0, 0] for frame in frames] == [0, 1, 2, 3, 4]
    assert [None if frame.depth_m is None else round(float(frame.depth_m[0, 0]), 4) for frame in frames] == [
        1.0,
        1.0002,
        1.0004,
        None,
        1.0008,
    ]
    assert [None if frame.map_from_base is None else frame.map_from_base[0, 3] for frame in frames] == [
        None,
        pytest.approx(0.5),
        pytest.approx(1.5),
        pytest.approx(2.5),
        None,
    ]
    assert "2 of 5 frames have no pose" in told(source)
    assert "1 of 5 frames have no depth within 20 ms" in told(source)


def test_lists_out_of_order_come_in_order_of_stamps(tmp_path: Path) -> None:
    folder = sequence(tmp_path)
    lines = (folder / "rgb.txt").read_text().splitlines()
    (folder / "rgb.txt").write_text("\n".join(reversed(lines)))
    assert [frame.image[0, 0, 0] for frame in read(folder).frames()] == [0, 1, 2, 3, 4]


def test_without_ground_truth_there_are_places_only_or_another_trajectory(tmp_path: Path) -> None:
    folder = sequence(tmp_path / "sequence")
    (folder / "groundtruth.txt").rename(tmp_path / "optimised.txt")
    bare = read(folder)
    assert {entry.map_from_base is None for entry in bare.entries()} == {True}
    assert "no groundtruth.txt" in told(bare)
    posed = read(folder, trajectory=tmp_path / "optimised.txt")
    assert sum(entry.map_from_base is not None for entry in posed.entries()) == 3


def test_without_depth_there_are_images(tmp_path: Path) -> None:
    folder = sequence(tmp_path)
    (folder / "depth.txt").write_text("# nothing\n")
    source = read(folder)
    assert {frame.depth_m is None for frame in source.frames()} == {True}
    assert "frames have no depth" in told(source)


def test_a_calibration_beside_the_lists(tmp_path: Path) -> None:
    folder = sequence(tmp_path)
    assert next(read(folder).frames()).intrinsics is None
    assert "no calibration: put `fx fy cx cy [k1 k2 p1 p2 k3]` into" in told(read(folder))
    (folder / "calibration.txt").write_text("5 6 2.5 1.5\n")
    plain = next(read(folder).frames()).intrinsics
    assert plain is not None
    assert (plain.matrix[1, 1], plain.width, plain.height, plain.distortion_model) == (6, 6, 4, "none")
    (folder / "calibration.txt").write_text("5 6 2.5 1.5 0.1 0 0 0 0.2")
    bent = next(read(folder).frames()).intrinsics
    assert bent is not None
    assert (bent.distortion_model, bent.distortion) == ("plumb_bob", (0.1, 0, 0, 0, 0.2))


@pytest.mark.parametrize("text", ["", "5 6 2.5", "5 6 x 1.5", "0 6 2.5 1.5", "5 nan 2.5 1.5", "1 2 3 4 5"])
def test_a_calibration_that_is_none(tmp_path: Path, text: str) -> None:
    folder = sequence(tmp_path)
    (folder / "calibration.txt").write_text(text)
    with pytest.raises(SourceError, match=r"calibration\.txt: expected .*fx fy cx cy"):
        read(folder)


@pytest.mark.parametrize(("number", "focal_px"), [(1, 517.3), (2, 520.9), (3, 535.4)])
def test_the_data_sets_own_cameras_are_known_by_the_folder(tmp_path: Path, number: int, focal_px: float) -> None:
    folder = sequence(tmp_path / f"rgbd_dataset_freiburg{number}_desk", size=(640, 480))
    source = read(folder)
    intrinsics = next(source.frames()).intrinsics
    assert intrinsics is not None
    assert intrinsics.matrix[0, 0] == focal_px
    assert f"calibration of the camera of freiburg{number}" in told(source)


def test_but_not_when_the_images_were_made_smaller(tmp_path: Path) -> None:
    assert next(read(sequence(tmp_path / "rgbd_dataset_freiburg1_xyz")).frames()).intrinsics is None


@pytest.mark.parametrize(
    ("name", "line", "told_of"),
    [
        ("rgb.txt", "abc rgb/x.png", r"rgb\.txt, line 1: expected `stamp file`"),
        ("rgb.txt", "1.5", r"rgb\.txt, line 1: expected `stamp file`"),
        ("depth.txt", "1.5 ../depth/x.png", r"depth\.txt, line 1: '\.\./depth/x\.png' leads out of the folder"),
        (
            "rgb.txt",
            "1.5 rgb/gone.png",
            r"rgb\.txt, line 1: there is no file 'rgb/gone\.png'; is the sequence unpacked",
        ),
        ("rgb.txt", "# nothing", r"rgb\.txt: no image in it"),
        ("groundtruth.txt", "1 2 3", r"groundtruth\.txt, line 1: 3 columns"),
        ("groundtruth.txt", "7 0 0 0 0 0 0 1", "do not overlap"),
    ],
)
def test_spoilt_lists_are_named(tmp_path: Path, name: str, line: str, told_of: str) -> None:
    folder = sequence(tmp_path)
    (folder / name).write_text(line + "\n")
    with pytest.raises(SourceError, match=told_of):
        read(folder)


def test_a_list_that_is_no_text(tmp_path: Path) -> None:
    folder = sequence(tmp_path)
    (folder / "rgb.txt").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SourceError, match=r"rgb\.txt: cannot be read: no text"):
        read(folder)
