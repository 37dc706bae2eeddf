from __future__ import annotations

import json
from pathlib import Path

import pytest
from sample_map import write_sample_map

from vpr_ros.core.errors import MapError
from vpr_ros.maps.map_folder import locked_folder, map_folder, named_files, refuse_foreign_folder, sweep
from vpr_ros.maps.place_map import PlaceMap

STRAY = "descriptors-0123456789abcdef.npy"


def test_sweeping_takes_only_what_builds_left(sample: PlaceMap) -> None:
    kept = {entry.name for entry in sample.path.iterdir()} | {"notes.txt", "descriptors.npy", "descriptors-1.npy"}
    for name in ("notes.txt", "descriptors.npy", "descriptors-1.npy", STRAY):
        (sample.path / name).touch()
    (sample.path / ".building-7-00").mkdir()
    (sample.path / ".building-7-00" / "x").touch()
    sweep(sample.path)
    assert {entry.name for entry in sample.path.iterdir()} == kept


def test_nothing_is_swept_when_the_manifest_cannot_say_what_it_needs(sample: PlaceMap) -> None:
    (sample.path / "manifest.json").write_bytes(b'{"files": 3}')
    before = {entry.name for entry in sample.path.iterdir()}
    assert named_files(sample.path) is None
    sweep(sample.path)
    assert {entry.name for entry in sample.path.iterdir()} == before


def test_files_of_a_newer_map_are_not_swept(sample: PlaceMap) -> None:
    (sample.path / STRAY).touch()
    (sample.path / "manifest.json").write_text(json.dumps({"format_version": 9, "files": {"new": {"file": STRAY}}}))
    assert named_files(sample.path) == {STRAY}
    sweep(sample.path)
    assert (sample.path / STRAY).exists()


def test_the_remains_of_a_first_build_may_be_built_over(tmp_path: Path) -> None:
    (tmp_path / ".building-7-00").mkdir()
    (tmp_path / STRAY).touch()
    (tmp_path / ".lock").touch()
    refuse_foreign_folder(tmp_path)
    (tmp_path / "thesis.tex").touch()
    with pytest.raises(MapError, match=r"holds 'thesis\.tex'"):
        refuse_foreign_folder(tmp_path)


def test_parents_are_made_and_only_the_map_is_removed(tmp_path: Path) -> None:
    with locked_folder(tmp_path / "a" / "b"):
        assert (tmp_path / "a" / "b" / ".lock").exists()
    assert list((tmp_path / "a").iterdir()) == []


def test_a_lock_file_left_by_others_is_no_lock(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / ".lock").touch()
    write_sample_map(tmp_path / "a")


def test_unusable_paths_are_one_line() -> None:
    with pytest.raises(MapError, match="no usable path"):
        map_folder(Path("~nobody_of_this_name/maps"))
    with pytest.raises(MapError, match="no usable path"):
        map_folder(Path("x" * 5000))
