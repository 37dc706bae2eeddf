"""A process with one node: it ends cleanly on SIGINT and SIGTERM, and says in one line why it cannot go on."""

from __future__ import annotations

import argparse
import sys
import threading
from collections.abc import Callable, Sequence
from typing import Protocol

import rclpy
from rclpy.executors import SingleThreadedExecutor
from rclpy.logging import get_logger
from rclpy.node import Node
from rclpy.signals import SignalHandlerOptions
from rclpy.utilities import remove_ros_args

from vpr_ros.core.errors import UsageError, VprError
from vpr_ros.ros.plumbing.domain import check_domain
from vpr_ros.ros.plumbing.ending_signals import EndingSignals
from vpr_ros.ros.plumbing.one_line import one_line
from vpr_ros.ros.plumbing.steadfast_executor import SteadfastExecutor


class ClosableNode(Protocol):
    """A node that frees what it holds before it is destroyed."""

    def close(self) -> None: ...


def run_node(
    make_node: Callable[[], ClosableNode],
    name: str,
    parser: argparse.ArgumentParser,
    threads: int,
    argv: Sequence[str] | None = None,
) -> int:
    """Run the node until the process is told to end, on an executor of so many threads.

    Wrong arguments, and every VprError of the node's making or of its callbacks: one line and the error's exit code.
    """
    arguments = list(sys.argv if argv is None else argv)
    with EndingSignals() as signals:
        try:
            _init(arguments, parser)
            return _run(make_node(), threads, signals)
        except VprError as error:
            get_logger(name).fatal(str(error))
            return error.exit_code
        finally:
            rclpy.try_shutdown()


def _init(arguments: list[str], parser: argparse.ArgumentParser) -> None:
    try:
        parser.parse_args(remove_ros_args(arguments)[1:])
        check_domain()
        # rclpy's own handlers would end the context first: the node has things to say when it goes.
        rclpy.init(args=arguments, signal_handler_options=SignalHandlerOptions.NO)
    except RuntimeError as error:  # RCLError and its kin: an argument or a parameter file that cannot be read
        raise UsageError(one_line(error)) from error


def _run(node: ClosableNode, threads: int, signals: EndingSignals) -> int:
    """The executor has a thread of its own; this one waits for signals."""
    assert isinstance(node, Node)
    # Threads cost: where callbacks are short, one does as much as two that wait for each other.
    executor = SteadfastExecutor(threads) if threads > 1 else SingleThreadedExecutor()
    executor.add_node(node)
    failures: list[BaseException] = []
    ending = threading.Event()

    def spin() -> None:
        try:
            executor.spin()
        except BaseException as error:
            if not ending.is_set():  # after it, rclpy's executor may trip over what its own shutdown has taken away
                failures.append(error)
                signals.wake()

    thread = threading.Thread(target=spin, name="vpr_executor")
    thread.start()
    signals.wait()
    ending.set()
    node.close()
    executor.shutdown()
    thread.join()
    node.destroy_node()
    if failures:
        raise failures[0]
    return 0
