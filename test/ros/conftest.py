"""A small world for the node: twelve unmistakable places, a map of them by the real builder, and processes to test."""

from __future__ import annotations

import itertools
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from textured_room import DRIVE, write_rgbd
from tf2_messages import Tf2, Tf2UnavailableError, find_tf2
from twelve_places import FLOOR_OF, PLACES, ROOM_OF, place_image, place_pose

from vpr_ros.assemble import make_ingredients, recipe_of
from vpr_ros.cli.main import main
from vpr_ros.core.parse_settings import override_settings
from vpr_ros.core.records import Frame, Labels
from vpr_ros.core.settings import Settings
from vpr_ros.maps.build_map import Drive, build_map
from vpr_ros.maps.write_map import MapWriter

# Before rclpy is imported anywhere: its resources lie in this environment, and nothing leaves this machine.
_PREFIX = os.environ.get("AMENT_PREFIX_PATH", "")
os.environ["AMENT_PREFIX_PATH"] = os.pathsep.join([sys.prefix, *([_PREFIX] if _PREFIX else [])])
os.environ["ROS_AUTOMATIC_DISCOVERY_RANGE"] = "LOCALHOST"

# Domains 0..101 are safe on every system; a test run starts somewhere and gives each module its own.
_domains = (10 + number % 90 for number in itertools.count(os.getpid()))


def _frames(numbers: Sequence[int]) -> Iterator[Frame]:
    for place in numbers:
        yield Frame(
            image=place_image(place),
            stamp_ns=place * 10**9 + 1,
            camera="camera",
            source_name=f"drive@{place}",
            map_from_base=place_pose(place),
            labels=Labels(room=ROOM_OF[place], floor=FLOOR_OF[place]),
        )


@pytest.fixture(scope="session")
def small_map(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A map of the twelve places, their ids 0..11, called `small`."""
    return _build(tmp_path_factory.mktemp("maps") / "small")


@pytest.fixture(scope="session")
def world_map(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same places, their poses in the frame `world`."""
    return _build(tmp_path_factory.mktemp("maps") / "elsewhere", "node.map_frame=world")


def _build(path: Path, *assignments: str) -> Path:
    settings = override_settings(Settings(), ["aggregation.clusters=8", "features.name=dense_sift", *assignments])
    ingredients = make_ingredients(settings)
    drive = Drive("drive", "test", (), range(PLACES), _frames)
    with MapWriter(path) as writer:
        build_map(
            writer,
            drive,
            ingredients,
            settings,
            recipe_of(settings, ingredients),
            lambda items, _label, _n: iter(items),
        )
    return path


@pytest.fixture(scope="session")
def room_map(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A map with points, called `corner`: the corner of a room, its camera the base."""
    folder = tmp_path_factory.mktemp("room")
    drive, made = write_rgbd(folder / "drive", DRIVE), folder / "corner"
    quick = ["--set", "aggregation.clusters=8", "--set", "image.long_side_px=160"]
    assert main(["map", "build", str(drive), "-o", str(made), "--frames", "0:7", *quick]) == 0
    return made


@pytest.fixture(scope="session")
def tf2() -> Tf2:
    """tf2_msgs, compiled where ROS does not bring it. Give its `environment` to processes that shall find it."""
    try:
        return find_tf2()
    except Tf2UnavailableError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def domain() -> int:
    """A ROS domain of the module's own."""
    return next(_domains)
