"""The settings as the node's parameters have them now, for everybody who asks again and again."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

from rclpy.node import Node

from vpr_ros.core.errors import SettingsError
from vpr_ros.core.node_settings import NodeSettings
from vpr_ros.core.parse_settings import describe_settings, flatten_settings, settings_from_flat
from vpr_ros.core.settings import Settings
from vpr_ros.ros.parameters import read_settings


class LiveSettings:
    """What takes effect at once is as it was set last; the rest as it was settled last.

    So whoever asks gets what holds, whatever has been set for the next configure. From any thread; next to no time.
    """

    def __init__(self, node: Node) -> None:
        """After declare_parameters."""
        self._node = node
        self._lock = threading.Lock()
        self._settled = self._current = read_settings(node)
        # Humble tells of changes only before they are made: there parameters are read whenever somebody asks.
        self._is_told = hasattr(node, "add_post_set_parameters_callback")
        if self._is_told:
            node.add_post_set_parameters_callback(lambda _changes: self._update())

    @property
    def settings(self) -> Settings:
        """All of them; the same object until something changes."""
        if not self._is_told:
            self._update()
        return self._current

    @property
    def node(self) -> NodeSettings:
        """Those of the group `node`."""
        return self.settings.node

    def newest(self) -> Settings:
        """As all parameters stand now, be it for later."""
        return read_settings(self._node)

    def settle(self, settings: Settings) -> None:
        """Everything takes effect as it stood when `newest` gave these: their map serves from here on."""
        with self._lock:
            self._settled = settings
        self._update()

    def _update(self) -> None:
        with self._lock:
            try:
                newest = read_settings(self._node)
            except SettingsError:  # Humble: half-way through setting several that need each other
                return
            current = newest if newest == self._settled else join_settings(self._settled, newest)
            if current != self._current:
                self._current = current


def join_settings(settled: Settings, newest: Settings) -> Settings:
    """The newest values of what is live, the settled ones of the rest."""
    limits: Mapping[str, Mapping[str, Any]] = describe_settings()
    values = flatten_settings(settled)
    values.update({name: value for name, value in flatten_settings(newest).items() if limits[name].get("live")})
    return settings_from_flat(values)
