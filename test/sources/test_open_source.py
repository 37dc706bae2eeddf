"""A path is recognised by what it holds; otherwise the message says what was looked for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from vpr_ros.core.errors import SourceError, UsageError
from vpr_ros.sources.open_source import open_source
from vpr_ros.sources.source import Source, SourceOptions


def opened(path: Path, **options: Any) -> Source:
    return open_source(path, SourceOptions(**options))


def images(folder: Path) -> Path:
    folder.mkdir()
    cv2.imwrite(str(folder / "1.png"), np.zeros((4, 6, 3), np.uint8))
    return folder


def test_each_kind_is_recognised(bag: Callable[..., Path], tmp_path: Path, shared: Path) -> None:
    assert opened(bag()).kind == "rosbag2"
    assert opened(tmp_path / "drive" / "drive.mcap").kind == "rosbag2"
    assert opened(images(tmp_path / "photos")).kind == "image folder"
    assert opened(shared / "data" / "seven_scenes_redkitchen").kind == "RGB-D folder"


def test_a_path_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"nowhere: no such file or folder$"):
        opened(tmp_path / "nowhere")


def test_an_empty_folder_says_what_was_looked_for(tmp_path: Path) -> None:
    with pytest.raises(
        SourceError,
        match=r"no bag \(metadata\.yaml, \*\.mcap, \*\.db3\), no RGB-D folder .*no TUM .*no COLMAP .*no images",
    ):
        opened(tmp_path)


@pytest.mark.parametrize(
    ("name", "told"),
    [("old.bag", "is a ROS 1 bag; convert it"), ("1.jpg", "is a single image"), ("notes.txt", "is neither a bag")],
)
def test_files_that_are_no_source_say_why(tmp_path: Path, name: str, told: str) -> None:
    (tmp_path / name).write_bytes(b"x")
    with pytest.raises(SourceError, match=told):
        opened(tmp_path / name)


def test_options_that_mean_nothing_for_a_source_are_refused(bag: Callable[..., Path], tmp_path: Path) -> None:
    folder = images(tmp_path / "photos")
    with pytest.raises(UsageError, match="folder without topics; --image and --depth only mean something for a bag"):
        opened(folder, image_topic="/camera", depth_topic="/depth")
    with pytest.raises(UsageError, match="folder without topics; --rectified only means something for a bag"):
        open_source(tmp_path, SourceOptions(rectified=True))
    with pytest.raises(UsageError, match="folder without topics; --trust-odometry only means something for a bag"):
        opened(folder, trust_odometry=True)
    with pytest.raises(UsageError, match="poses come from one of them"):
        opened(bag(), pose_topic="/where", trajectory=tmp_path / "trajectory.txt")


def test_options_of_folders_fit_some_of_them(bag: Callable[..., Path], tmp_path: Path, shared: Path) -> None:
    photos = images(tmp_path / "photos")
    with pytest.raises(UsageError, match=r"photos is an image folder, which knows nothing of that; leave out --images"):
        opened(photos, images=tmp_path)
    with pytest.raises(UsageError, match=r"--positions names and --trajectory t\.txt: poses come from one of them"):
        opened(photos, positions="names", trajectory=Path("t.txt"))
    with pytest.raises(UsageError, match=r"drive is a rosbag2 recording, which knows nothing of that; .* --positions"):
        opened(bag(), positions="none")
    with pytest.raises(UsageError, match=r"is an RGB-D folder, which brings its own poses; leave out --trajectory"):
        opened(shared / "data" / "seven_scenes_redkitchen", trajectory=Path("t.txt"))


def test_data_sets_are_recognised_by_what_makes_them(tmp_path: Path) -> None:
    for name, files, kind in (
        ("model", ("sparse/0/cameras.txt", "sparse/0/images.txt"), "COLMAP model"),
        ("tum", ("rgb.txt", "depth.txt"), "TUM RGB-D sequence"),
        ("scenes", ("frame-000000.color.png", "frame-000000.pose.txt"), "7-Scenes sequence"),
    ):
        for file in files:
            (tmp_path / name / file).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name / file).write_text("")
        with pytest.raises(
            UsageError, match=rf"{name} is a {kind}, which knows nothing of that; leave out --positions"
        ):
            opened(tmp_path / name, positions="exif")


def test_home_is_expanded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    images(tmp_path / "photos")
    assert opened(Path("~/photos")).kind == "image folder"


def test_the_home_of_nobody_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="~nosuchuser/photos: there is no home directory of that user"):
        opened(Path("~nosuchuser/photos"))
    with pytest.raises(UsageError, match=r"~nosuchuser/t\.txt: there is no home directory of that user"):
        opened(images(tmp_path / "photos"), trajectory=Path("~nosuchuser/t.txt"))
