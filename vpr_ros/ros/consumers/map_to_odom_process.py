"""The executable `map_to_odom`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from vpr_ros.ros.consumers.map_to_odom_node import NODE_NAME, MapToOdomNode
from vpr_ros.ros.plumbing.run_node import run_node

EXECUTOR_THREADS = 1  # every callback is short


def main(argv: Sequence[str] | None = None) -> int:
    """Run the node until the process is told to end. One line and exit code 2 for wrong arguments or parameters, 1
    where another publishes the transform, or tf2_msgs is not installed.
    """
    return run_node(MapToOdomNode, NODE_NAME, _parser(), EXECUTOR_THREADS, argv)


def _parser() -> argparse.ArgumentParser:
    return argparse.ArgumentParser(
        prog="map_to_odom",
        description="Publishes the transform map -> odom from poses and odometry; refuses where somebody else does.",
        epilog="example: map_to_odom --ros-args -r pose:=/vpr/pose -r odom:=/odom",
    )


if __name__ == "__main__":
    sys.exit(main())
