"""One-slot mailboxes between threads: whoever takes gets the newest item, never a queue of old ones."""

from __future__ import annotations

import threading
import time
from collections.abc import Hashable
from typing import Generic, TypeVar

Item = TypeVar("Item")

DOUBT_S = 1.0
"""For so long after a complaint the items of others go first."""


class Mailbox(Generic[Item]):
    """A slot for each sender. `put` never blocks; `take` waits for an item and returns None once it is closed.

    Senders take turns: the one whose last turn is longest ago comes next, however fast the others send.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._items: dict[Hashable, Item] = {}
        self._closed = False
        self._turns = 0
        self._last_turn: dict[Hashable, int] = {}
        self._doubted_until_s: dict[Hashable, float] = {}

    def put(self, item: Item, sender: Hashable = None) -> bool:
        """Leave the item, replacing an untaken one of the sender; says whether one was replaced."""
        with self._changed:
            replaced = sender in self._items
            self._items[sender] = item
            self._changed.notify()
            return replaced

    def take(self) -> Item | None:
        """Wait for an item and empty its slot; None when closed, even if items lie there."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._items)
            if self._closed:
                self._items.clear()
                return None
            now_s = time.monotonic()
            sender = min(self._items, key=lambda each: (self._is_doubted(each, now_s), self._last_turn.get(each, 0)))
            self._turns += 1
            self._last_turn[sender] = self._turns
            return self._items.pop(sender)

    def complain(self, sender: Hashable) -> None:
        """Its last item was of no use: let others go first for a while."""
        with self._changed:
            self._doubted_until_s[sender] = time.monotonic() + DOUBT_S

    def clear(self) -> int:
        """Throw away what lies there; says how many items."""
        with self._changed:
            held = len(self._items)
            self._items.clear()
            return held

    def close(self) -> None:
        """Wake and send away whoever waits; for good."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _is_doubted(self, sender: Hashable, now_s: float) -> bool:
        return self._doubted_until_s.get(sender, 0.0) > now_s
