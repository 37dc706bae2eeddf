"""How one camera does, for diagnostics. Knows no rclpy; from any thread."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from time import monotonic


@dataclass(frozen=True)
class CameraHealth:
    """silent_s: since its last usable image, or since the node looks. fault: why the last one could not be used.

    without_poses: why its images give places and no poses; None where they may, or where none are asked for.
    """

    name: str
    topic: str
    silent_s: float
    fault: str | None
    without_poses: str | None
    received: int
    unusable: int


class CameraWatch:
    """What became of a camera's images."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._usable_at_s = monotonic()
        self._fault: str | None = None
        self._received = self._unusable = 0

    def received(self) -> None:
        """An image came. It passes for usable as long as the last one was."""
        with self._lock:
            self._received += 1
            if self._fault is None:
                self._usable_at_s = monotonic()

    def used(self) -> None:
        """It could be decoded."""
        with self._lock:
            self._fault, self._usable_at_s = None, monotonic()

    def failed(self, why: str) -> None:
        """It could not."""
        with self._lock:
            self._unusable += 1
            self._fault = why

    @property
    def fault(self) -> str | None:
        """Why the last image could not be used."""
        with self._lock:
            return self._fault

    def health(self, name: str, topic: str, without_poses: str | None) -> CameraHealth:
        """As it is now."""
        with self._lock:
            silent_s = monotonic() - self._usable_at_s
            return CameraHealth(name, topic, silent_s, self._fault, without_poses, self._received, self._unusable)
