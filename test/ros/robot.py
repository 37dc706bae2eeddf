"""What the tests of processes share: the process under test, and a client that calls, publishes and listens.

Not a test file. rclpy is imported here and nowhere in conftest.py, so that tests without it run on machines without it.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import rclpy
from lifecycle_msgs.msg import State, Transition
from lifecycle_msgs.srv import ChangeState, GetState
from rcl_interfaces.srv import SetParametersAtomically
from rclpy.context import Context
from rclpy.exceptions import InvalidHandle
from rclpy.executors import SingleThreadedExecutor
from rclpy.parameter import Parameter
from rclpy.publisher import Publisher
from rclpy.qos import DurabilityPolicy, QoSProfile
from rclpy.subscription import Subscription

from vpr_ros.core.records import Array
from vpr_ros.ros.plumbing.messages import message_class, message_from_fields

CONFIGURE, CLEANUP = Transition.TRANSITION_CONFIGURE, Transition.TRANSITION_CLEANUP
ACTIVATE, DEACTIVATE = Transition.TRANSITION_ACTIVATE, Transition.TRANSITION_DEACTIVATE
SHUTDOWN_UNCONFIGURED = Transition.TRANSITION_UNCONFIGURED_SHUTDOWN
UNCONFIGURED, INACTIVE = State.PRIMARY_STATE_UNCONFIGURED, State.PRIMARY_STATE_INACTIVE
ACTIVE, FINALIZED = State.PRIMARY_STATE_ACTIVE, State.PRIMARY_STATE_FINALIZED
LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
PATIENCE_S = 20.0


def wait_until(reached: Callable[[], Any], what: str, patience_s: float = PATIENCE_S) -> Any:
    """The first true value of `reached`."""
    give_up = time.monotonic() + patience_s
    while not (value := reached()):
        assert time.monotonic() < give_up, f"waited {patience_s} s for {what}"
        time.sleep(0.002)
    return value


class NodeProcess:
    """`localizer` as a child process; ended by SIGINT on leaving, its log kept."""

    def __init__(
        self,
        domain: int,
        log: Path,
        parameters: dict[str, Any],
        remaps: Sequence[str] = (),
        environment: dict[str, str] | None = None,
        module: str = "vpr_ros.ros.localizer_process",
    ) -> None:
        """environment: variables beside those of this process. module: another program than `localizer`."""
        command = [sys.executable, "-m", module, "--ros-args"]
        for name, value in parameters.items():
            command += ["-p", f"{name}:={str(value).lower() if isinstance(value, bool) else value}"]
        for remap in remaps:
            command += ["-r", remap]
        self._log = log
        with log.open("wb") as file:
            variables = {**os.environ, **(environment or {}), "ROS_DOMAIN_ID": str(domain), "OMP_NUM_THREADS": "1"}
            self.process = subprocess.Popen(command, env=variables, stdout=file, stderr=subprocess.STDOUT)

    @property
    def log(self) -> str:
        return self._log.read_text(encoding="utf-8", errors="replace")

    def end(self, number: int = signal.SIGINT) -> int:
        """Tell it to end; its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            return self.process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise

    def __enter__(self) -> NodeProcess:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()


class Client:
    """A node in this process with a thread that spins it."""

    def __init__(self, domain: int, name: str = "test_client") -> None:
        self.domain = domain
        self._context = Context()
        rclpy.init(context=self._context, domain_id=domain)
        self.node = rclpy.create_node(name, context=self._context)
        self._executor = SingleThreadedExecutor(context=self._context)
        self._executor.add_node(self.node)
        self._subscriptions: list[Subscription] = []
        self._publishers: list[Publisher] = []
        self._clients: dict[str, Any] = {}
        self._ending = False
        self._thread = threading.Thread(target=self._spin)
        self._thread.start()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self._ending = True
        # In this order: a spin thread that outlives its context aborts the process.
        self._executor.shutdown()
        self._thread.join(PATIENCE_S)
        self.node.destroy_node()
        self._context.try_shutdown()

    def _spin(self) -> None:
        """rclpy's executor trips over what is destroyed under its hands, subscriptions and, when it ends, itself."""
        while not self._ending:
            try:
                self._executor.spin()
            except InvalidHandle:
                continue
            except Exception:
                if not self._ending:
                    raise

    def call(self, kind: Any, name: str, request: Any) -> Any:
        client = self._clients.get(name) or self.node.create_client(kind, name)
        self._clients[name] = client
        assert client.wait_for_service(PATIENCE_S), f"no service {name}"
        future = client.call_async(request)
        wait_until(future.done, f"an answer of {name}")
        return future.result()

    def change_state(self, transition: int) -> bool:
        request = ChangeState.Request(transition=Transition(id=transition))
        return self.call(ChangeState, "/vpr/change_state", request).success

    def state(self) -> int:
        return self.call(GetState, "/vpr/get_state", GetState.Request()).current_state.id

    def wait_for_state(self, state: int) -> None:
        wait_until(lambda: self.state() == state, f"state {state}")

    def set_parameters(self, **values: Any) -> tuple[bool, str]:
        """Names with __ for the dot."""
        request = SetParametersAtomically.Request()
        request.parameters = [
            Parameter(name.replace("__", "."), value=v).to_parameter_msg() for name, v in values.items()
        ]
        result = self.call(SetParametersAtomically, "/vpr/set_parameters_atomically", request).result
        return result.successful, result.reason

    def listen(self, topic: str, type_name: str, qos: QoSProfile | int = 10) -> list[Any]:
        """The messages of a topic, as they come."""
        heard: list[Any] = []
        self.hear(topic, type_name, heard.append, qos)
        return heard

    def hear(self, topic: str, type_name: str, callback: Callable[[Any], object], qos: QoSProfile | int = 10) -> None:
        """Call back with every message of a topic."""
        self._subscriptions.append(self.node.create_subscription(message_class(type_name), topic, callback, qos))

    def advertise(self, topic: str, type_name: str, qos: QoSProfile | int) -> Publisher:
        """A publisher; it goes with `forget`."""
        self._publishers.append(self.node.create_publisher(message_class(type_name), topic, qos))
        return self._publishers[-1]

    def forget(self) -> None:
        """Listen and publish no more."""
        for subscription in self._subscriptions:
            self.node.destroy_subscription(subscription)
        for publisher in self._publishers:
            self.node.destroy_publisher(publisher)
        self._subscriptions, self._publishers = [], []

    def counts(self, diagnostics: list[Any]) -> dict[str, int]:
        """What became of the images, from the newest of /diagnostics."""
        values = diagnostics[-1].status[0].values if diagnostics else []
        return {v.key.removeprefix("images "): int(v.value) for v in values if v.key.startswith("images ")}


class Camera:
    """Publishes images on /image."""

    def __init__(self, client: Client, topic: str = "/image", qos: QoSProfile | int = 10) -> None:
        self._client = client
        self._publisher = client.advertise(topic, "sensor_msgs/msg/Image", qos)

    def wait_for_node(self) -> None:
        wait_until(self._publisher.get_subscription_count, "the node to subscribe")

    def watched(self) -> int:
        """How many subscribe."""
        return int(self._publisher.get_subscription_count())

    def now_ns(self) -> int:
        return int(self._client.node.get_clock().now().nanoseconds)

    def show(self, image: Array, stamp_ns: int | None = None, **changed: Any) -> int:
        """Publish an image, stamped now unless said otherwise; its stamp."""
        stamp_ns = self.now_ns() if stamp_ns is None else stamp_ns
        seconds, nanoseconds = divmod(stamp_ns, 10**9)
        height, width = image.shape[:2]
        fields = {
            "header": {"stamp": {"sec": seconds, "nanosec": nanoseconds}, "frame_id": "camera_optical_frame"},
            "height": height,
            "width": width,
            "encoding": "rgb8",
            "step": 3 * width,
            "data": image,
            **changed,
        }
        self._publisher.publish(message_from_fields("sensor_msgs/msg/Image", fields))
        return stamp_ns


def stamp_of(message: Any) -> int:
    stamp = message.header.stamp
    return int(stamp.sec) * 10**9 + int(stamp.nanosec)
