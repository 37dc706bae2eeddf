"""Folders of images, with and without trajectories and labels."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from vpr_ros.core.errors import ImageError, SourceError
from vpr_ros.sources.folders.image_folder import ImageFolder
from vpr_ros.sources.source import SourceOptions


def folder_of(folder: Path, *names: str) -> Path:
    for index, name in enumerate(names):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(folder / name), np.full((4, 6, 3), index * 10, np.uint8))
    return folder


def read(folder: Path, **options: Any) -> ImageFolder:
    return ImageFolder(folder, SourceOptions(**options))


def line(stamp: str, x: float) -> str:
    return f"{stamp} {x} 0 0 0 0 0 1\n"


def test_photos_count_as_a_second_apart_in_natural_order(tmp_path: Path) -> None:
    source = read(folder_of(tmp_path, "2.png", "10.png", "1.png"))
    entries = source.entries()
    assert [entry.source_name for entry in entries] == ["1.png", "2.png", "10.png"]
    assert [entry.stamp_ns for entry in entries] == [0, 10**9, 2 * 10**9]
    assert not any(entry.has_stamp for entry in entries)
    assert [entry.map_from_base for entry in entries] == [None] * 3
    assert [frame.image[0, 0, 0] for frame in source.frames([0, 2])] == [20, 10]
    assert any("no stamps: frames count as 1 s apart" in note for note in source.notes)


def test_a_trajectory_is_interpolated_where_names_are_stamps(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, "100.0.png", "100.25.png", "101.5.png")
    (folder / "trajectory.txt").write_text(line("100.0", 0) + line("100.5", 2) + line("101.4", 3))
    source = read(folder)
    poses = [entry.map_from_base for entry in source.entries()]
    assert poses[1] is not None
    assert poses[1][0, 3] == pytest.approx(1.0)
    assert poses[2] is None
    assert any("1 of 3 frames have no pose" in note for note in source.notes)
    frame = next(source.frames())
    assert frame.base_from_camera is not None
    assert np.array_equal(frame.base_from_camera, np.eye(4))


def test_a_trajectory_in_order_serves_names_that_are_no_stamps(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, "a1.png", "a2.png")
    (tmp_path / "poses.tum").write_text(line("7", 5) + line("8", 6))
    xs = [entry.map_from_base[0, 3] for entry in read(folder, trajectory=tmp_path / "poses.tum").entries()]  # type: ignore[index]
    assert xs == [5, 6]
    (tmp_path / "groundtruth.txt").write_text(line("7", 5))
    with pytest.raises(SourceError, match="1 poses for 2 images whose names are no stamps"):
        read(folder)


def test_a_wrong_clock_is_an_error_with_both_ranges(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, "100.0.png", "100.5.png")
    (folder / "trajectory.txt").write_text(line("1700000000", 0) + line("1700000001", 2))
    with pytest.raises(SourceError, match=r"stamped 100\.000 s to 100\.500 s, poses .* 1700000000\.000 \(2023-11-14"):
        read(folder)


def test_names_of_several_sub_folders_are_rooms(tmp_path: Path) -> None:
    source = read(folder_of(tmp_path, "kitchen/1.png", "kitchen/left/2.png", "hall/1.png"))
    assert [entry.labels.room for entry in source.entries()] == ["hall", "kitchen", "kitchen"]
    assert next(source.frames()).labels.room == "hall"


@pytest.mark.parametrize("names", [("images/1.png", "images/2.png"), ("hall/1.png", "kitchen/1.png", "3.png")])
def test_one_sub_folder_or_images_beside_them_are_no_rooms(tmp_path: Path, names: tuple[str, ...]) -> None:
    assert {entry.labels.room for entry in read(folder_of(tmp_path, *names)).entries()} == {None}


def test_a_damaged_image_is_named(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, "1.png", "2.png")
    (folder / "2.png").write_bytes((folder / "2.png").read_bytes()[:-5])
    source = read(folder)
    assert len(source.entries()) == 2
    with pytest.raises(ImageError, match=r"2\.png: the image is cut off"):
        list(source.frames())


def test_rooms_of_real_photos(shared: Path) -> None:
    source = read(shared / "data" / "rooms6")
    rooms = [entry.labels.room for entry in source.entries()]
    assert len(rooms) == 600
    assert {room: rooms.count(room) for room in rooms} == dict.fromkeys(
        ("bathroom", "bedroom", "dining_room", "entrance_hall", "kitchen", "living_room"), 100
    )
    assert next(source.frames([350])).image.shape == (256, 256, 3)


def test_order_of_a_real_drive(shared: Path) -> None:
    entries = read(shared / "data" / "rtabmap_corridor").entries()
    assert [entry.source_name for entry in entries] == [f"images/{number}.jpg" for number in range(1, 85)]
