"""A robot's transforms, said by a process of its own until it is ended. Not a test file.

python say_tf.py '[["/tf_static", "base_link", "camera", [x, y, z, qx, qy, qz, qw]], ...]'
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from vpr_ros.core.geometry import quaternion_from_matrix
from vpr_ros.core.records import Matrix4

Said = tuple[str, str, str, Matrix4]
"""Topic, parent, child, parent_from_child."""


@contextmanager
def saying(domain: int, environment: dict[str, str], said: Sequence[Said]) -> Iterator[None]:
    """While the context lasts: /tf_static once and latched, /tf twenty times a second."""
    rows = [
        (topic, parent, child, [*pose[:3, 3].tolist(), *quaternion_from_matrix(pose).tolist()])
        for topic, parent, child, pose in said
    ]
    command = [sys.executable, str(Path(__file__).resolve()), json.dumps(rows)]
    process = subprocess.Popen(command, env={**os.environ, **environment, "ROS_DOMAIN_ID": str(domain)})
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:  # rclpy that is told to end at the wrong moment may wait for ever
            process.kill()
            process.wait()


def main(rows: list[Any]) -> None:
    import rclpy
    from rclpy.executors import ExternalShutdownException
    from rclpy.qos import DurabilityPolicy, QoSProfile

    from vpr_ros.core.message_fields import header_fields
    from vpr_ros.ros.plumbing.messages import message_class, message_from_fields

    kind = "tf2_msgs/msg/TFMessage"
    rclpy.init()
    node = rclpy.create_node("says_tf")
    latched = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
    publishers = {
        topic: node.create_publisher(message_class(kind), topic, latched if topic == "/tf_static" else 10)
        for topic in {row[0] for row in rows}
    }

    def say(topic: str) -> None:
        transforms = [
            {
                "header": header_fields(time.time_ns(), parent),
                "child_frame_id": child,
                "transform": {
                    "translation": dict(zip("xyz", pose[:3], strict=True)),
                    "rotation": dict(zip("xyzw", pose[3:], strict=True)),
                },
            }
            for row_topic, parent, child, pose in rows
            if row_topic == topic
        ]
        publishers[topic].publish(message_from_fields(kind, {"transforms": transforms}))

    for topic in publishers:
        say(topic)
    if "/tf" in publishers:
        node.create_timer(0.05, lambda: say("/tf"))
    try:
        rclpy.spin(node)
    except (KeyboardInterrupt, ExternalShutdownException):
        pass
    finally:
        node.destroy_node()
        rclpy.try_shutdown()


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
