"""COLMAP's files as pycolmap writes them, and each of them spoilt."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from vpr_ros.core.errors import SourceError
from vpr_ros.sources.folders.colmap_files import find_model, read_model

CAMERAS = "# a remark\n1 PINHOLE 640 480 500 510 320.5 240.5\n\n2 SIMPLE_RADIAL 64 48 50 32 24 0.1\n"
IMAGES = (
    "# two lines an image\n"
    "1 1 0 0 0 1 2 3 1 a folder/with spaces.jpg\n\n"
    "2 0.5 0.5 0.5 0.5 0 0 -1 2 b.jpg\n10 20 -1 11 21 7\n"
)


def text_model(folder: Path, cameras: str = CAMERAS, images: str = IMAGES) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "cameras.txt").write_text(cameras)
    (folder / "images.txt").write_text(images)
    return folder


def test_text_as_the_documentation_has_it(tmp_path: Path) -> None:
    model = read_model(text_model(tmp_path))
    assert [image.name for image in model.images] == ["a folder/with spaces.jpg", "b.jpg"]
    assert [image.camera_id for image in model.images] == [1, 2]
    assert model.images[1].camera_from_world == (0.5, 0.5, 0.5, 0.5, 0, 0, -1)
    assert (model.cameras[1].model, model.cameras[1].params) == ("PINHOLE", (500, 510, 320.5, 240.5))
    assert (model.cameras[2].width, model.cameras[2].height) == (64, 48)


@pytest.mark.parametrize(("inside", "opened"), [("", ""), ("sparse/0", ""), ("sparse", ""), ("sparse/0", "sparse")])
def test_the_model_is_found_below(tmp_path: Path, inside: str, opened: str) -> None:
    text_model(tmp_path / inside)
    assert find_model(tmp_path / opened) == tmp_path / inside
    (tmp_path / inside / "images.txt").unlink()
    assert find_model(tmp_path / opened) is None


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"cameras": "1 PINHOLE 640\n"}, r"cameras\.txt, line 1: expected `CAMERA_ID MODEL"),
        ({"cameras": "# x\n1 PINHOLE 640 480 a b\n"}, r"cameras\.txt, line 2: expected"),
        ({"images": "1 1 0 0 0 1 2 3 1\n\n"}, r"images\.txt, line 1: expected `IMAGE_ID QW"),
        ({"images": "\n1 1 0 0 0 1 2 x 1 a.jpg\n"}, r"images\.txt, line 2: expected"),
    ],
)
def test_lines_that_make_no_sense_are_named(tmp_path: Path, changes: dict[str, str], told: str) -> None:
    with pytest.raises(SourceError, match=told):
        read_model(text_model(tmp_path, **changes))


@pytest.mark.parametrize("binary", [True, False])
def test_what_pycolmap_writes_is_read_as_pycolmap_reads_it(
    tmp_path: Path, colmap: Callable[..., Any], *, binary: bool
) -> None:
    """Every model of cameras that pycolmap knows, and images with points."""
    reconstruction = colmap(tmp_path, every_model=True, binary=binary)
    model = read_model(tmp_path)
    assert len(model.cameras) == len(reconstruction.cameras) >= 12
    for key, camera in reconstruction.cameras.items():
        found = model.cameras[key]
        assert (found.model, found.width, found.height) == (camera.model_name, camera.width, camera.height)
        assert found.params == pytest.approx(camera.params.tolist())
    images = {image.name: image for image in reconstruction.images.values()}
    assert {image.name for image in model.images} == set(images)
    for image in model.images:
        pose = images[image.name].cam_from_world()
        x, y, z, w = pose.rotation.quat
        assert image.camera_from_world == pytest.approx((w, x, y, z, *pose.translation))
        assert image.camera_id == images[image.name].camera_id


def test_a_binary_file_that_is_cut_off_anywhere_is_named(tmp_path: Path, colmap: Callable[..., Any]) -> None:
    """pycolmap makes cameras of chance numbers of some of these, and does not return from others."""
    colmap(tmp_path)
    for name in ("cameras.bin", "images.bin"):
        whole = (tmp_path / name).read_bytes()
        for length in range(len(whole)):
            (tmp_path / name).write_bytes(whole[:length])
            with pytest.raises(SourceError, match=rf"{name}: cut off"):
                read_model(tmp_path)
        (tmp_path / name).write_bytes(whole)
    assert len(read_model(tmp_path).images) == 3


def test_a_model_of_cameras_that_is_newer_than_we_are(tmp_path: Path, colmap: Callable[..., Any]) -> None:
    colmap(tmp_path)
    data = bytearray((tmp_path / "cameras.bin").read_bytes())
    data[12:16] = (99).to_bytes(4, "little")
    (tmp_path / "cameras.bin").write_bytes(data)
    with pytest.raises(SourceError, match=r"cameras\.bin: camera 1 is of a model with the unknown number 99"):
        read_model(tmp_path)
