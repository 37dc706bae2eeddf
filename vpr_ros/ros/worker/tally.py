"""What became of the images, counted from any thread. Every image that came in ends in exactly one of the outcomes."""

from __future__ import annotations

import threading
from collections import Counter


class Tally:
    """Counts by name; `snapshot` is a copy."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()

    def count(self, name: str) -> None:
        """One more of these."""
        with self._lock:
            self._counts[name] += 1

    def snapshot(self) -> dict[str, int]:
        """The counts now."""
        with self._lock:
            return dict(self._counts)
