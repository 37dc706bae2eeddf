"""One damaged frame: its error says which it is, and following its advice builds what is left."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from vpr_ros.core.errors import ImageError
from vpr_ros.core.message_fields import header_fields
from vpr_ros.sources.bags.write_bag import BagWriter
from vpr_ros.sources.frame_slices import parse_frames
from vpr_ros.sources.images.damaged_frame import naming_frame
from vpr_ros.sources.open_source import open_source
from vpr_ros.sources.source import SourceOptions

PNG = cv2.imencode(".png", np.zeros((4, 6, 3), np.uint8))[1].tobytes()


def write_folder(path: Path) -> Path:
    path.mkdir()
    for number in range(5):
        (path / f"{number}.png").write_bytes(PNG[:40] if number == 2 else PNG)
    return path


def write_rgbd_folder(path: Path) -> Path:
    (path / "depth").mkdir(parents=True)
    write_folder(path / "rgb")
    (path / "rgb" / "2.png").write_bytes(PNG)
    (path / "depth" / "2.png").write_bytes(PNG[:40])
    (path / "poses.csv").write_text(
        "name,tx,ty,tz,qx,qy,qz,qw\n" + "".join(f"{number},0,0,0,0,0,0,1\n" for number in range(5))
    )
    (path / "meta.json").write_text('{"width": 6, "height": 4, "K": [[5, 0, 3], [0, 5, 2], [0, 0, 1]]}')
    return path


def write_bag(path: Path) -> Path:
    with BagWriter(path) as bag:
        for number in range(5):
            fields = {"header": header_fields(10**9 + number, "cam"), "format": "png"}
            data = PNG[:40] if number == 2 else PNG
            bag.write("/c/image", "sensor_msgs/msg/CompressedImage", {**fields, "data": data}, 10**9 + number)
    return path


@pytest.mark.parametrize(
    ("write", "options", "blamed"),
    [
        (write_folder, {}, "2.png"),
        (write_rgbd_folder, {}, "depth/2.png"),
        (write_bag, {"pose_topic": "none"}, "/c/image@1000000002"),
    ],
)
def test_a_damaged_frame_is_numbered_and_can_be_left_out(
    tmp_path: Path, write: Any, options: dict[str, Any], blamed: str
) -> None:
    source = open_source(write(tmp_path / "source"), SourceOptions(**options))
    with pytest.raises(ImageError, match=rf"{blamed}: .*frame 2 of the source; leave it out with --frames 0:2,3:5"):
        list(source.frames())
    assert len(list(source.frames(parse_frames("0:2,3:5", 5)))) == 4


@pytest.mark.parametrize(
    ("number", "length", "told"),
    [
        (0, 3, "(frame 0 of the source; leave it out with --frames 1:3)"),
        (2, 3, "(frame 2 of the source; leave it out with --frames 0:2)"),
        (0, 1, "(frame 0 of the source)"),
    ],
)
def test_no_slice_is_empty(number: int, length: int, told: str) -> None:
    with pytest.raises(ImageError) as error, naming_frame(number, length):
        raise ImageError("photo.jpg: damaged")
    assert str(error.value) == f"photo.jpg: damaged {told}"
