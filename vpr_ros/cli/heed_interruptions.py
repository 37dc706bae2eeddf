"""Being told to end is an interruption, at a moment when nobody swallows it.

While modules are imported (torch or numpy.random, late, in the middle of a build) exceptions get lost: numpy's compiled
modules pass over whatever is raised in them, and so do the import system's own callbacks. A KeyboardInterrupt raised
there is gone, and the build runs on as if nobody had asked. Such a signal comes back a moment later.
"""

from __future__ import annotations

import signal
from types import FrameType

AGAIN_S = 0.02
IMPORTING = "<frozen importlib._bootstrap>"


def heed_interruptions() -> None:
    """From now on Ctrl-C, SIGTERM and SIGHUP raise KeyboardInterrupt, late where an import is under way."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGALRM):
        signal.signal(number, _interrupt)


def heed_no_more() -> None:
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _interrupt(_: int, frame: FrameType | None) -> None:
    if _importing(frame):
        signal.setitimer(signal.ITIMER_REAL, AGAIN_S)
    else:
        signal.setitimer(signal.ITIMER_REAL, 0)  # two that came meanwhile are one
        raise KeyboardInterrupt


def _importing(frame: FrameType | None) -> bool:
    while frame is not None:
        if frame.f_code.co_filename == IMPORTING:
            return True
        frame = frame.f_back
    return False
