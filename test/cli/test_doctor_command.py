"""`vpr doctor` as a person runs it."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from vpr_ros.cli.main import main
from vpr_ros.core.message_fields import header_fields, transform_fields
from vpr_ros.sources.bags.write_bag import BagWriter

TF = "tf2_msgs/msg/TFMessage"


def write_bag(path: Path, *, stamped: bool = True) -> Path:
    """A few noisy pictures of a robot that stands."""
    rng = np.random.default_rng(0)
    with BagWriter(path) as bag:
        for number in range(8):
            now = 10**18 + number * 10**8
            image = cv2.GaussianBlur(rng.integers(0, 255, (24, 32, 3), np.uint8), (0, 0), 0.8)
            png = cv2.imencode(".png", image)[1]
            header = header_fields(now if stamped else 0, "cam")
            bag.write("/image/compressed", "sensor_msgs/msg/CompressedImage", {"header": header, "data": png}, now)
            moved = {"header": header_fields(now, "map"), "child_frame_id": "base_link"}
            bag.write("/tf", TF, {"transforms": [{**moved, "transform": transform_fields(np.eye(4))}]}, now)
    return path


def test_lines_and_exit_codes(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    code = main(["doctor", str(write_bag(tmp_path / "bag"))])
    lines = capsys.readouterr().out.splitlines()
    assert code == 1
    assert {line.split()[0] for line in lines[:-1]} <= {"ok", "warn", "FAIL", "skip"}
    assert any(
        line.startswith("FAIL  tf camera    TF does not join 'base_link' to the images' frame 'cam': ")
        for line in lines
    )
    assert lines[-1].endswith("mend what fails first")
    code = main(["doctor", str(tmp_path / "bag"), "--set", "node.base_frame=cam", "--set", "node.map_frame=map"])
    assert code == 0
    assert capsys.readouterr().out.splitlines()[-1].endswith("nothing fails")


def test_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["doctor", "--json", str(write_bag(tmp_path / "bag", stamped=False))]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["verdict"] == "FAIL"
    stamps = next(each for each in told["findings"] if each["check"] == "stamps")
    assert stamps["level"] == "FAIL"
    assert stamps["todo"]
    assert sum(told["counts"].values()) == len(told["findings"])


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        ([], 2, "0 paths given"),
        (["a", "b", "c"], 2, "3 paths given"),
        (["--live", "a", "b"], 2, "expected vpr doctor --live [MAP]"),
        (["nowhere.mcap"], 3, "no such file or folder"),
        (["--keep", "x", "nowhere.mcap"], 2, "--keep keeps what --live heard"),
    ],
)
def test_what_cannot_be_is_one_line(arguments: list[str], code: int, told: str, capsys: pytest.CaptureFixture[str]):
    assert main(["doctor", *arguments]) == code
    error = capsys.readouterr().err
    assert told in error
    assert error.count("\n") == 1


def test_a_map_that_is_none_ends_with_its_code(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    (tmp_path / "map").mkdir()
    bag = write_bag(tmp_path / "bag")
    assert main(["doctor", str(bag), str(tmp_path / "map")]) == 4
    assert "vpr: error:" in capsys.readouterr().err
