"""Waits for the signals that end a process, without a handler that does anything.

Ctrl-C under launch comes twice, from the terminal and from launch. A handler runs wherever the main thread is; one
that takes a lock, as Event.set does, waits for itself when the second signal finds the first in the middle of it. Here
Python's own handler writes a byte to a pipe, from whatever thread, and that is all.
"""

from __future__ import annotations

import os
import select
import signal
from types import TracebackType

ENDING = (signal.SIGINT, signal.SIGTERM)


class EndingSignals:
    """A context manager of the main thread. After it the signals are ignored: the process is ending already."""

    def __enter__(self) -> EndingSignals:
        self._read, self._write = os.pipe()
        os.set_blocking(self._write, False)
        signal.set_wakeup_fd(self._write, warn_on_full_buffer=False)
        for number in ENDING:
            signal.signal(number, lambda *_: None)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number in ENDING:
            signal.signal(number, signal.SIG_IGN)
        signal.set_wakeup_fd(-1)
        os.close(self._write)
        os.close(self._read)

    def wait(self) -> None:
        """Until one of the signals came, or `wake` was called; at once when that was before."""
        select.select([self._read], [], [])

    def wake(self) -> None:
        """End the wait from another thread."""
        os.write(self._write, b"\0")
