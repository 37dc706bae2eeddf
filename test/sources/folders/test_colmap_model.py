"""A COLMAP model with its images, as a source."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from exif_bytes import exif, in_jpeg

from vpr_ros.core.errors import ImageError, SourceError
from vpr_ros.core.geometry import invert_pose
from vpr_ros.sources.folders.colmap_model import ColmapModel, is_colmap_model
from vpr_ros.sources.source import SourceOptions

CAMERAS = "1 PINHOLE 6 4 5 5 3 2\n"


def pictures(folder: Path, *names: str, size: tuple[int, int] = (6, 4)) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(folder / name), np.zeros((size[1], size[0], 3), np.uint8))


def project(folder: Path, *names: str, cameras: str = CAMERAS, poses: str = "1 0 0 0 0 0 0", camera: int = 1) -> Path:
    """sparse/0 with these images, in images/."""
    pictures(folder / "images", *names)
    (folder / "sparse" / "0").mkdir(parents=True)
    (folder / "sparse" / "0" / "cameras.txt").write_text(cameras)
    lines = [f"{number} {poses} {camera} {name}\n\n" for number, name in enumerate(names, start=1)]
    (folder / "sparse" / "0" / "images.txt").write_text("".join(lines))
    return folder


def read(folder: Path, **options: Any) -> ColmapModel:
    return ColmapModel(folder, SourceOptions(**options))


def told(source: ColmapModel) -> str:
    return "; ".join(source.notes)


def test_poses_are_those_of_pycolmap_turned_round(tmp_path: Path, colmap: Callable[..., Any]) -> None:
    reconstruction = colmap(tmp_path / "sparse" / "0")
    pictures(tmp_path / "images", "im0.png", "im1.png", "im2.png", size=(640, 480))
    assert is_colmap_model(tmp_path)
    frames = list(read(tmp_path).frames())
    assert [frame.source_name for frame in frames] == ["im0.png", "im1.png", "im2.png"]
    for frame in frames:
        theirs = np.eye(4)
        theirs[:3] = reconstruction.find_image_with_name(frame.source_name).cam_from_world().matrix()
        assert frame.map_from_base == pytest.approx(invert_pose(theirs))
        assert np.array_equal(frame.base_from_camera, np.eye(4))  # type: ignore[arg-type]
        assert frame.intrinsics is not None
        assert frame.intrinsics.matrix[0].tolist() == [500.0, 0.0, 320.0]
    assert frames[1].map_from_base is not None


@pytest.mark.parametrize("opened", ["", "sparse", "sparse/0"])
def test_images_are_found_from_wherever_the_model_is_named(tmp_path: Path, opened: str) -> None:
    source = read(project(tmp_path, "10.png", "9.png") / opened)
    assert [entry.source_name for entry in source.entries()] == ["9.png", "10.png"]
    assert f"images in {tmp_path / 'images'}; base = camera" in told(source)
    assert "no known scale, north or up" in told(source)
    assert len(list(source.frames())) == 2


def test_images_may_lie_elsewhere(tmp_path: Path) -> None:
    folder = project(tmp_path / "model", "a.png")
    (folder / "images").rename(tmp_path / "photos")
    with pytest.raises(SourceError, match=r"such as 'a\.png', lie neither in images/ nor beside it; .*--images DIR"):
        read(folder)
    assert len(list(read(folder, images=tmp_path / "photos").frames())) == 1
    with pytest.raises(SourceError, match=r"holds none of the 1 images of the COLMAP model"):
        read(folder, images=tmp_path / "model")
    with pytest.raises(SourceError, match=r"nowhere: no such folder"):
        read(folder, images=tmp_path / "nowhere")


def test_missing_images_are_counted_and_left_out(tmp_path: Path) -> None:
    folder = project(tmp_path, "1.png", "2.png", "3.png")
    (folder / "images" / "2.png").unlink()
    source = read(folder)
    assert [(entry.number, entry.source_name) for entry in source.entries()] == [(0, "1.png"), (1, "3.png")]
    assert "1 of the model's 3 images are not there" in told(source)


def test_stamps_in_names_count(tmp_path: Path) -> None:
    source = read(project(tmp_path, "1700000000.5.png", "1700000001.0.png"))
    assert [entry.stamp_ns for entry in source.entries()] == [1_700_000_000_500_000_000, 1_700_000_001_000_000_000]
    assert all(entry.has_stamp for entry in source.entries())
    assert "1 s apart" not in told(source)


def test_several_cameras_have_names(tmp_path: Path) -> None:
    folder = project(tmp_path, "1.png", "2.png", cameras=CAMERAS + "2 PINHOLE 6 4 9 9 3 2\n3 FOV 6 4 1 1 3 2 1\n")
    images = folder / "sparse" / "0" / "images.txt"
    images.write_text(images.read_text().replace(" 1 2.png", " 2 2.png"))
    frames = list(read(folder).frames())
    assert [frame.camera for frame in frames] == ["camera_1", "camera_2"]
    assert [frame.intrinsics.matrix[0, 0] for frame in frames if frame.intrinsics is not None] == [5, 9]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"poses": "0 0 0 0 1 2 3"}, r"image '1\.png' has no pose: quaternion of zero length"),
        ({"poses": "1 0 0 0 1 nan 3"}, r"image '1\.png' has no pose: a number in it is not finite"),
        ({"camera": 4}, r"an image is of camera 4, which the model does not hold"),
        ({"cameras": "1 FOV 6 4 1 1 3 2 1\n"}, r"camera 1: camera model FOV is not supported"),
    ],
)
def test_models_that_cannot_be_used(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(SourceError, match=message):
        read(project(tmp_path, "1.png", **changes))


def test_a_model_without_images(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="holds no image with a pose"):
        read(project(tmp_path))


@pytest.mark.parametrize("name", ["../../secret.png", "/etc/secret.png"])
def test_names_do_not_lead_out_of_the_folder(tmp_path: Path, name: str) -> None:
    folder = project(tmp_path, "1.png")
    images = folder / "sparse" / "0" / "images.txt"
    images.write_text(images.read_text().replace("1.png", name))
    with pytest.raises(SourceError, match="leads out of the folder of images"):
        read(folder)


def test_images_of_another_size_than_the_calibration_are_refused(tmp_path: Path) -> None:
    folder = project(tmp_path, "1.png")
    pictures(folder / "images", "1.png", size=(3, 2))
    with pytest.raises(ImageError, match=r"1\.png: the image is 3x2, its calibration is for 6x4"):
        next(read(folder).frames())


def test_images_are_not_turned_as_colmap_does_not_turn_them(tmp_path: Path) -> None:
    folder = project(tmp_path, "1.jpg")
    jpeg = cv2.imencode(".jpg", np.zeros((4, 6, 3), np.uint8))[1].tobytes()
    (folder / "images" / "1.jpg").write_bytes(in_jpeg(jpeg, exif({0x112: (3, 6)})))
    assert next(read(folder).frames()).image.shape == (4, 6, 3)
