"""`vpr evaluate --further-camera`: a robot with two cameras in a room of which everything is known."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from textured_room import DRIVE, LENS, VISIT, look, write_rgbd

from vpr_ros.cli.main import main
from vpr_ros.core.geometry import pose_matrix
from vpr_ros.core.message_fields import header_fields, transform_fields
from vpr_ros.sources.bags.write_bag import BagWriter

ASIDE = pose_matrix(np.array([0.05, 0.0, 0.0]), np.array([0.0, np.sin(-0.2), 0.0, np.cos(-0.2)]))
"""front_from_aside: the second camera looks further to the left. The base is the first camera, as in RGB-D folders."""
START_NS, STEP_NS = 1_700_000_000 * 10**9, 10**8


def transform(parent: str, child: str, pose: np.ndarray, stamp_ns: int) -> dict:
    return {"header": header_fields(stamp_ns, parent), "child_frame_id": child, "transform": transform_fields(pose)}


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rig")
    write_rgbd(folder / "drive", DRIVE)
    quick = ["--set", "aggregation.clusters=8", "--set", "image.long_side_px=160", "--frames", "0:7"]
    assert main(["map", "build", str(folder / "drive"), "-o", str(folder / "map"), *quick]) == 0
    with BagWriter(folder / "visit") as bag:
        for number, base in enumerate(VISIT):
            now = START_NS + number * STEP_NS
            moved = [transform("map", "odom", np.eye(4), now), transform("odom", "base_link", base, now)]
            bag.write("/tf", "tf2_msgs/msg/TFMessage", {"transforms": moved}, now)
            for name, mount in (("front", np.eye(4)), ("aside", ASIDE)):
                if not number:
                    still = {"transforms": [transform("base_link", name, mount, now)]}
                    bag.write("/tf_static", "tf2_msgs/msg/TFMessage", still, now)
                write_image(bag, name, look(base @ mount)[0], now)
    return folder


def write_image(bag: BagWriter, name: str, image: np.ndarray, now: int) -> None:
    size = {"header": header_fields(now, name), "height": image.shape[0], "width": image.shape[1]}
    bag.write(f"/{name}/camera_info", "sensor_msgs/msg/CameraInfo", {**size, "k": LENS.matrix.ravel().tolist()}, now)
    pixels = {"encoding": "rgb8", "step": 3 * image.shape[1], "data": image.tobytes()}
    bag.write(f"/{name}/image_raw", "sensor_msgs/msg/Image", {**size, **pixels}, now)


def evaluated(room: Path, out: Path, *options: str) -> dict:
    words = ["evaluate", str(room / "visit"), str(room / "map"), "-o", str(out), "--no-report"]
    assert main([*words, "--image", "/front/image_raw", *options]) == 0
    return json.loads((out / "metrics.json").read_text())


def test_a_second_camera_helps_to_solve_poses_and_is_told(room, tmp_path):
    alone = evaluated(room, tmp_path / "alone")
    both = evaluated(room, tmp_path / "both", "--further-camera", "/aside/image_raw")
    assert "poses are solved with camera aside too" in both["notes"]
    assert not any("poses are solved with" in note for note in alone["notes"])
    assert alone["pose"]["answered"] == both["pose"]["answered"] == 1.0
    assert both["pose"]["worst_m"] < 0.03
    assert both["pose"]["median_m"] != alone["pose"]["median_m"]


@pytest.mark.parametrize(
    ("source", "topics", "why"),
    [
        ("visit", ["/front/image_raw"], "--further-camera: front, front are to be different cameras"),
        ("visit", ["/rear/image_raw"], "/rear/image_raw"),
        ("drive", ["/aside/image_raw"], "only means something for a bag"),
    ],
)
def test_what_is_no_further_camera_is_one_line(room, tmp_path, capsys, source, topics, why):
    words = ["evaluate", str(room / source), str(room / "map"), "-o", str(tmp_path / "out"), "--no-report"]
    words += ["--image", "/front/image_raw"] if source == "visit" else []
    assert main([*words, *(word for topic in topics for word in ("--further-camera", topic))]) in (2, 3)
    said = capsys.readouterr().err
    assert why in said
    assert said.count("\n") == 1
    assert not (tmp_path / "out").exists()
