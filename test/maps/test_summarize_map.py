from __future__ import annotations

from pathlib import Path

import pytest
from sample_map import write_sample_map

from vpr_ros.maps.open_map import open_map
from vpr_ros.maps.place_map import PlaceMap
from vpr_ros.maps.summarize_map import summarize_map


def test_figures_of_a_map(sample: PlaceMap) -> None:
    summary = summarize_map(sample)
    assert summary.places == 6
    assert summary.rooms == (
        ("first", "Büro", 1),
        ("first", "kitchen", 1),
        ("first", None, 1),
        ("ground", "Büro", 1),
        ("ground", "kitchen", 1),
        ("ground", None, 1),
    )
    assert summary.seconds == pytest.approx(2.5)
    assert summary.extent is not None
    assert summary.extent.low_m == (0, 0, 0)
    assert summary.extent.high_m == (5, 2.5, 0)
    assert summary.extent.path_m == pytest.approx(5 * 1.25**0.5)


def test_every_byte_on_disk_is_in_one_group(sample: PlaceMap) -> None:
    summary = summarize_map(sample)
    on_disk = sum(entry.stat().st_size for entry in sample.path.iterdir())
    assert sum(summary.group_bytes.values()) == on_disk
    left_out = summary.group_bytes["thumbnails"] + summary.group_bytes["depth"]
    assert summary.bytes_a_keyframe == (on_disk - left_out) / 6


def test_a_poseless_map_has_no_extent(tmp_path: Path) -> None:
    write_sample_map(tmp_path / "a", everything=False)
    summary = summarize_map(open_map(tmp_path / "a"))
    assert summary.extent is None
    assert "depth" not in summary.group_bytes
