"""`vpr localize --pose` and `vpr evaluate` on a map with points, where the truth is known to the millimetre."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from textured_room import DRIVE, VISIT, look, write_rgbd

from vpr_ros.cli.main import main
from vpr_ros.core.geometry import pose_matrix

QUICK = ("--set", "aggregation.clusters=8", "--set", "image.long_side_px=160")


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """map: with points from depth; flat: without any; day: a visit; photo.png: one picture of the visit."""
    folder = tmp_path_factory.mktemp("room")
    write_rgbd(folder / "drive", DRIVE)
    write_rgbd(folder / "day", VISIT)
    cv2.imwrite(str(folder / "photo.png"), look(VISIT[1])[0][..., ::-1])
    build = ["map", "build", str(folder / "drive"), "--frames", "0:7", *QUICK]
    assert main([*build, "-o", str(folder / "map")]) == 0
    assert main([*build, "-o", str(folder / "flat"), "--set", "pose.enabled=false"]) == 0
    return folder


def localize(room: Path, capsys: pytest.CaptureFixture[str], *options: str, place_map: str = "map") -> list[dict]:
    capsys.readouterr()
    assert main(["localize", str(room / place_map), *options, "--json"]) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def pose_of(told: dict) -> np.ndarray:
    return pose_matrix(np.array(told["position"]), np.array(told["quaternion"]))


def test_frames_of_a_folder_get_the_pose_they_were_taken_from(room, capsys):
    for number, told in enumerate(localize(room, capsys, str(room / "day"), "--pose")):
        pose = pose_of(told["pose"])
        assert pose == pytest.approx(VISIT[number], abs=0.02)
        relative = told["pose"]["relative"]
        assert DRIVE[relative["place_id"]] @ pose_of(relative) == pytest.approx(VISIT[number], abs=0.03)
        assert told["candidates"][0]["place_id"] == relative["place_id"]
        assert told["candidates"][0]["inliers"] >= 20
        assert len(told["pose"]["covariance"]) == 36
        assert told["pose_refused"] is None


def test_a_lone_photo_needs_a_calibration_and_says_so(room, capsys, tmp_path):
    photo = str(room / "photo.png")
    (told,) = localize(room, capsys, photo, "--pose")
    assert (told["pose"], told["pose_refused"]) == (None, "no intrinsics")
    assert told["candidates"]
    for given in (["--intrinsics", str(room / "day/meta.json")], ["--camera", "camera"]):
        (told,) = localize(room, capsys, photo, "--pose", *given)
        assert pose_of(told["pose"]) == pytest.approx(VISIT[1], abs=0.02)
    other = json.loads((room / "day/meta.json").read_text()) | {"width": 640}
    (tmp_path / "other.json").write_text(json.dumps(other))
    (told,) = localize(room, capsys, photo, "--pose", "--intrinsics", str(tmp_path / "other.json"))
    assert told["pose_refused"].startswith("the image has another size than its intrinsics (width=320")


def test_without_the_option_or_without_points_nobody_waits_for_a_pose(room, capsys, monkeypatch):
    (told,) = localize(room, capsys, str(room / "photo.png"))
    assert "pose" not in told
    assert told["candidates"][0]["inliers"] is None
    monkeypatch.setitem(sys.modules, "pycolmap", None)
    (told,) = localize(room, capsys, str(room / "day"), "--frames", "0:1", "--pose", place_map="flat")
    assert (told["pose"], told["pose_refused"]) == (None, None)
    assert main(["localize", str(room / "flat"), str(room / "photo.png"), "--pose"]) == 0
    printed = capsys.readouterr().out
    assert "poses off: the map has no points" in printed
    assert "no pose: not tried" in printed
    assert main(["localize", str(room / "map"), str(room / "photo.png"), "--pose"]) != 0
    assert "pip install pycolmap" in capsys.readouterr().err


def test_it_is_told_in_words_and_drawn(room, capsys, tmp_path):
    picture = tmp_path / "answer.png"
    words = ["localize", str(room / "map"), str(room / "day"), "--frames", "2", "--pose", "--draw", str(picture)]
    assert main(words) == 0
    printed = capsys.readouterr().out
    assert "poses: sift, mutual_ratio" in printed
    assert "pose of base_link: x 0.72" in printed
    assert "from place " in printed
    assert "held by: inliers " in printed
    assert cv2.imread(str(picture)).shape[1] > 900


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (["photo.png", "--frames", "0:1"], "--frames is for bags and folders"),
        (["day", "--intrinsics", "day/meta.json"], "bags and folders bring their own calibration"),
        (["day", "--rectified"], "--rectified only means something for a bag"),
        (["photo.png", "--rectified", "--camera", "camera"], "a camera of the map is as the map knows it"),
        (["photo.png", "--camera", "rear"], "--camera rear: the map's cameras are camera"),
        (["photo.png", "--set", "pose.keypoints=xfeat", "--pose"], "was built with pose.keypoints=sift, xfeat was"),
        (["photo.png", "--set", "pose.long_side_px=320", "--pose"], "was built with pose.long_side_px="),
    ],
)
def test_what_contradicts_itself_is_one_line(room, capsys, options, why):
    given = [str(room / each) if (room / each).exists() else each for each in options]
    assert main(["localize", str(room / "map"), *given]) in (2, 4)
    assert why in capsys.readouterr().err


def evaluated(room: Path, tmp_path: Path, source: str, *options: str, place_map: str = "map") -> dict:
    out = tmp_path / "run"
    words = ["evaluate", str(room / source), str(room / place_map), "-o", str(out), "--no-report", *options]
    assert main(words) == 0
    return json.loads((out / "metrics.json").read_text())


def test_an_evaluation_measures_the_poses(room, capsys, tmp_path):
    told = evaluated(room, tmp_path, "day")
    pose = told["pose"]
    assert pose["answered"] == 1
    assert pose["refused"] == {}
    assert pose["worst_m"] < 0.02
    assert pose["worst_deg"] < 0.3
    assert pose["within"]["0.1m_1deg"] == 1
    assert (told["false_fix"]["count"], told["false_fix"]["answers"]) == (0, len(VISIT))
    assert set(pose["coverage"]) == {"x", "y", "z", "roll", "pitch", "yaw"}
    assert {"nees_median", "auc_deg", "ate_rmse_m"} <= set(pose)
    assert "verify_pose" in told["latency_ms"]
    assert len((tmp_path / "run" / "estimated.tum").read_text().splitlines()) == len(VISIT)
    printed = capsys.readouterr().out
    assert "pose: 100.0% answered, median 0.0" in printed
    assert "poses: sift, mutual_ratio" in printed


def test_refused_poses_are_counted_by_their_reason(room, capsys, tmp_path):
    told = evaluated(room, tmp_path, "day", "--set", "pose.gates.min_inliers=5000")
    assert told["pose"]["answered"] == 0
    assert told["pose"]["within"]["5m_10deg"] == 0
    assert list(told["pose"]["refused"].values()) == [len(VISIT)]
    assert "median_m" not in told["pose"]
    assert "false_fix" not in told
    assert f"poses refused: {next(iter(told['pose']['refused']))} (4)" in capsys.readouterr().out


def test_without_points_an_evaluation_says_why_there_are_no_poses(room, tmp_path):
    told = evaluated(room, tmp_path, "day", place_map="flat")
    assert "pose" not in told
    assert any(note.startswith("poses off: the map has no points") for note in told["notes"])


def test_keypoints_that_are_found_otherwise_than_the_maps_are_refused(room, capsys, monkeypatch):
    monkeypatch.setattr("vpr_ros.features.keypoints.sift.CONTRAST", 0.02)
    assert main(["localize", str(room / "map"), str(room / "photo.png"), "--pose"]) == 4
    told = capsys.readouterr().err
    assert "its keypoints are not ours (contrast 0.01 there, 0.02 here)" in told
    assert "pose.enabled=false" in told
    assert main(["localize", str(room / "map"), str(room / "photo.png")]) == 0
