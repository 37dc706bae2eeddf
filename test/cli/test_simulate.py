from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pytest

from vpr_ros.cli import simulate
from vpr_ros.core.errors import SettingsError, SourceError, UsageError
from vpr_ros.simulation.floor_plan import make_plan
from vpr_ros.sources.open_source import open_source
from vpr_ros.sources.source import SourceOptions


def _run(*words: str) -> int:
    parser = argparse.ArgumentParser()
    simulate.add_parser(parser.add_subparsers())
    args = parser.parse_args(["simulate", *words])
    return args.run(args)


def test_own_trajectory_becomes_a_bag_that_reads_back(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    x, y = make_plan(4).room_named("study").middle
    way = tmp_path / "way.tum"
    way.write_text("".join(f"{100 + step} {x + 0.1 * step} {y} 0 0 0 0 1\n" for step in range(3)))
    options = [
        "--seed",
        "4",
        "--trajectory",
        str(way),
        "--size",
        "64x48",
        "--rate",
        "1",
        "--jobs",
        "1",
        "--light",
        "night",
    ]
    bag = tmp_path / "bag"
    assert (
        _run("-o", str(bag), *options, "--compressed", "--depth", "--storage", "sqlite3", "--camera-height", "0.4") == 0
    )
    assert "3 frames" in capsys.readouterr().err
    frames = list(open_source(bag, SourceOptions()).frames())
    assert [frame.stamp_ns for frame in frames] == [100 * 10**9, 101 * 10**9, 102 * 10**9]
    assert frames[0].image.shape == (48, 64, 3)
    assert {frame.labels.room for frame in frames} == {"study"}
    np.testing.assert_allclose(frames[2].map_from_base[:3, 3], [x + 0.2, y, 0], atol=1e-6)
    assert frames[0].base_from_camera[2, 3] == pytest.approx(0.4)
    assert frames[0].depth_m.max() > 1


@pytest.mark.parametrize(
    ("words", "error", "message"),
    [
        (["--size", "320"], UsageError, "320x240"),
        (["--size", "3x2"], SettingsError, "width=3 is outside"),
        (["--fov", "190"], SettingsError, "fov_deg=190"),
        (["--distortion", "a,b"], UsageError, "numbers such as"),
        (
            ["--distortion-model", "plumb_bob", "--distortion=-0.9,0,0,0,0"],
            SettingsError,
            "inverted",
        ),
        (["--people", "99"], SettingsError, "people=99"),
        (["--floors", "attic"], SettingsError, "attic"),
        (["--seed", "-1"], UsageError, "--seed"),
        (["--jobs", "0"], UsageError, "--jobs"),
        (["--trajectory", "/absent.tum"], SourceError, "absent.tum"),
        (["--intrinsics", "/absent.yaml"], SettingsError, "absent.yaml"),
        (["--flat", "/absent.yaml"], SettingsError, "absent.yaml"),
    ],
)
def test_wrong_words_are_one_clear_line(tmp_path: Path, words: list[str], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message) as caught:
        _run("-o", str(tmp_path / "bag"), *words)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "bag").exists()


def test_existing_bag_is_refused_before_anything_is_drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(simulate, "simulate_drive", lambda *_: iter(pytest.fail, None))
    (tmp_path / "bag").mkdir()
    with pytest.raises(UsageError, match="exists"):
        _run("-o", str(tmp_path / "bag"))


def test_calibration_file_of_ros_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "camera.yaml"
    path.write_text(
        "image_width: 64\nimage_height: 48\ndistortion_model: plumb_bob\n"
        "camera_matrix: {rows: 3, cols: 3, data: [40, 0, 31.5, 0, 40, 23.5, 0, 0, 1]}\n"
        "distortion_coefficients: {rows: 1, cols: 5, data: [-0.1, 0.01, 0, 0, 0]}\n"
    )
    camera = simulate._read_intrinsics(path)
    assert (camera.width, camera.height, camera.distortion_model) == (64, 48, "plumb_bob")
    assert camera.matrix[0, 0] == 40
    path.write_text("image_width: 64\n")
    with pytest.raises(SettingsError, match="camera_matrix"):
        simulate._read_intrinsics(path)
