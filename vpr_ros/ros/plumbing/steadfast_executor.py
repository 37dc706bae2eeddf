"""An executor that outlives the destruction of what it is about to wait for.

A subscription that is destroyed in one thread while rclpy's executor, in another, has just listed what to wait for ends
`spin`: its events go into the wait set although their handles are gone (rclpy of Humble and Jazzy). A node that
subscribes and unsubscribes as it is activated and deactivated would end so, now and then. And its `shutdown` takes
away what callbacks need for their last step without waiting for them, whatever it says.
"""

from __future__ import annotations

from typing import Any

from rclpy.exceptions import InvalidHandle
from rclpy.executors import MultiThreadedExecutor


class SteadfastExecutor(MultiThreadedExecutor):
    """Waits anew, for what there is then; ends when all is done."""

    def spin_once(self, *arguments: Any, **named: Any) -> None:
        """One callback, or none."""
        try:
            super().spin_once(*arguments, **named)
        except InvalidHandle:
            return

    def shutdown(self, timeout_sec: float | None = None) -> bool:
        """Stop, once the callbacks under way are done."""
        with self._shutdown_lock:
            self._is_shutdown = True
            if self._guard is not None:
                self._guard.trigger()
        self._executor.shutdown(wait=True)
        return bool(super().shutdown(timeout_sec))
