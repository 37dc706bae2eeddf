from __future__ import annotations

from pathlib import Path

import pytest

from vpr_ros.core.errors import UsageError
from vpr_ros.training.drive_arguments import DriveArgument, parse_drives


def test_drives_of_one_map_are_joined_and_frames_named():
    assert parse_drives("day.mcap+dusk.mcap@0:20,40:") == (
        DriveArgument(Path("day.mcap")),
        DriveArgument(Path("dusk.mcap"), "0:20,40:"),
    )
    assert parse_drives("walk") == (DriveArgument(Path("walk")),)


def test_a_path_that_exists_is_taken_as_it_stands(tmp_path: Path):
    for name in ("a+b", "c@1:2"):
        (tmp_path / name).mkdir()
        assert parse_drives(str(tmp_path / name)) == (DriveArgument(tmp_path / name),)
    joined = parse_drives(f"{tmp_path}/c@1:2+{tmp_path}/x@3:4")
    assert joined == (DriveArgument(tmp_path / "c@1:2"), DriveArgument(tmp_path / "x", "3:4"))


@pytest.mark.parametrize("text", ["a+", "+b", "a++b"])
def test_a_drive_that_is_missing_is_told(text: str):
    with pytest.raises(UsageError, match="joined by"):
        parse_drives(text)
