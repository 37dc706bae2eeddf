"""Photos that say where they were taken, through the folder that people open."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from exif_bytes import exif, gps_tags, in_jpeg

from vpr_ros.core.errors import SourceError
from vpr_ros.core.geometry import yaw_of
from vpr_ros.sources.folders.image_folder import ImageFolder
from vpr_ros.sources.positions.utm_grid import utm_from_wgs84
from vpr_ros.sources.source import SourceOptions

JPEG = cv2.imencode(".jpg", np.zeros((4, 6, 3), np.uint8))[1].tobytes()


def name(east: float, north: float, *, zone: str = "17@T", heading: str = "", height: str = "", when: str = "") -> str:
    return f"@{east:010.2f}@{north:010.2f}@{zone}@@@@@{heading}@@@{height}@{when}@@.jpg"


def folder_of(folder: Path, *names: str) -> Path:
    for each in names:
        (folder / each).parent.mkdir(parents=True, exist_ok=True)
        (folder / each).write_bytes(JPEG)
    return folder


def photo(folder: Path, file: str, latitude: float, longitude: float, **more: Any) -> None:
    (folder / file).write_bytes(in_jpeg(JPEG, exif(gps=gps_tags(latitude, longitude, **more))))


def read(folder: Path, **options: Any) -> ImageFolder:
    return ImageFolder(folder, SourceOptions(**options))


def told(source: ImageFolder) -> str:
    return "; ".join(source.notes)


def test_coordinates_in_names_are_positions(tmp_path: Path) -> None:
    source = read(folder_of(tmp_path, name(584437.86, 4477466.26), name(584440.0, 4477466.26)))
    first, second = source.entries()
    assert first.map_from_base is not None
    assert second.map_from_base is not None
    assert first.map_from_base[:3, 3].tolist() == [584437.86, 4477466.26, 0.0]
    assert second.map_from_base[0, 3] - first.map_from_base[0, 3] == pytest.approx(2.14, abs=1e-9)
    assert np.array_equal(first.map_from_base[:3, :3], np.eye(3))
    assert not first.has_heading
    assert next(source.frames()).base_from_camera is None
    assert "x east and y north of UTM 17N" in told(source)
    assert "2 of 2 positions have no heading" in told(source)


def test_a_heading_turns_base_and_camera(tmp_path: Path) -> None:
    source = read(folder_of(tmp_path, name(500000, 1, heading="090"), name(500001, 1, heading="000")))
    east, north = source.entries()
    assert east.has_heading
    assert yaw_of(east.map_from_base) == pytest.approx(0.0)  # type: ignore[arg-type]
    assert yaw_of(north.map_from_base) == pytest.approx(math.pi / 2)  # type: ignore[arg-type]
    frame = list(source.frames())[1]
    assert frame.map_from_base is not None
    assert frame.base_from_camera is not None
    forward, down = (frame.map_from_base @ frame.base_from_camera)[:3, [2, 1]].T
    assert forward == pytest.approx([0, 1, 0], abs=1e-12)
    assert down == pytest.approx([0, 0, -1], abs=1e-12)
    assert "no heading" not in told(source)


def test_times_in_names_are_stamps(tmp_path: Path) -> None:
    source = read(folder_of(tmp_path, name(1, 1, when="20120401"), name(2, 1)))
    assert [entry.stamp_ns for entry in source.entries()] == [1333238400 * 10**9, 10**9]
    assert "1 of 2 of them have no time: frames count as 1 s apart" in told(source)


@pytest.mark.parametrize(("heights", "expected"), [(("301.5", "302"), [301.5, 302.0]), (("301.5", ""), [0.0, 0.0])])
def test_heights_count_where_all_are_told(tmp_path: Path, heights: tuple[str, str], expected: list[float]) -> None:
    names = [name(index, 1, height=height) for index, height in enumerate(heights)]
    assert [entry.map_from_base[2, 3] for entry in read(folder_of(tmp_path, *names)).entries()] == expected  # type: ignore[index]


def test_sub_folders_of_tiles_are_no_rooms(tmp_path: Path) -> None:
    source = read(folder_of(tmp_path, f"000/{name(1, 1)}", f"001/{name(2, 1)}"))
    assert {entry.labels.room for entry in source.entries()} == {None}


def test_several_grids_are_told(tmp_path: Path) -> None:
    source = read(folder_of(tmp_path, name(1, 1, zone="10@S"), name(1, 2, zone="33@U")))
    assert "they lie in 2 UTM grids (10N, 33N): distances between grids mean nothing" in told(source)


def test_a_name_without_coordinates_among_others_is_named(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, name(1, 1), "b/stray.jpg", name(2, 1))
    with pytest.raises(SourceError, match=r"1 of 3 names carry no coordinates, the first is 'b/stray\.jpg'; .*none"):
        read(folder)
    assert [entry.map_from_base for entry in read(folder, positions="none").entries()] == [None] * 3


def test_names_without_coordinates_where_they_were_asked_for(tmp_path: Path) -> None:
    with pytest.raises(
        SourceError, match=r"2 of 2 names carry no coordinates, the first is '1\.jpg'; expected @utm_east"
    ):
        read(folder_of(tmp_path, "1.jpg", "2.jpg"), positions="names")


def test_what_looks_like_a_data_set_says_that_its_names_carry_none(shared: Path) -> None:
    source = read(shared / "data" / "sf_toy" / "database")
    assert len(source.entries()) == 17
    assert {entry.map_from_base is None for entry in source.entries()} == {True}
    assert (
        "looks like a place recognition data set, but its names carry no coordinates (the first is 'db1.jpg'"
        in told(source)
    )
    with pytest.raises(SourceError, match=r"17 of 17 names carry no coordinates, the first is 'db1\.jpg'"):
        read(shared / "data" / "sf_toy" / "database", positions="names")


def test_map_and_queries_of_a_data_set_are_not_mixed(shared: Path, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"name one of them: .*sf_toy/database or .*sf_toy/queries$"):
        read(shared / "data" / "sf_toy")
    folder = folder_of(tmp_path, f"test/database/{name(1, 1)}", f"test/queries_night/{name(2, 1)}")
    with pytest.raises(SourceError, match=r"test/database or .*test/queries_night$"):
        read(folder)
    assert len(read(folder / "test" / "database").entries()) == 1


def test_a_trajectory_goes_before_names(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, name(1, 1), name(2, 1))
    (folder / "trajectory.txt").write_text("0 7 0 0 0 0 0 1\n1 8 0 0 0 0 0 1\n")
    assert [entry.map_from_base[0, 3] for entry in read(folder).entries()] == [7, 8]  # type: ignore[index]
    assert [entry.map_from_base[0, 3] for entry in read(folder, positions="names").entries()] == [1, 2]  # type: ignore[index]
    assert {entry.map_from_base is None for entry in read(folder, positions="none").entries()} == {True}


def test_gps_is_taken_when_asked_for_and_told_when_not(tmp_path: Path) -> None:
    photo(tmp_path, "1.jpg", 45.0625, 7.6625, heading=90.0, moment="2019:07:04 12:00:00")
    photo(tmp_path, "2.jpg", 45.0626, 7.6625)
    silent = read(tmp_path)
    assert [entry.map_from_base for entry in silent.entries()] == [None, None]
    assert "photos carry GPS positions in their EXIF; --positions exif takes them" in told(silent)
    source = read(tmp_path, positions="exif")
    first, second = source.entries()
    expected = utm_from_wgs84(45.0625, 7.6625)
    assert first.map_from_base is not None
    assert second.map_from_base is not None
    assert first.map_from_base[:3, 3] == pytest.approx([expected.east_m, expected.north_m, 0.0], abs=1e-3)
    assert second.map_from_base[1, 3] - first.map_from_base[1, 3] == pytest.approx(11.11, abs=0.02)
    assert (first.has_heading, second.has_heading) == (True, False)
    assert (first.stamp_ns, second.stamp_ns) == (1562241600 * 10**9, 10**9)
    assert "positions from EXIF GPS: x east and y north of UTM 32N" in told(source)


def test_photos_without_gps_are_frames_without_a_pose(tmp_path: Path) -> None:
    photo(folder_of(tmp_path, "1.jpg", "3.jpg"), "2.jpg", 45.0, 7.6)
    source = read(tmp_path, positions="exif")
    assert [entry.map_from_base is None for entry in source.entries()] == [True, False, True]
    assert "2 of 3 photos carry no GPS position, the first is '1.jpg'" in told(source)


def test_rooms_of_photos_with_gps_are_told(tmp_path: Path) -> None:
    for room in ("hall", "kitchen"):
        (tmp_path / room).mkdir()
        photo(tmp_path, f"{room}/1.jpg", 45.0, 7.6)
    source = read(tmp_path, positions="exif")
    assert [entry.labels.room for entry in source.entries()] == ["hall", "kitchen"]
    assert "room labels are the names of the 2 sub-folders" in told(source)


def test_no_gps_at_all_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"none of 2 photos carries a GPS position, the first is '1\.jpg'"):
        read(folder_of(tmp_path, "1.jpg", "2.jpg"), positions="exif")


def test_distances_are_right_across_the_border_of_a_zone(tmp_path: Path) -> None:
    photo(tmp_path, "1.jpg", 45.0, 11.9999)
    photo(tmp_path, "2.jpg", 45.0, 12.0001)
    first, second = (entry.map_from_base for entry in read(tmp_path, positions="exif").entries())
    assert first is not None
    assert second is not None
    assert np.linalg.norm(second[:3, 3] - first[:3, 3]) == pytest.approx(15.77, abs=0.05)


@pytest.mark.parametrize(
    ("second", "message"),
    [
        ((45.0, 40.0), r"'2\.jpg' lies 31 degrees from the middle of UTM zone 32"),
        ((88.0, 7.6), r"GPS position of '2\.jpg' cannot be used: .*has no place in UTM"),
    ],
)
def test_photos_that_no_grid_holds(tmp_path: Path, second: tuple[float, float], message: str) -> None:
    photo(tmp_path, "1.jpg", 45.0, 7.6)
    photo(tmp_path, "2.jpg", *second)
    with pytest.raises(SourceError, match=message):
        read(tmp_path, positions="exif")
