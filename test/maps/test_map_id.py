from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vpr_ros.core.errors import MapError
from vpr_ros.maps.map_id import checked_map_id, map_id_from_path


@pytest.mark.parametrize(
    ("path", "map_id"),
    [
        ("office.map", "office"),
        ("/maps/Ground Floor.map/", "ground_floor"),
        ("Büro-2.MAP", "buro_2"),
        ("2nd floor", "map_2nd_floor"),
        ("東京", "map"),
        ("a..b__c", "a_b_c"),
    ],
)
def test_a_path_becomes_a_readable_id(path: str, map_id: str) -> None:
    assert map_id_from_path(Path(path)) == map_id


@given(st.text(st.characters(blacklist_characters="/\0", blacklist_categories=["Cs"]), min_size=1, max_size=100))
def test_every_path_has_a_legal_id(name: str) -> None:
    map_id = map_id_from_path(Path("/maps") / name)
    assert checked_map_id(map_id) == map_id


@pytest.mark.parametrize("map_id", ["", "Office", "2nd", "a/b", "a-b", "a b", "_a", "a\n", "a" * 61])
def test_an_id_that_cannot_name_a_frame_is_refused(map_id: str) -> None:
    with pytest.raises(MapError, match="lower-case letters"):
        checked_map_id(map_id)
