"""Says a thing when it starts and then now and then: a camera at 30 Hz must not write 30 lines a second."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable


class ThrottledLog:
    """Every key has its own pace. (rclpy's own throttle goes by line of code, so one helper would share one pace.)"""

    def __init__(self, write: Callable[[str], object], period_s: float = 10.0) -> None:
        self._write = write
        self._period_s = period_s
        self._said_at: dict[Hashable, float] = {}
        self._lock = threading.Lock()

    def say(self, key: Hashable, text: str) -> None:
        """Write the text unless the key was written less than the period ago."""
        now = time.monotonic()
        with self._lock:
            last = self._said_at.get(key)
            if last is not None and now - last < self._period_s:
                return
            self._said_at[key] = now
        self._write(text)

    def once(self, key: Hashable, text: str) -> None:
        """Write the text the first time that the key is met."""
        with self._lock:
            if key in self._said_at:
                return
            self._said_at[key] = float("inf")
        self._write(text)
