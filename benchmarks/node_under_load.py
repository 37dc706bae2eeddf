"""The node at full load: a camera of 640x480 at 30 Hz in one process, the node in another, a listener in this one.

The node localizes without a pause (node.rate_hz out of the way). Told are: how old images are when their answers arrive
here, beyond the time that the stages took; how soon parameters and services are answered; how the memory grows.

python -m benchmarks.node_under_load                    ten minutes
python -m benchmarks.node_under_load --seconds 60 --warm-up 20
"""

from __future__ import annotations

import argparse
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import rclpy
from lifecycle_msgs.srv import GetState
from rcl_interfaces.srv import GetParameters
from rclpy.executors import SingleThreadedExecutor

from benchmarks.run_vpr import run_vpr
from vpr_ros.ros.plumbing.messages import message_class

MATCH = "diagnostic_msgs/msg/DiagnosticArray"
CALL_EVERY_S = 0.1
PATIENCE_S = 60.0


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.node_under_load", description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=600.0, help="how long is measured")
    parser.add_argument("--warm-up", type=float, default=60.0, help="seconds before memory is watched")
    parser.add_argument("--rate", type=float, default=30.0, metavar="HZ", help="of the camera")
    args = parser.parse_args(argv)
    os.environ.setdefault("ROS_AUTOMATIC_DISCOVERY_RANGE", "LOCALHOST")
    with tempfile.TemporaryDirectory() as scratch:
        drive, place_map = Path(scratch) / "drive", Path(scratch) / "flat"
        lens = ["--size", "640x480", "--max-frames", "60", "--floors", "ground", "--depth"]
        run_vpr("simulate", "-o", drive, *lens)
        run_vpr("map", "build", drive, "-o", place_map)
        parameters = [f"map.path:={place_map}", "node.rate_hz:=1000.0", "node.mounting:=map"]
        words = [word for each in parameters for word in ("-p", each)]
        node = ["-c", "from vpr_ros.ros.start_localizer import main; main()", "--ros-args", *words]
        camera = ["-m", "benchmarks.show_frames", str(drive), "--rate", str(args.rate)]
        processes = [subprocess.Popen([sys.executable, *words]) for words in (node, camera)]
        try:
            _measure(processes[0].pid, args.seconds, args.warm_up, args.rate)
        finally:
            for process in processes:
                process.send_signal(signal.SIGINT)
            for process in processes:
                process.wait(20)


class Listener:
    """Hears answers and notes how old their images were, and how long the stages took, in seconds."""

    def __init__(self, node: Any) -> None:
        self._node = node
        self.ages_s: list[float] = []
        self.stages_s: list[float] = []
        self.stamps_ns: list[int] = []
        self.fixes = 0
        node.create_subscription(message_class(MATCH), "/vpr/match", self._hear, 10)

    def _hear(self, message: Any) -> None:
        stamp = message.header.stamp
        stamp_ns = stamp.sec * 10**9 + stamp.nanosec
        values = {each.key: each.value for each in message.status[0].values}
        self.ages_s.append((self._node.get_clock().now().nanoseconds - stamp_ns) / 1e9)
        self.stages_s.append(sum(float(value) for key, value in values.items() if key.endswith(" ms")) / 1e3)
        self.stamps_ns.append(stamp_ns)
        self.fixes += values.get("pose") == "accepted"


def _measure(pid: int, seconds: float, warm_up_s: float, rate_hz: float) -> None:
    rclpy.init()
    node = rclpy.create_node("listener")
    listener = Listener(node)
    executor = SingleThreadedExecutor()
    executor.add_node(node)
    thread = threading.Thread(target=executor.spin)
    thread.start()
    try:
        give_up = time.monotonic() + PATIENCE_S
        while len(listener.ages_s) < 20:  # threads, caches and discovery
            if time.monotonic() > give_up:
                sys.exit("no answers from the node")
            time.sleep(0.1)
        for heard in (listener.ages_s, listener.stages_s, listener.stamps_ns):
            heard.clear()
        listener.fixes = 0
        calls_ms, memory = _call_and_watch(node, pid, seconds, warm_up_s)
    finally:
        executor.shutdown()
        thread.join()
        node.destroy_node()
        rclpy.try_shutdown()
    _tell(listener, calls_ms, memory, rate_hz)


def _call_and_watch(
    node: Any, pid: int, seconds: float, warm_up_s: float
) -> tuple[dict[str, list[float]], list[tuple[float, float]]]:
    """Milliseconds of calls by kind; (seconds, MB) of the node from the end of the warm-up on."""
    clients = {
        "parameter": (
            node.create_client(GetParameters, "/vpr/get_parameters"),
            GetParameters.Request(names=["map.path"]),
        ),
        "service": (node.create_client(GetState, "/vpr/get_state"), GetState.Request()),
    }
    calls_ms: dict[str, list[float]] = {kind: [] for kind in clients}
    memory: list[tuple[float, float]] = []
    began = time.monotonic()
    while (gone_s := time.monotonic() - began) < seconds:
        for kind, (client, request) in clients.items():
            done = threading.Event()
            called = time.perf_counter()
            client.call_async(request).add_done_callback(lambda _future, done=done: done.set())
            if not done.wait(PATIENCE_S):
                sys.exit(f"a {kind} call was not answered")
            calls_ms[kind].append((time.perf_counter() - called) * 1e3)
        if gone_s >= warm_up_s:
            memory.append((gone_s, _resident_mb(pid)))
        time.sleep(CALL_EVERY_S)
    return calls_ms, memory


def _resident_mb(pid: int) -> float:
    """What the process holds of memory, pages of mapped files left out: the map's are the system's to take back."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    return sum(float(line.split()[1]) for line in lines if line.startswith("RssAnon")) / 1024


def _tell(
    listener: Listener, calls_ms: dict[str, list[float]], memory: list[tuple[float, float]], rate_hz: float
) -> None:
    ages, stages = np.array(listener.ages_s), np.array(listener.stages_s)
    over = (ages - stages) * rate_hz
    repeated = len(listener.stamps_ns) - len(set(listener.stamps_ns))
    print(f"{len(ages)} answers, {listener.fixes} with a pose, {repeated} about an image that was answered before")
    print(f"stages: p50 {1e3 * np.median(stages):.0f} ms, p95 {1e3 * np.percentile(stages, 95):.0f} ms")
    p50, p95 = np.percentile(over, [50, 95])
    print(f"age on arrival beyond the stages, in frame periods: p50 {p50:.2f}, p95 {p95:.2f}")
    for kind, taken in calls_ms.items():
        p50, p95 = np.percentile(taken, [50, 95])
        print(f"{kind} calls: {len(taken)}, p50 {p50:.1f} ms, p95 {p95:.1f} ms, most {max(taken):.1f} ms")
    if memory:
        held = [megabytes for _, megabytes in memory]
        tail = statistics.median(held[-max(1, len(held) // 10) :])
        begin = statistics.median(held[: max(1, len(held) // 10)])
        print(f"memory: {begin:.1f} MB after the warm-up, {tail:.1f} MB at the end, most {max(held):.1f} MB")


if __name__ == "__main__":
    main()
