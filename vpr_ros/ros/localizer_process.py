"""The executable `localizer`: the node in a process of its own, which ends cleanly on SIGINT and SIGTERM."""

from __future__ import annotations

import argparse
import sys
import threading
from collections.abc import Sequence

import rclpy
from rclpy.executors import MultiThreadedExecutor
from rclpy.logging import get_logger
from rclpy.signals import SignalHandlerOptions
from rclpy.utilities import remove_ros_args

from vpr_ros.core.errors import UsageError, VprError
from vpr_ros.ros.localizer_node import NODE_NAME, LocalizerNode
from vpr_ros.ros.plumbing.domain import check_domain
from vpr_ros.ros.plumbing.ending_signals import EndingSignals
from vpr_ros.ros.plumbing.one_line import one_line

# One for images, one for a transition that takes its time, one for parameters and services meanwhile.
EXECUTOR_THREADS = 3


def main(argv: Sequence[str] | None = None) -> int:
    """Run the node until the process is told to end. Wrong arguments or parameters: one line and exit code 2."""
    arguments = list(sys.argv if argv is None else argv)
    with EndingSignals() as signals:
        try:
            _init(arguments)
            return _run(signals)
        except VprError as error:
            get_logger(NODE_NAME).fatal(str(error))
            return error.exit_code
        finally:
            rclpy.try_shutdown()


def _init(arguments: list[str]) -> None:
    try:
        _parser().parse_args(remove_ros_args(arguments)[1:])
        check_domain()
        # rclpy's own handlers would end the context first: the node has things to say when it goes.
        rclpy.init(args=arguments, signal_handler_options=SignalHandlerOptions.NO)
    except RuntimeError as error:  # RCLError and its kin: an argument or a parameter file that cannot be read
        raise UsageError(one_line(error)) from error


def _run(signals: EndingSignals) -> int:
    """The executor has a thread of its own; this one waits for signals."""
    node = LocalizerNode()
    executor = MultiThreadedExecutor(EXECUTOR_THREADS)
    executor.add_node(node)
    failures: list[BaseException] = []

    def spin() -> None:
        try:
            executor.spin()
        except BaseException as error:
            failures.append(error)
            signals.wake()

    thread = threading.Thread(target=spin, name="vpr_executor")
    thread.start()
    signals.wait()
    node.close()
    executor.shutdown()
    thread.join()
    node.destroy_node()
    if failures:
        raise failures[0]
    return 0


def _parser() -> argparse.ArgumentParser:
    return argparse.ArgumentParser(
        prog="localizer",
        description="The ROS 2 node that says where a camera is; ROS arguments set its parameters and topics.",
        epilog="example: localizer --ros-args -p map.path:=~/maps/office -r image:=/camera/image_raw",
    )


if __name__ == "__main__":
    sys.exit(main())
