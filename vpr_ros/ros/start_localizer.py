"""The door of the executable `localizer`: what has to be said to libraries before the node's own imports load them."""

from __future__ import annotations

from vpr_ros.sleeping_threads import let_threads_sleep


def main() -> int:
    """Run the node until the process is told to end."""
    let_threads_sleep()
    from vpr_ros.ros import localizer_process

    return localizer_process.main()
