"""What a latecomer hears on /tf_static, heard by a process of its own that has tf2_msgs. Not a test file."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

PATIENCE_S = 20.0


def static_transforms(domain: int, environment: dict[str, str]) -> list[dict[str, Any]]:
    """parent, child, stamp (nanoseconds) and x, y, z of each transform in the one message that is kept."""
    command = [sys.executable, str(Path(__file__).resolve())]
    variables = {**os.environ, **environment, "ROS_DOMAIN_ID": str(domain)}
    done = subprocess.run(command, env=variables, capture_output=True, text=True, timeout=2 * PATIENCE_S)
    assert done.returncode == 0, done.stderr
    return list(json.loads(done.stdout))


def main() -> None:
    import rclpy
    from rclpy.qos import DurabilityPolicy, QoSProfile
    from tf2_msgs.msg import TFMessage

    rclpy.init()
    node, heard = rclpy.create_node("late_tf_listener"), []
    latched = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
    node.create_subscription(TFMessage, "/tf_static", heard.append, latched)
    while not heard:
        rclpy.spin_once(node, timeout_sec=PATIENCE_S)
    told = []
    for each in heard[0].transforms:
        stamp, at = each.header.stamp, each.transform.translation
        stamp_ns = stamp.sec * 10**9 + stamp.nanosec
        told.append(
            {
                "parent": each.header.frame_id,
                "child": each.child_frame_id,
                "stamp_ns": stamp_ns,
                "xyz": [at.x, at.y, at.z],
            }
        )
    sys.stdout.write(json.dumps(told))
    node.destroy_node()
    rclpy.shutdown()


if __name__ == "__main__":
    main()
