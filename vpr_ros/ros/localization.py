"""What the node holds: the loaded map, those who hear of it, and the looking while the node is active."""

from __future__ import annotations

import gc
from collections.abc import Set
from dataclasses import replace

from rclpy.lifecycle import LifecycleNode

from vpr_ros.core.errors import VprError
from vpr_ros.ros.diagnostics import Health
from vpr_ros.ros.inputs.odometry_buffer import OdometryBuffer
from vpr_ros.ros.listeners import Listeners, make_listeners
from vpr_ros.ros.live_settings import LiveSettings
from vpr_ros.ros.load_map import LoadedMap, load_map
from vpr_ros.ros.looking import Looking
from vpr_ros.ros.services.relocalization import Relocalization


class Localization:
    """What transitions and services do. Calls that change it must not overlap: the node's lock sees to that."""

    def __init__(self, node: LifecycleNode, named: Set[str]) -> None:
        """After declare_parameters; named: the parameters that a person gave."""
        self._node = node
        self._named = named
        self.settings = LiveSettings(node)
        self.relocalization = Relocalization()
        self._odometry = OdometryBuffer()
        self._loaded: LoadedMap | None = None
        self._listeners: Listeners | None = None
        self._looking: Looking | None = None
        self._epoch = 0

    @property
    def loaded(self) -> LoadedMap | None:
        """The map that serves, or will when the node is activated."""
        return self._loaded

    @property
    def looking(self) -> Looking | None:
        """While the node is active."""
        return self._looking

    def load(self) -> LoadedMap:
        """Read the map that the parameters name now; nothing changes. Raises VprError."""
        return load_map(self._node, self.settings.newest(), self._named)

    def configure(self) -> None:
        """Load the map and advertise. Raises VprError."""
        self._settle(self.load())
        assert self._loaded is not None
        self._node.get_logger().info(self._loaded.told)
        self._listeners = make_listeners(self._node, self._odometry, self.settings)

    def look(self) -> None:
        """Subscribe and begin to localize."""
        assert self._loaded is not None
        assert self._listeners is not None
        self._looking = Looking(
            self._node, self._loaded, self.settings, self._listeners, self._odometry, self.relocalization, self._epoch
        )

    def stop_looking(self) -> None:
        """Unsubscribe and wait for the image being worked on; those who wait for one are told."""
        looking, self._looking = self._looking, None
        if looking is not None:
            self._look_away(looking)
        self.relocalization.end("the node was deactivated")

    def free(self) -> None:
        """Let go of everything."""
        self.stop_looking()
        if self._listeners is not None:
            self._listeners.close()
        self._listeners = self._loaded = None
        gc.collect()  # a map is large, and what is left of it may lie in a cycle

    def replace(self, loaded: LoadedMap) -> None:
        """Another map serves from here on; where it cannot be looked with, the old one goes on. Raises VprError."""
        looking, before = self._looking, self._loaded
        assert before is not None
        paused = looking is not None and looking.paused
        if looking is not None:
            self._look_away(looking)
        self._settle(loaded)
        if looking is not None:
            try:
                self.look()
            except VprError:
                self._settle(before)
                self.look()
                raise
            finally:
                if paused and self._looking is not None:
                    self._looking.pause()

    def forget(self) -> None:
        """What was heard and said is of another time."""
        self._odometry.clear()
        self.relocalization.forget()
        looking = self._looking
        if looking is not None:
            looking.forget()

    def tend(self) -> None:
        """Now and then, from any thread: what was said of images long ago is withdrawn."""
        looking = self._looking
        if looking is not None:
            looking.tend()

    def ask(self) -> None:
        """Somebody asks where the robot is: who tells only then will, and the next image is taken at once."""
        if self._listeners is not None:
            self._listeners.ask()
        looking = self._looking
        if looking is not None:
            looking.hurry()

    def health(self, state: str) -> Health:
        """How it goes."""
        looking, loaded = self._looking, self._loaded
        health = Health(state) if looking is None else looking.health()
        if loaded is None:
            return health
        localizer = loaded.localizer
        place_map = localizer.place_map
        return replace(
            health,
            map_id=place_map.map_id,
            places=len(place_map.table),
            reranking=localizer.about_reranking,
            poses=localizer.about_poses,
        )

    def _look_away(self, looking: Looking) -> None:
        looking.close()
        self._epoch = looking.epoch + 1  # what was held is of another time, or of another map

    def _settle(self, loaded: LoadedMap) -> None:
        self._loaded = loaded
        self.settings.settle(loaded.settings)
