"""`vpr evaluate` as people use it."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from sample_run import QUICK, write_drive

from vpr_ros.cli.main import main
from vpr_ros.core.message_fields import header_fields
from vpr_ros.simulation.floor_plan import make_plan
from vpr_ros.sources.bags.write_bag import BagWriter
from vpr_ros.sources.open_source import open_source
from vpr_ros.sources.source import SourceOptions


@pytest.fixture(scope="module")
def drive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("drive")
    write_drive(folder)
    assert main(["map", "build", str(folder / "mapped"), "-o", str(folder / "map"), *QUICK]) == 0
    return folder


def vpr_evaluate(drive: Path, out: Path, *options: str) -> int:
    return main(["evaluate", str(drive / "asked"), str(drive / "map"), "-o", str(out), *options])


def test_the_folder_holds_what_the_docs_say(drive: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    pytest.importorskip("plotly")
    assert vpr_evaluate(drive, tmp_path / "run", "--positives", "distance=1") == 0
    files = {path.name for path in (tmp_path / "run").iterdir()}
    assert {"metrics.json", "queries.csv", "results.mcap", "true.tum", "coarse.tum", "report.html"} == files
    told = json.loads((tmp_path / "run" / "metrics.json").read_text())
    assert told["recall"]["1"] == pytest.approx(13 / 15)
    assert told["settings"]["retrieval.top_k"] == 20
    printed = capsys.readouterr().out
    assert "right places: distance=1, 15 queries have one" in printed
    assert "R@1 0.867" in printed
    assert "16 queries in" in printed


def test_without_plotly_the_figures_stand_alone(drive, tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "plotly", None)
    monkeypatch.setitem(sys.modules, "plotly.graph_objects", None)
    monkeypatch.setitem(sys.modules, "plotly.offline", None)
    assert vpr_evaluate(drive, tmp_path / "run", "--frames", "0:4") == 0
    assert "note: report.html is left out" in capsys.readouterr().out
    assert (tmp_path / "run" / "metrics.json").exists()
    assert not (tmp_path / "run" / "report.html").exists()


def test_a_street_data_set_whose_names_are_positions(drive, tmp_path, capsys):
    """No headings: judged within 25 m, no angle is told, and the report stands without them."""
    pytest.importorskip("plotly")
    for folder, offset in (("database", 0), ("queries", 10)):
        (tmp_path / folder).mkdir()
        for number, path in enumerate(sorted((drive / "mapped").rglob("*.png"))):
            name = f"@{550_000 + 100 * number + offset}.00@4180000.00@@@@@@@@@@@@@.png"
            (tmp_path / folder / name).write_bytes(path.read_bytes())
    assert main(["map", "build", str(tmp_path / "database"), "-o", str(tmp_path / "map"), *QUICK]) == 0
    assert main(["evaluate", str(tmp_path / "queries"), str(tmp_path / "map"), "-o", str(tmp_path / "run")]) == 0
    printed = capsys.readouterr().out
    assert "right places: distance=25 (chosen), 12 queries have one" in printed
    assert "coarse pose (no fix): median 10.00 m\n" in printed
    assert (tmp_path / "run" / "report.html").exists()


def test_a_defect_of_the_report_does_not_lose_the_figures(drive, tmp_path, monkeypatch):
    from vpr_ros.evaluation.report import write_report

    def broken(*_: object) -> None:
        raise KeyError("median_deg")

    monkeypatch.setattr(write_report, "write_report", broken)
    with pytest.raises(KeyError):
        vpr_evaluate(drive, tmp_path / "run", "--frames", "0:4")
    assert (tmp_path / "run" / "metrics.json").exists()


def test_the_results_play_beside_the_source(drive: Path, tmp_path: Path):
    """Same stamps: a reader of both finds every answer's image."""
    from rosbags.rosbag2 import Reader

    assert vpr_evaluate(drive, tmp_path / "run", "--no-report") == 0
    stamps = {entry.stamp_ns for entry in open_source(drive / "asked", SourceOptions()).entries()}
    with Reader(tmp_path / "run" / "results.mcap") as reader:
        assert {stamp for _, stamp, _ in reader.messages()} == stamps


def test_settings_change_the_answers_and_are_written_down(drive: Path, tmp_path: Path):
    options = ("--set", "retrieval.top_k=5", "--set", "rooms.enabled=false", "--frames", "0:8", "--no-report")
    assert vpr_evaluate(drive, tmp_path / "run", *options) == 0
    told = json.loads((tmp_path / "run" / "metrics.json").read_text())
    assert set(told["recall"]) == {"1", "5"}
    assert told["room"]["answered"] == 0
    assert told["settings"]["rooms.enabled"] is False
    assert told["queries"] == 8


def test_an_existing_folder_is_refused_and_kept(drive: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert vpr_evaluate(drive, tmp_path / "run", "--frames", "0:2", "--no-report") == 0
    capsys.readouterr()
    assert vpr_evaluate(drive, tmp_path / "run", "--frames", "0:3", "--no-report") == 2
    assert "exists; choose another name, or say --force" in capsys.readouterr().err
    assert json.loads((tmp_path / "run" / "metrics.json").read_text())["queries"] == 2
    assert vpr_evaluate(drive, tmp_path / "run", "--frames", "0:3", "--force", "--no-report") == 0
    assert json.loads((tmp_path / "run" / "metrics.json").read_text())["queries"] == 3


@pytest.mark.parametrize(
    ("options", "code", "told"),
    [
        (["--positives", "distanse=1"], 2, "did you mean distance=...?"),
        (["--positives", "overlap=0.3"], 2, "the map has no depth"),
        (["--positives", "label=floor"], 2, "no place of the map has a floor label"),
        (["--positives", "{tmp}/none.json"], 2, "cannot be read"),
        (["--frames", "10:99"], 2, "the source holds 16 frames"),
        (["--sequence-s", "0"], 2, "expected more than 0 seconds"),
        (["--sequence-s", "nan"], 2, "expected more than 0 seconds"),
        (["--set", "retrieval.topk=3"], 2, "did you mean retrieval.top_k"),
        (["--set", "image.long_side_px=640"], 4, "was built with image.long_side_px=160"),
        (["--depth", "/depth"], 2, "is a folder without topics"),
    ],
)
def test_a_mistake_is_one_line_and_leaves_nothing(drive, tmp_path, capsys, options, code, told):
    assert vpr_evaluate(drive, tmp_path / "run", *(option.format(tmp=tmp_path) for option in options)) == code
    error = capsys.readouterr().err
    assert error.startswith("vpr: error: ")
    assert error.count("\n") == 1
    assert told in error
    assert list(tmp_path.iterdir()) == []


def test_a_bag_is_read_in_the_maps_own_frame(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """The map was built in `world`: nobody has to say so again."""
    rng = np.random.default_rng(0)
    with BagWriter(tmp_path / "bag") as bag:
        for number in range(6):
            header = header_fields(10**18 + number * 10**9, "world")
            pixels = cv2.GaussianBlur(rng.integers(0, 255, (120, 160, 3)).astype(np.uint8), (0, 0), 2)
            image = {"header": header, "height": 120, "width": 160, "encoding": "rgb8", "step": 480, "data": pixels}
            pose = {"header": header, "pose": {"position": {"x": 3.0 * number}}}
            bag.write("/image", "sensor_msgs/msg/Image", image, 10**18 + number * 10**9)
            bag.write("/pose", "geometry_msgs/msg/PoseStamped", pose, 10**18 + number * 10**9)
    build = [
        "map",
        "build",
        str(tmp_path / "bag"),
        "-o",
        str(tmp_path / "map"),
        "--set",
        "node.map_frame=world",
        *QUICK,
    ]
    assert main(build) == 0
    evaluate = ["evaluate", str(tmp_path / "bag"), str(tmp_path / "map"), "--no-report", "-o", str(tmp_path / "run")]
    assert main(evaluate) == 0
    assert "R@1 1.000" in capsys.readouterr().out
    assert main([*evaluate, "--force", "--set", "node.map_frame=map"]) == 3
    assert "world" in capsys.readouterr().err


@pytest.mark.slow
def test_a_simulated_drive_with_depth_rooms_and_floors(tmp_path: Path):
    """The whole way on a bag: overlap is chosen by itself, floors are judged, stamps are the images'."""
    bag, way = tmp_path / "bag", tmp_path / "way.tum"
    x, y = make_plan(4).room_named("study").middle
    way.write_text("".join(f"{100 + step} {x + 0.1 * step} {y} 0 0 0 0 1\n" for step in range(6)))
    simulate = ["simulate", "-o", str(bag), "--seed", "4", "--trajectory", str(way), "--size", "80x60", "--rate", "1"]
    assert main([*simulate, "--light", "night", "--depth", "--jobs", "1"]) == 0
    assert main(["map", "build", str(bag), "-o", str(tmp_path / "map"), "--frames", "0:6", *QUICK]) == 0
    assert main(["evaluate", str(bag), str(tmp_path / "map"), "-o", str(tmp_path / "run"), "--no-report"]) == 0
    told = json.loads((tmp_path / "run" / "metrics.json").read_text())
    assert told["ground_truth"]["positives"] == "overlap=0.25,angle=45"
    assert told["recall"]["1"] == 1
    assert told["floor"]["accuracy"] == 1
    assert told["driven"]["metres"] == pytest.approx(0.5, abs=0.01)
