"""TUM files: what is wrong is named with its line."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vpr_ros.core.errors import SourceError
from vpr_ros.core.geometry import yaw_of
from vpr_ros.sources.trajectory_file import read_track, read_trajectory


def written(folder: Path, text: str) -> Path:
    path = folder / "trajectory.txt"
    path.write_text(text, encoding="utf-8")
    return path


def test_remarks_and_empty_lines_are_passed_over(tmp_path: Path) -> None:
    path = written(tmp_path, "# stamp tx ty tz qx qy qz qw\n\n2.5 1 2 3 0 0 1 0 # turned\n1e0 4 5 6 0 0 0 2\n")
    stamps, poses = read_trajectory(path)
    assert stamps == [2_500_000_000, 1_000_000_000]
    assert poses[0, :3, 3].tolist() == [1, 2, 3]
    assert abs(yaw_of(poses[0])) == pytest.approx(3.14159265)
    assert read_track(path).stamps_ns.tolist() == [1_000_000_000, 2_500_000_000]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("# nothing\n", "no pose in it"),
        ("1 0 0 0 0 0 0 1\n2 0 0 0 0 0 1\n", r"trajectory\.txt, line 2: 7 columns, expected"),
        ("1,0,0,0,0,0,0,1\n", "line 1: 1 columns"),
        ("1 0 0 x 0 0 0 1\n", "line 1: not a number"),
        ("1 0 0 nan 0 0 0 1\n", "line 1: a number in it is not finite"),
        ("inf 0 0 0 0 0 0 1\n", "line 1: not a number"),
        ("1 0 0 0 0 0 0 0\n", "line 1: its quaternion is zero"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(SourceError, match=told):
        read_trajectory(written(tmp_path, text))


def test_what_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "trajectory.txt").write_bytes(b"\xff\xfe\x00\x80")
    with pytest.raises(SourceError, match="not a text file"):
        read_trajectory(tmp_path / "trajectory.txt")
    with pytest.raises(SourceError, match="cannot be read: No such file"):
        read_trajectory(tmp_path / "absent.txt")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("trajectories")


@settings(deadline=None)
@given(text=st.text("0123456789.e-+ nif#\n", max_size=60))
def test_any_text_is_a_trajectory_or_refused(folder: Path, text: str) -> None:
    path = written(folder, text)
    try:
        stamps, poses = read_trajectory(path)
    except SourceError:
        return
    assert poses.shape == (len(stamps), 4, 4)
