"""A one-slot mailbox between threads: whoever takes gets the newest item, never a queue of old ones."""

from __future__ import annotations

import threading
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Mailbox(Generic[Item]):
    """`put` never blocks; `take` waits for an item and returns None once the mailbox is closed."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._item: Item | None = None
        self._closed = False

    def put(self, item: Item) -> bool:
        """Leave the item, replacing an untaken one; says whether one was replaced."""
        with self._changed:
            replaced = self._item is not None
            self._item = item
            self._changed.notify()
            return replaced

    def take(self) -> Item | None:
        """Wait for an item and empty the slot; None when closed, even if an item lies there."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._item is not None)
            item, self._item = self._item, None
            return None if self._closed else item

    def clear(self) -> bool:
        """Throw away what lies there; says whether something did."""
        with self._changed:
            held, self._item = self._item is not None, None
            return held

    def close(self) -> None:
        """Wake and send away whoever waits; for good."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
