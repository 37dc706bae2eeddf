"""The whole command on a wall; features of small images, so that it takes seconds."""

from __future__ import annotations

from pathlib import Path

import cv2
import pytest
from wall import write_wall

pytest.importorskip("torch")

from vpr_ros.cli.main import main
from vpr_ros.maps.overlap_encoder_file import read_encoder_origin, read_overlap_encoder
from vpr_ros.training import learn_overlap

QUICK = ["--set", "features.name=dense_sift", "--set", "image.long_side_px=160", "--epochs", "2", "--pairs", "15"]


@pytest.fixture(scope="module")
def wall(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_wall(tmp_path_factory.mktemp("drives") / "wall", 44)


def test_a_drive_teaches_an_encoder(wall: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    out = tmp_path / "e.safetensors"
    assert main(["train", "overlap", f"{wall}@0:44", "-o", str(out), *QUICK]) == 0
    told = capsys.readouterr().out
    assert "training pairs: 15, 15, 15 with overlap 0.1-0.3, 0.3-0.5, 0.5-0.7, 15 with none" in told
    assert "held-out places, overlap above 0.25 told apart: area " in told
    encoder, origin = read_overlap_encoder(out), read_encoder_origin(out)
    assert encoder.patch_weight.shape == (128, 128)
    assert encoder.fingerprint["name"] == "dense_sift"
    assert origin.sources == (f"{wall}@0:44",)
    assert origin.long_side_px == 160
    assert origin.figures["area"] >= origin.figures["area_before"] - 0.02 > 0.5
    assert cv2.imread(str(out.with_suffix(".png"))) is not None
    assert sorted(path.name for path in tmp_path.iterdir()) == ["e.png", "e.safetensors"]


def test_an_interruption_leaves_what_resume_goes_on_with(wall, tmp_path, capsys, monkeypatch):
    command = ["train", "overlap", str(wall), "-o", str(tmp_path / "e"), *QUICK]
    monkeypatch.setattr(learn_overlap, "judge_overlap", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    assert main(command) == 130
    assert "--resume goes on" in capsys.readouterr().err
    assert main(command) == 2
    assert "--resume goes on with it, --force starts again" in capsys.readouterr().err
    assert main([*command, "--resume", "--seed", "7"]) == 2
    assert "other sources or settings" in capsys.readouterr().err
    assert main([*command, "--resume", "--set", "image.long_side_px=128"]) == 2
    assert "other sources or settings" in capsys.readouterr().err
    monkeypatch.undo()
    monkeypatch.setattr(learn_overlap, "prepare_drive", lambda *_: pytest.fail("described again"))
    assert main([*command, "--resume"]) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["e", "e.png"]


def test_without_depth_it_says_what_to_add(tmp_path, capsys):
    flat = write_wall(tmp_path / "flat", 5, depth=False)
    assert main(["train", "overlap", str(flat), "-o", str(tmp_path / "e"), *QUICK]) == 3
    told = capsys.readouterr().err
    assert "no depth and calibration beside its images; record a depth topic" in told
    assert told.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["flat"], "nothing to resume is nothing to keep"


def test_parts_of_one_drive_are_joined(wall, tmp_path, capsys):
    parts = [f"{wall}@0:20", f"{wall.parent}/../{wall.parent.name}/{wall.name}@10:44"]
    assert main(["train", "overlap", *parts, "-o", str(tmp_path / "e"), *QUICK]) == 2
    assert "stands in two SOURCEs" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_too_few_views_are_told_as_such(wall, tmp_path, capsys):
    command = ["train", "overlap", f"{wall}@0:44", "-o", str(tmp_path / "e"), *QUICK, "--views", "30"]
    assert main(command) == 3
    assert "30 views are too few to hold some out, 38 are needed" in capsys.readouterr().err


def test_one_place_is_refused(tmp_path, capsys):
    desk = write_wall(tmp_path / "desk", 45, 0.03)
    assert main(["train", "overlap", f"{desk}@0:45", "-o", str(tmp_path / "e"), *QUICK]) == 3
    assert "one place only" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("further", "told"),
    [
        (["--epochs", "0"], "--epochs 0 is outside"),
        (["--resume"], "no training to go on with"),
        (["-o", "e.png"], "name the encoder *.safetensors"),
        (["--lights", "many"], "--lights 'many' is no number"),
    ],
)
def test_wrong_words_are_told(wall, tmp_path, capsys, further, told):
    try:
        code = main(["train", "overlap", str(wall), "-o", str(tmp_path / "e"), *QUICK, *further])
    except SystemExit as stopped:
        code = int(stopped.code or 0)
    assert code == 2
    assert told in capsys.readouterr().err
