"""Pieces of one small work on several cores: as much as milliseconds allow.

Not a ThreadPoolExecutor: a process that is interrupted while one starts its threads waits for them forever at its end.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable, Sequence
from queue import SimpleQueue

Job = Callable[[], object]


class SideBySide:
    """Threads that wait for work, at most `most` with the caller's own; they end with this object or the process."""

    def __init__(self, most: int) -> None:
        self._helpers = min(most, os.cpu_count() or 1) - 1
        self._calls: SimpleQueue[Job | None] = SimpleQueue()
        for _ in range(self._helpers):
            threading.Thread(target=_serve, args=(self._calls,), daemon=True).start()

    def __del__(self) -> None:
        for _ in range(self._helpers):
            self._calls.put(None)

    def run(self, jobs: Sequence[Job]) -> None:
        """Do all jobs, in any order; returns when they are done. What the first failing one raised is raised here."""
        waiting = deque(jobs)
        outcomes: SimpleQueue[BaseException | None] = SimpleQueue()

        def work() -> None:
            while waiting:
                try:
                    job = waiting.popleft()
                except IndexError:  # another thread was quicker
                    return
                outcomes.put(_outcome(job))

        for _ in range(min(self._helpers, len(jobs) - 1)):
            self._calls.put(work)
        work()
        raised = [outcomes.get() for _ in jobs]
        for error in raised:
            if error is not None:
                raise error


def _outcome(job: Job) -> BaseException | None:
    try:
        job()
    except BaseException as error:
        return error
    return None


def _serve(calls: SimpleQueue[Job | None]) -> None:
    while (call := calls.get()) is not None:
        call()
        del call  # it holds the caller's arrays
