"""The executable `localizer`: the node in a process of its own, which ends cleanly on SIGINT and SIGTERM."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from vpr_ros.ros.localizer_node import NODE_NAME, LocalizerNode
from vpr_ros.ros.plumbing.run_node import run_node

# One for images, one for a transition that takes its time and one for a map that is loaded anew, one for parameters and
# services meanwhile.
EXECUTOR_THREADS = 4
# A call passes the interpreter's lock a dozen times, and waits for it as long each time while the worker runs Python:
# with the default of 5 ms calls took twice as long.
SWITCH_INTERVAL_S = 0.0005


def main(argv: Sequence[str] | None = None) -> int:
    """Run the node until the process is told to end. Wrong arguments or parameters: one line and exit code 2."""
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    return run_node(LocalizerNode, NODE_NAME, _parser(), EXECUTOR_THREADS, argv)


def _parser() -> argparse.ArgumentParser:
    return argparse.ArgumentParser(
        prog="localizer",
        description="The ROS 2 node that says where a camera is; ROS arguments set its parameters and topics.",
        epilog="example: localizer --ros-args -p map.path:=~/maps/office -r image:=/camera/image_raw",
    )


if __name__ == "__main__":
    sys.exit(main())
