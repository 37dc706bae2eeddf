from __future__ import annotations

from pathlib import Path

import pytest
from sample_map import write_sample_map

from vpr_ros.maps.open_map import open_map
from vpr_ros.maps.place_map import PlaceMap


@pytest.fixture
def sample(tmp_path: Path) -> PlaceMap:
    """A small map with everything in it, fresh for each test."""
    write_sample_map(tmp_path / "office.map")
    return open_map(tmp_path / "office.map")
