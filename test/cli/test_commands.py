"""The command line as people use it: what it prints, what it refuses, and with which exit code."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import pytest

from vpr_ros.cli.main import main
from vpr_ros.maps.open_map import open_map

QUICK = ["--set", "aggregation.clusters=8", "--set", "image.long_side_px=160"]


def write_pictures(folder: Path, count: int, size: tuple[int, int] = (160, 120)) -> Path:
    folder.mkdir(parents=True)
    for number in range(count):
        noise = np.random.default_rng(number).standard_normal((size[1], size[0], 3)).astype(np.float32)
        smooth = cv2.GaussianBlur(noise, (0, 0), 2)
        cv2.imwrite(str(folder / f"{number}.png"), cv2.normalize(smooth, None, 0, 255, cv2.NORM_MINMAX))
    return folder


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_pictures(tmp_path_factory.mktemp("drive") / "pictures", 6)


@pytest.fixture(scope="module")
def house(pictures: Path) -> Path:
    path = pictures.parent / "house"
    assert main(["map", "build", str(pictures), "-o", str(path), *QUICK]) == 0
    return path


def refused(capsys: pytest.CaptureFixture[str], *argv: object) -> tuple[int, str]:
    """Exit code and the one line on stderr."""
    code = main([str(arg) for arg in argv])
    error = capsys.readouterr().err
    assert error.startswith("vpr: error: ")
    assert error.count("\n") == 1
    return code, error


def test_build_says_what_it_chose_and_what_came_of_it(pictures, tmp_path, capsys):
    assert main(["map", "build", str(pictures), "-o", str(tmp_path / "m"), "--frames", "0:2,4:6", *QUICK]) == 0
    printed = capsys.readouterr().out
    assert "features: dense_sift (chosen" in printed
    assert "4 places from 6 frames" in printed
    assert open_map(tmp_path / "m").table.source_names == ("0.png", "1.png", "4.png", "5.png")


def test_named_features_are_not_called_chosen(pictures, tmp_path, capsys):
    assert main(["map", "build", str(pictures), "-o", str(tmp_path / "m"), "--features", "dense_sift", *QUICK]) == 0
    assert "chosen" not in capsys.readouterr().out


def test_localize_finds_the_maps_own_images(house, pictures, capsys):
    images = [str(pictures / f"{number}.png") for number in (4, 1)]
    assert main(["localize", str(house), *images, "--json", "-k", "2"]) == 0
    answers = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [answer["image"] for answer in answers] == images
    assert [answer["candidates"][0]["source"] for answer in answers] == ["4.png", "1.png"]
    assert [len(answer["candidates"]) for answer in answers] == [2, 2]
    best = answers[0]["candidates"][0]
    assert best["place_id"] == 4
    assert best["similarity"] == pytest.approx(1, abs=1e-3)


def test_localize_for_people(house, pictures, capsys):
    assert main(["localize", str(house), str(pictures / "3.png"), "-k", "1"]) == 0
    printed = capsys.readouterr().out
    assert "1. place 3 " in printed
    assert "room unknown" in printed


def test_more_candidates_than_the_setting_are_given_on_request(house, pictures, capsys):
    argv = ["localize", str(house), str(pictures / "3.png"), "-k", "6", "--json"]
    assert main([*argv, "--set", "retrieval.top_k=5"]) == 0
    assert len(json.loads(capsys.readouterr().out)["candidates"]) == 6


def test_a_blank_image_is_refused_and_said_so(house, tmp_path, capsys):
    cv2.imwrite(str(tmp_path / "wall.png"), np.full((120, 160, 3), 200, np.uint8))
    assert main(["localize", str(house), str(tmp_path / "wall.png"), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["candidates"] == []
    assert "too few describable patches" in answer["refused"]


@pytest.mark.parametrize(
    ("argv", "code", "told"),
    [
        (["map", "build", "{pictures}", "-o", "{out}", "--set", "retrieval.topk=3"], 2, "did you mean retrieval.top_k"),
        (["map", "build", "{pictures}", "-o", "{out}", "--features", "dinov9"], 2, "not one of auto, dense_sift"),
        (["map", "build", "{pictures}", "-o", "{out}", "--settings", "{out}.yaml"], 2, "cannot be read"),
        (["map", "build", "{pictures}", "-o", "{out}", "--frames", "4:9"], 2, "the source holds 6 frames"),
        (["map", "build", "{pictures}/nowhere", "-o", "{out}"], 3, "nowhere"),
        (["map", "build", "{pictures}", "-o", "{pictures}"], 4, "pictures"),
        (["map", "build", "{pictures}", "-o", ""], 2, "a path is empty"),
        (["map", "build", "~nosuchuser/drive", "-o", "{out}"], 2, "no home directory"),
        (["map", "build", "{pictures}/../nowhere", "-o", "{pictures}"], 4, "is no map and holds"),
        (["map", "info", "{pictures}"], 4, "no manifest.json"),
        (["localize", "{out}", "{pictures}/0.png"], 4, "there is no such map"),
        (["localize", "{house}", "{pictures}/9.png"], 3, "9.png"),
        (["localize", "{house}", "{pictures}/0.png", "-k", "0"], 2, "at least one candidate"),
        (
            ["localize", "{house}", "{pictures}/0.png", "--set", "image.long_side_px=640"],
            4,
            "built with image.long_side",
        ),
    ],
)
def test_a_mistake_is_one_line_and_an_exit_code(house, pictures, tmp_path, capsys, argv, code, told):
    filled = [part.format(pictures=pictures, house=house, out=tmp_path / "out") for part in argv]
    got, error = refused(capsys, *filled)
    assert got == code
    assert told in error


def test_a_damaged_image_names_itself_and_leaves_the_old_map(pictures, tmp_path, capsys):
    write_pictures(tmp_path / "drive", 3)
    (tmp_path / "drive" / "1.png").write_bytes((pictures / "1.png").read_bytes()[:900])
    path = tmp_path / "m"
    assert main(["map", "build", str(pictures), "-o", str(path), *QUICK]) == 0
    capsys.readouterr()
    code, error = refused(capsys, "map", "build", tmp_path / "drive", "-o", path, *QUICK)
    assert code == 3
    assert "1.png" in error
    assert len(open_map(path).table) == 6


def started_build(drive: Path, path: Path) -> subprocess.Popen[str]:
    """A build in a process of its own, in the middle of its work."""
    argv = [sys.executable, "-m", "vpr_ros.cli.main", "map", "build", str(drive), "-o", str(path)]
    child = subprocess.Popen(argv, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    until = time.monotonic() + 20
    while not list(path.glob(".building-*/scratch-patches_0")):
        assert time.monotonic() < until
        time.sleep(0.01)
    return child


def test_ctrl_c_ends_a_build_and_leaves_nothing(tmp_path):
    write_pictures(tmp_path / "drive", 300)
    path = tmp_path / "m"
    child = started_build(tmp_path / "drive", path)
    os.kill(child.pid, signal.SIGINT)
    _, error = child.communicate(timeout=20)
    assert child.returncode == 130
    assert error == "vpr: interrupted; nothing half-written was kept\n"
    assert not list(path.glob("manifest.json")) + list(path.glob(".building-*"))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_being_told_to_end_cleans_up_too(tmp_path, number):
    write_pictures(tmp_path / "drive", 300)
    path = tmp_path / "m"
    child = started_build(tmp_path / "drive", path)
    child.send_signal(number)
    _, error = child.communicate(timeout=20)
    assert (child.returncode, error.count("\n")) == (130, 1)
    assert not list(path.glob(".building-*"))


def test_a_full_disk_behind_stdout_is_one_line(house, pictures):
    argv = [sys.executable, "-m", "vpr_ros.cli.main", "localize", str(house), str(pictures / "0.png")]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(argv, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, done.stderr) == (5, "vpr: error: No space left on device\n")


def test_a_file_name_cannot_break_the_line(house, tmp_path, capsys):
    code, error = refused(capsys, "localize", house, tmp_path / "two\nlines.png")
    assert code == 3
    assert "two\\nlines.png" in error


def test_frames_without_pose_among_others_with_pose_are_refused(pictures, tmp_path, capsys):
    drive = tmp_path / "drive"
    drive.mkdir()
    for number in range(6):
        (drive / f"{1_700_000_000 + number}.000000.png").write_bytes((pictures / f"{number}.png").read_bytes())
    lines = [f"{1_700_000_000 + number}.0 {number} 0 0 0 0 0 1" for number in (0, 1, 2)]
    (tmp_path / "walk.tum").write_text("\n".join(lines))
    argv = ["map", "build", drive, "-o", tmp_path / "m", "--trajectory", tmp_path / "walk.tum", *QUICK]
    code, error = refused(capsys, *argv, "--frames", "4:6")
    assert code == 3
    assert "none of these 2 frames has a pose" in error


def test_help_is_worth_reading(capsys):
    for argv in (["--help"], ["map", "build", "--help"], ["localize", "--help"]):
        with pytest.raises(SystemExit) as ended:
            main(argv)
        assert ended.value.code == 0
        assert len(capsys.readouterr().out) > 300
