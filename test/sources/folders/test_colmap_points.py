"""Points of COLMAP models as pycolmap writes them, and files of them spoilt."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from vpr_ros.core.errors import SourceError
from vpr_ros.sources.folders.colmap_points import read_observed_points

POINTS = np.array([[0.1, 0.2, 3.0], [0.5, -0.2, 4.0], [-0.3, 0.1, 5.0]])


def write_model(folder: Path, binary: bool) -> Any:
    """Two images; both see points 0 and 2, one sees point 1 too and something that is no point."""
    import pycolmap

    reconstruction = pycolmap.Reconstruction()
    camera = pycolmap.Camera.create_from_model_name(1, "PINHOLE", 500.0, 640, 480)
    reconstruction.add_camera_with_trivial_rig(camera)
    seen = {1: [(10.0, 20.0), (30.0, 40.0), (50.0, 60.0), (70.0, 80.0)], 2: [(11.0, 21.0), (51.0, 61.0)]}
    for number, pixels in seen.items():
        image = pycolmap.Image(f"sub/im {number}.png", np.array(pixels), 1, number)
        reconstruction.add_image_with_trivial_frame(image, pycolmap.Rigid3d())
    tracks = ([(1, 0), (2, 0)], [(1, 1)], [(1, 2), (2, 1)])
    for place, elements in zip(POINTS, tracks, strict=True):
        track = pycolmap.Track()
        for image, point in elements:
            track.add_element(image, point)
        reconstruction.add_point3D(place, track)
    folder.mkdir()
    (reconstruction.write_binary if binary else reconstruction.write_text)(str(folder))
    return reconstruction


@pytest.mark.parametrize("binary", [True, False])
def test_every_image_has_its_points(tmp_path: Path, binary: bool) -> None:
    pytest.importorskip("pycolmap")
    write_model(tmp_path / "m", binary)
    found = read_observed_points(tmp_path / "m")
    assert set(found) == {"sub/im 1.png", "sub/im 2.png"}
    one, two = found["sub/im 1.png"], found["sub/im 2.png"]
    assert one.pixels.tolist() == [
        [9.5, 19.5],
        [29.5, 39.5],
        [49.5, 59.5],
    ]  # COLMAP's first pixel has its middle at 0.5
    assert one.points_map == pytest.approx(POINTS)
    assert two.points_map == pytest.approx(POINTS[[0, 2]])
    assert two.numbers.tolist() == one.numbers[[0, 2]].tolist()


def test_a_model_without_points_has_none(tmp_path: Path) -> None:
    pytest.importorskip("pycolmap")
    write_model(tmp_path / "m", True)
    (tmp_path / "m" / "points3D.bin").unlink()
    assert read_observed_points(tmp_path / "m") == {}


@pytest.mark.parametrize("name", ["points3D.bin", "images.bin"])
@pytest.mark.parametrize("kept", [0, 5, 20, 70])
def test_files_that_are_cut_off_are_refused(tmp_path: Path, name: str, kept: int) -> None:
    pytest.importorskip("pycolmap")
    write_model(tmp_path / "m", True)
    path = tmp_path / "m" / name
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(SourceError, match=f"{name}: cut off or no file of COLMAP's; copy it again"):
        read_observed_points(tmp_path / "m")


@pytest.mark.parametrize("name", ["points3D.txt", "images.txt"])
def test_text_that_is_something_else_is_refused(tmp_path: Path, name: str) -> None:
    pytest.importorskip("pycolmap")
    write_model(tmp_path / "m", False)
    (tmp_path / "m" / name).write_text("not a model\n1 2\n")
    with pytest.raises(SourceError, match=f"{name}: cut off or no file of COLMAP's"):
        read_observed_points(tmp_path / "m")
