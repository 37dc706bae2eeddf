"""The map that the parameters name, ready to be asked."""

from __future__ import annotations

import time
from collections.abc import Set
from dataclasses import dataclass
from pathlib import Path

from rclpy.node import Node

from vpr_ros.assemble import load_localizer, make_localizer, on_cpu
from vpr_ros.core.errors import GpuMemoryError, MapError
from vpr_ros.core.localize import LocalizationMap, Localizer
from vpr_ros.core.settings import Settings
from vpr_ros.maps.place_map import PlaceMap
from vpr_ros.sources.bags.transform_tree import frame_name


@dataclass(frozen=True, eq=False)
class LoadedMap:
    """What it was loaded under, and how long that took. base_frame: what a person named, else the map's.

    named: the parameters that a person gave.
    """

    path: Path
    localizer: Localizer
    named: frozenset[str]
    settings: Settings
    base_frame: str
    took_s: float

    def without_gpu(self) -> Localizer:
        """The same map's localizer, on the CPU. Raises VprError where something is missing for it."""
        place_map = self.localizer.place_map
        assert isinstance(place_map, PlaceMap)
        return make_localizer(place_map, on_cpu(self.settings), self.named)

    @property
    def told(self) -> str:
        """For the log."""
        localizer = self.localizer
        return (
            f"map {localizer.place_map.map_id}: {len(localizer.place_map.table)} places, loaded in "
            f"{self.took_s:.2f} s; index: {localizer.about_index}; {localizer.about_reranking}; {localizer.about_poses}"
        )


def load_map(node: Node, settings: Settings, named: Set[str]) -> LoadedMap:
    """Read the map of `map.path`. named: the parameters that a person gave; those must not contradict the map.

    Raises VprError, one line, where it cannot be used.
    """
    path = node.get_parameter("map.path").value
    if not path:
        raise MapError("parameter map.path is empty; set it to a map made by `vpr map build`")
    began = time.monotonic()
    try:
        localizer = load_localizer(Path(path), settings, named)
    except GpuMemoryError as error:
        if not settings.node.allow_cpu:
            raise GpuMemoryError(f"{error}; or set node.allow_cpu, which is slower") from error
        node.get_logger().warning(f"localizing on the CPU until the map is loaded again: {error}")
        localizer = load_localizer(Path(path), on_cpu(settings), named)
    place_map = localizer.place_map
    if "node.map_frame" in named:
        _check_map_frame(place_map, settings.node.map_frame)
    if "node.base_frame" in named:
        _check_base_frame(node, place_map, settings)
    base_frame = settings.node.base_frame if "node.base_frame" in named else place_map.base_frame
    return LoadedMap(Path(path), localizer, frozenset(named), settings, base_frame, time.monotonic() - began)


def _check_map_frame(place_map: LocalizationMap, asked: str) -> None:
    """A frame that a person named is a claim about the map's poses, which another name would make false."""
    if place_map.table.map_from_base is not None and frame_name(asked) != frame_name(place_map.map_frame):
        raise MapError(
            f"map {place_map.map_id}: its poses are in frame {place_map.map_frame!r}, node.map_frame says {asked!r}; "
            "leave it out, or rebuild with `vpr map build`"
        )


def _check_base_frame(node: Node, place_map: LocalizationMap, settings: Settings) -> None:
    """A frame that a person named must not be held to what the map knows of its own base's mounting and height."""
    asked, own = settings.node.base_frame, place_map.base_frame
    if place_map.table.map_from_base is None or frame_name(asked) == frame_name(own):
        return
    told = f"map {place_map.map_id}: its poses are of {own!r}, node.base_frame says {asked!r}"
    for applies, name in (
        (settings.node.mounting == "map", "node.mounting=map"),
        (settings.pose.planar, "pose.planar"),
    ):
        if applies:
            raise MapError(f"{told}; with {name} say {own!r}, or leave it out")
    node.get_logger().warning(
        f"{told}: heights and tilts are judged by those of {own!r}; pose.gates.robot:=off does not"
    )
