"""An executor that outlives the destruction of what it is about to wait for.

A subscription that is destroyed in one thread while rclpy's executor, in another, has just listed what to wait for ends
`spin`: its events go into the wait set although their handles are gone (rclpy of Humble and Jazzy). A node that
subscribes and unsubscribes as it is activated and deactivated would end so, now and then.
"""

from __future__ import annotations

from typing import Any

from rclpy.exceptions import InvalidHandle
from rclpy.executors import MultiThreadedExecutor


class SteadfastExecutor(MultiThreadedExecutor):
    """Waits anew, for what there is then."""

    def spin_once(self, *arguments: Any, **named: Any) -> None:
        """One callback, or none."""
        try:
            super().spin_once(*arguments, **named)
        except InvalidHandle:
            return
