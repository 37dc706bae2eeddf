"""The Fast DDS profile for processes that publish images."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

from vpr_ros.ros.plumbing.large_images import VARIABLES, use_large_image_profile


def test_profile_is_named_once_and_gives_room_for_large_images() -> None:
    environment: dict[str, str] = {}
    assert use_large_image_profile(environment) is True
    profile = Path(environment[VARIABLES[0]])
    texts = {element.tag.rpartition("}")[2]: element.text for element in ElementTree.parse(profile).iter()}
    assert int(texts["segment_size"] or 0) >= 32 * 2**20
    assert int(texts["maxMessageSize"] or 0) >= 1920 * 1080 * 3
    assert texts["useBuiltinTransports"] == "false"


@pytest.mark.parametrize("variable", VARIABLES)
def test_a_profile_of_the_users_own_is_left_alone(variable: str) -> None:
    environment = {variable: "/etc/mine.xml"}
    assert use_large_image_profile(environment) is False
    assert environment == {variable: "/etc/mine.xml"}
