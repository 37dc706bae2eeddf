"""What the processes `vpr` and `localizer` say to their libraries before these are loaded."""

from __future__ import annotations

import os

TIMEOUT = ("OPENBLAS_THREAD_TIMEOUT", "14")
"""numpy's OpenBLAS keeps a thread spinning for some 100 ms after every product, in case there is another. At five
images a second that is half a core for nothing, taken from whatever the robot does beside; 2^14 cycles are enough.
"""


def let_threads_sleep() -> None:
    """Tell OpenBLAS not to wait busily, unless somebody has said otherwise. Works before numpy is imported only."""
    os.environ.setdefault(*TIMEOUT)
