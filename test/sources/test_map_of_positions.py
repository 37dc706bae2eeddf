"""A map from photos that name their positions, through the command: what is thinned, what stays, what is told."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from vpr_ros.cli.main import main
from vpr_ros.maps.open_map import open_map

SETTINGS = ("features.name=dense_sift", "aggregation.clusters=4", "image.long_side_px=96")


@pytest.fixture
def street(tmp_path: Path) -> Path:
    """Two visits, each of six photos three metres apart."""
    folder = tmp_path / "database"
    folder.mkdir()
    rng = np.random.default_rng(0)
    for year in (2012, 2019):
        for step in range(6):
            name = f"@{551130 + 3 * step:.2f}@4180998.00@10@S@@@@@@@@@{year}0401@@.jpg"
            cv2.imwrite(str(folder / name), cv2.resize(rng.integers(0, 255, (12, 16, 3), np.uint8), (96, 72)))
    return folder


@pytest.mark.parametrize(
    ("settings", "east_m", "told"),
    [
        ((), [0, 0, 3, 3, 6, 6, 9, 9, 12, 12, 15, 15], "UTM 10N"),
        (
            ("map.thinning_m=5",),
            [0, 0, 6, 6, 12, 12],
            "thinning left out 6 of 12 keyframes nearer than 5 m to another, in",
        ),
        (("map.thinning_m=5", "map.visits=one"), [0, 6, 12], "thinning left out 9 of 12 keyframes nearer than 5 m"),
    ],
)
def test_thinning_through_the_command(
    street: Path, capsys: pytest.CaptureFixture[str], settings: tuple[str, ...], east_m: list[float], told: str
) -> None:
    output = street.parent / "street.map"
    assigned = [part for setting in (*SETTINGS, *settings) for part in ("--set", setting)]
    assert main(["map", "build", str(street), "-o", str(output), *assigned]) == 0
    assert told in capsys.readouterr().out
    poses = open_map(output).table.map_from_base
    assert poses is not None
    assert sorted(poses[:, 0, 3] - 551130) == east_m
    assert set(poses[:, 1, 3]) == {4180998.0}


def test_asking_for_coordinates_that_are_not_there_is_one_line(
    shared: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = shared / "data" / "sf_toy" / "database"
    assert main(["map", "build", str(folder), "-o", str(tmp_path / "m"), "--positions", "names"]) == 3
    (line,) = capsys.readouterr().err.splitlines()
    assert "17 of 17 names carry no coordinates, the first is 'db1.jpg'; expected @utm_east@utm_north" in line
