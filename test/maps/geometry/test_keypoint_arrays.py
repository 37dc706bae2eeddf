"""Keypoints in a map: written, opened, and refused when somebody spoilt them and kept every checksum right."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sample_map import refusal_of, resign, rewrite_array, sample_table, write_sample_map

from vpr_ros.core.pose.shared_error import SharedError
from vpr_ros.maps.geometry.keypoint_arrays import GeometryOrigin
from vpr_ros.maps.geometry.map_points import map_points
from vpr_ros.maps.open_map import open_map
from vpr_ros.maps.summarize_map import summarize_map
from vpr_ros.maps.write_map import MapWriter

# Of six places every other one is of the calibrated camera `front`.
OFFSETS = np.array([0, 3, 3, 5, 5, 9, 9])
ORIGIN = GeometryOrigin("depth", {"name": "sift", "version": 1}, 3, 9, 7, 0.5, 1.5, None)
POINTS = np.arange(27, dtype=np.float32).reshape(9, 3)
POINTS[[2, 5]] = np.nan


def put_keypoints(writer: MapWriter, halves: bool = False) -> None:
    rng = np.random.default_rng(0)
    ids = sample_table().place_ids
    writer.put_array("keypoint_offsets", OFFSETS)
    writer.put_array("keypoint_pixels", rng.uniform(0, 200, (9, 2)))
    if halves:
        writer.put_array("keypoint_descriptors_half", rng.normal(size=(9, 4)))
    else:
        writer.put_array("keypoint_descriptors", rng.integers(0, 256, (9, 4)).astype(np.uint8))
    writer.put_array("keypoint_points", POINTS)
    writer.put_array("keypoint_tracks", np.arange(-1, 8, dtype=np.int32))
    covisible = np.full((6, 2), -1)
    covisible[0] = [ids[4], ids[2]]
    covisible[2, 0] = ids[0]
    writer.put_array("covisible_ids", covisible)


@pytest.fixture
def house(tmp_path: Path) -> Path:
    write_sample_map(tmp_path / "m", before_commit=put_keypoints, geometry=ORIGIN)
    return tmp_path / "m"


def test_points_come_back_in_the_map_frame(house: Path) -> None:
    place_map = open_map(house)
    assert place_map.keypoints is not None
    assert place_map.keypoints.origin == ORIGIN
    points = map_points(place_map)
    assert points is not None
    keyframe = points.keyframe(4)
    assert keyframe is not None
    assert keyframe.place_id == place_map.table.place_ids[4]
    pose = place_map.table.map_from_base[4]
    known = np.isfinite(keyframe.points_map[:, 0])
    assert known.tolist() == [False, True, True, True]
    expected = POINTS[6:9] @ pose[:3, :3].T + pose[:3, 3]
    assert keyframe.points_map[known] == pytest.approx(expected, abs=1e-4)
    assert keyframe.descriptors.dtype == np.uint8
    assert keyframe.base_from_camera == pytest.approx(place_map.cameras[0].base_from_camera)


def test_points_far_from_the_origin_keep_their_millimetres(tmp_path: Path) -> None:
    table = sample_table()
    far = np.array(table.map_from_base)
    far[:, :3, 3] += [691_000.0, 5_334_000.0, 520.0]
    write_sample_map(tmp_path / "m", before_commit=put_keypoints, geometry=ORIGIN)
    rewrite_array(tmp_path / "m", "map_from_base", far)
    points = map_points(open_map(tmp_path / "m"))
    assert points is not None
    keyframe = points.keyframe(0)
    assert keyframe is not None
    expected = POINTS[:2].astype(np.float64) @ far[0, :3, :3].T + far[0, :3, 3]
    assert keyframe.points_map[:2] == pytest.approx(expected, rel=0, abs=1e-6)


def test_places_without_keypoints_have_none(house: Path) -> None:
    points = map_points(open_map(house))
    assert points is not None
    assert [row for row in range(6) if points.keyframe(row) is not None] == [0, 2, 4]


def test_covisible_places_are_told_by_rows(house: Path) -> None:
    points = map_points(open_map(house))
    assert points is not None
    assert points.covisible(0, 5) == [4, 2]
    assert points.covisible(0, 1) == [4]
    assert points.covisible(1, 5) == []


def test_halves_come_back_as_single_precision(tmp_path: Path) -> None:
    write_sample_map(tmp_path / "m", before_commit=lambda writer: put_keypoints(writer, True), geometry=ORIGIN)
    points = map_points(open_map(tmp_path / "m"))
    assert points is not None
    keyframe = points.keyframe(0)
    assert keyframe is not None
    assert keyframe.descriptors.dtype == np.float32


def test_a_map_without_keypoints_has_no_points(tmp_path: Path) -> None:
    write_sample_map(tmp_path / "m")
    assert map_points(open_map(tmp_path / "m")) is None


def test_a_map_built_before_maps_were_asked_is_as_right_as_it_looks(house: Path) -> None:
    resign(house, lambda content: content["geometry"].update(shared_error_m=0.2, shared_error_rad=0.1))
    assert map_points(open_map(house)).shared_error == SharedError(0.2, 0.1)

    def forget(content: dict) -> None:
        del content["geometry"]["shared_error_m"], content["geometry"]["shared_error_rad"]

    resign(house, forget)
    assert map_points(open_map(house)).shared_error == SharedError(0.0, 0.0)


def test_a_shared_error_below_nothing_is_refused(house: Path) -> None:
    resign(house, lambda content: content["geometry"].update(shared_error_rad=-0.1))
    assert "field geometry.shared_error_rad=-0.1 is below 0" in str(refusal_of(house))


def test_keypoints_are_told_but_not_counted(house: Path, tmp_path: Path) -> None:
    write_sample_map(tmp_path / "without")
    summary, without = (summarize_map(open_map(path)) for path in (house, tmp_path / "without"))
    assert summary.group_bytes["keypoints and points"] > 9 * (4 + 8 + 12 + 4)
    # The manifest alone grows: it names six files more.
    assert 0 < summary.bytes_a_keyframe - without.bytes_a_keyframe < 600


@pytest.mark.parametrize(
    ("name", "row", "value", "told"),
    [
        ("keypoint_offsets", 2, 7, "keypoint_offsets do not ascend from 0 to 9"),
        ("keypoint_offsets", 6, 8, "keypoint_offsets do not ascend from 0 to 9"),
        ("keypoint_pixels", 4, 321.0, "keypoint_pixels hold points outside the 320x240 image"),
        ("keypoint_pixels", 0, np.nan, "keypoint_pixels hold points outside the 320x240 image"),
        ("keypoint_points", (0, 1), np.nan, "points that are neither finite nor unknown"),
        ("keypoint_points", 0, np.inf, "points that are neither finite nor unknown"),
        ("keypoint_tracks", 3, -2, "keypoint_tracks holds numbers below -1"),
        ("covisible_ids", (0, 0), 77, "covisible_ids names places that the map does not have"),
    ],
)
def test_spoilt_numbers_are_refused(house: Path, name: str, row: int, value: float, told: str) -> None:
    array = np.array(getattr(open_map(house).keypoints, ATTRIBUTES[name]))
    array[row] = value
    rewrite_array(house, name, array)
    assert told in str(refusal_of(house))


ATTRIBUTES = {
    "keypoint_offsets": "offsets",
    "keypoint_pixels": "pixels",
    "keypoint_points": "points_base",
    "keypoint_tracks": "tracks",
    "covisible_ids": "covisible_ids",
}


def test_keypoints_of_a_camera_without_intrinsics_are_refused(house: Path) -> None:
    resign(house, lambda content: content["cameras"][0].update(intrinsics=None))
    assert "keypoint_pixels are of camera 0 too, which has no intrinsics" in str(refusal_of(house))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda content: content.update(geometry=None), "files names keypoint_offsets, but geometry is null"),
        (lambda content: content["geometry"].update(kind="guessed"), "geometry.kind 'guessed' is not one of depth"),
        (lambda content: content["geometry"].pop("points"), "field geometry.points is missing"),
        (lambda content: content["files"].pop("keypoint_points"), "names no file for keypoint_points"),
        (lambda content: content["files"].pop("keypoint_descriptors"), "not one of keypoint_descriptors and"),
    ],
)
def test_a_manifest_that_contradicts_itself_is_refused(house: Path, change, told: str) -> None:
    resign(house, change)
    assert told in str(refusal_of(house))


def test_a_missing_file_of_keypoints_is_refused(house: Path) -> None:
    next(house.glob("keypoint_points-*.npy")).unlink()
    assert "this file of the map is missing" in str(refusal_of(house))
