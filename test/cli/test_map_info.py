from __future__ import annotations

import argparse
import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from vpr_ros.cli.main import main
from vpr_ros.cli.map_info import add_parser
from vpr_ros.core.errors import MapError
from vpr_ros.core.geometry import planar_pose
from vpr_ros.core.place_table import PlaceTable
from vpr_ros.core.records import Intrinsics, Labels
from vpr_ros.core.vocabulary import VocabularyOrigin
from vpr_ros.maps.place_map import CameraCalibration, Provenance, Recipe
from vpr_ros.maps.write_map import MapWriter


@pytest.fixture
def office(tmp_path: Path) -> Path:
    table = PlaceTable(
        np.array([4, 7, 9]),
        np.array([10, 11, 12]) * 10**9,
        ("1.jpg", "2.jpg", "3.jpg"),
        ("front", "front", "phone"),
        (Labels(room="kitchen", floor="ground"), Labels(room="kitchen", floor="ground"), Labels()),
        np.stack([planar_pose(x, 1.0, 0.0) for x in (0.0, 3.0, 3.0)]),
    )
    matrix = np.array([[300.0, 0, 160], [0, 300, 120], [0, 0, 1]])
    with MapWriter(tmp_path / "office.map") as writer:
        writer.put_array("descriptors", np.eye(3, 8))
        writer.put_array("vocabulary", np.ones((2, 4)))
        for _ in range(3):
            writer.add_thumbnail(np.zeros((8, 8, 3), np.uint8))
        recipe = Recipe({}, {"name": "dense_sift"}, {"name": "vlad"}, {"name": "dense_sift"})
        provenance = Provenance("drive.mcap", "rosbag2", ("two gaps",))
        origin = VocabularyOrigin("domain", "indoor", ("a", "b"), {})
        writer.commit(table, recipe, provenance, [origin], [CameraCalibration("front", Intrinsics(matrix, 320, 240))])
    return tmp_path / "office.map"


def info(*arguments: object) -> int:
    parser = argparse.ArgumentParser()
    add_parser(parser.add_subparsers())
    args = parser.parse_args(["info", *map(str, arguments)])
    return int(args.run(args))


def test_a_person_reads_what_the_map_holds(office: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert info(office) == 0
    told = capsys.readouterr().out
    for text in (
        f"office ({office})",
        "drive.mcap (rosbag2)",
        "note: two gaps",
        "3, ids 4..9, over 2.0 s",
        "ground / kitchen: 2",
        "(no label) / (no label): 1",
        "base_link in map: x 0.00..3.00, y 1.00..1.00, z 0.00..0.00 m; 3.0 m from place to place",
        "dense_sift, vlad of 2 x 4 (domain vocabulary indoor): 8-d",
        "front: 320x240, fx 300.0, fy 300.0 px, none, mounting unknown",
        "phone: not calibrated",
        "thumbnails",
        "ok: 14 files read and checked",
    ):
        assert text in told


def test_a_program_reads_one_object(office: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert info(office, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["map_id"] == "office"
    assert told["places"] == 3
    assert told["rooms"][0] == {"floor": "ground", "room": "kitchen", "places": 2}
    assert told["extent"]["high_m"] == [3.0, 1.0, 0.0]
    assert sum(told["group_bytes"].values()) == sum(entry.stat().st_size for entry in office.iterdir())
    assert told["integrity"] == "ok"


def test_a_damaged_map_is_no_summary(office: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (path,) = office.glob("vocabulary-*.npy")
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(MapError, match=path.name):
        info(office)
    assert capsys.readouterr().out == ""


def test_an_ensemble_and_its_clusters_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for number in range(3):
        noise = np.random.default_rng(number).integers(0, 256, (15, 20, 3), dtype=np.uint8)
        (tmp_path / "drive").mkdir(exist_ok=True)
        cv2.imwrite(str(tmp_path / "drive" / f"{number}.png"), noise.repeat(8, 0).repeat(8, 1))
    settings = ["image.long_side_px=160", "aggregation.clusters=4", "aggregation.drop_clusters=[1]"]
    settings += ["ensemble.members=[dense_sift+vlad, dense_sift+soft_vlad]", "ensemble.combine=average"]
    chosen = [word for setting in settings for word in ("--set", setting)]
    assert main(["map", "build", str(tmp_path / "drive"), "-o", str(tmp_path / "m"), *chosen]) == 0
    assert info(tmp_path / "m") == 0
    members = "dense_sift, vlad of 4 x 128, 3 of them used; dense_sift, soft_vlad of 4 x 128, 3 of them used"
    assert f"features     {members}; averaged: 384-d" in capsys.readouterr().out
