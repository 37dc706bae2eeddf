"""Every transform on /tf as it comes, written to a file by a process of its own that has tf2_msgs. Not a test file.

python hear_tf_live.py FILE: a line of JSON for each, [heard at, stamp, parent, child, x, y, z], nanoseconds and metres.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Heard:
    heard_ns: int
    stamp_ns: int
    parent: str
    child: str
    x: float
    y: float
    z: float


@dataclass(frozen=True)
class Ear:
    file: Path

    @property
    def listens(self) -> bool:
        return self.file.exists()

    def heard(self) -> list[Heard]:
        lines = self.file.read_text(encoding="utf-8").split("\n")[:-1]
        return [Heard(*json.loads(line)) for line in lines]


@contextmanager
def hearing(domain: int, environment: dict[str, str], file: Path) -> Iterator[Ear]:
    """While the context lasts."""
    command = [sys.executable, str(Path(__file__).resolve()), str(file)]
    process = subprocess.Popen(command, env={**os.environ, **environment, "ROS_DOMAIN_ID": str(domain)})
    try:
        yield Ear(file)
    finally:
        process.kill()  # every line is written; rclpy told to end while messages come may wait for ever
        process.wait(20)


def main(path: Path) -> None:
    import rclpy
    from rclpy.executors import ExternalShutdownException
    from tf2_msgs.msg import TFMessage

    rclpy.init()
    node = rclpy.create_node("hears_tf")
    with path.open("w", encoding="utf-8") as file:

        def write(message: Any) -> None:
            for each in message.transforms:
                stamp, at = each.header.stamp, each.transform.translation
                stamp_ns = stamp.sec * 10**9 + stamp.nanosec
                told = [time.time_ns(), stamp_ns, each.header.frame_id, each.child_frame_id, at.x, at.y, at.z]
                file.write(json.dumps(told) + "\n")
                file.flush()

        node.create_subscription(TFMessage, "/tf", write, 100)
        try:
            rclpy.spin(node)
        except (KeyboardInterrupt, ExternalShutdownException):
            pass
        finally:
            node.destroy_node()
            rclpy.try_shutdown()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
