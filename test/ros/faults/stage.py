"""A robot on a stage: a camera that shows the corner of a room, the node as a process, and a judge of all it says.

Not a test file. The camera moves from view to view, so that every answer is about a stamp whose truth is known.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import robot
from robot import Client, NodeProcess, stamp_of, wait_until
from textured_room import LENS, VISIT, look

from vpr_ros.core.geometry import distance_m, pose_matrix, rotation_between_rad
from vpr_ros.core.records import Array
from vpr_ros.ros.plumbing.messages import message_from_fields

DIAGNOSTICS = "diagnostic_msgs/msg/DiagnosticArray"
IMAGE, COMPRESSED = "sensor_msgs/msg/Image", "sensor_msgs/msg/CompressedImage"
POSE = "geometry_msgs/msg/PoseWithCovarianceStamped"
RATE_HZ = 15.0
OFF_M, OFF_RAD = 0.1, np.radians(2.0)
"""A pose that is further off is wrong; right ones here are within 2 cm."""
PARAMETERS = {"node.rate_hz": 50.0, "node.mounting": "map", "node.min_motion_m": 0.0}
VIEWS = [look(pose)[0] for pose in VISIT]


class Stage:
    """The node is started by `start`; the camera shows when `camera` does."""

    def __init__(self, domain: int, place_map: Path, logs: Path, **parameters: Any) -> None:
        self.client = Client(domain)
        self.place_map, self.logs = place_map, logs
        self._domain, self._logs = domain, (logs / f"log_{number}.txt" for number in itertools.count())
        self._parameters = {"map.path": place_map, **PARAMETERS, **parameters}
        self.poses = self.client.listen("/vpr/pose", POSE, 100)
        self.matches = self.client.listen("/vpr/match", DIAGNOSTICS, 100)
        self.health = self.client.listen("/diagnostics", DIAGNOSTICS, 100)
        self.camera = ShowingCamera(self.client)
        self.process: NodeProcess | None = None

    def start(self) -> None:
        """Begin a process of the node; wait for nothing."""
        self.process = NodeProcess(self._domain, next(self._logs), self._parameters)

    def wait_for_fix(self) -> None:
        """A pose of an image that is shown from now on: the proof of recovery."""
        before = set(self.camera.shown)

        def fixed() -> bool:
            assert self.process is None or self.process.process.poll() is None, f"the node ended: {self.process.log}"
            return any(stamp_of(each) not in before for each in list(self.poses))

        wait_until(fixed, "a fix of a new image", 40.0)

    def count_fixes_after(self, stamp_ns: int) -> int:
        """How many poses of later images were heard."""
        return sum(stamp_of(each) > stamp_ns for each in list(self.poses))

    def judge(self) -> int:
        """Every pose is of an image that was shown for good, and right; the number of them. Forgets what was judged."""
        judged, self.poses[:] = list(self.poses), []
        for each in judged:
            view = self.camera.shown.get(stamp_of(each))
            assert view is not None, f"a pose of {stamp_of(each)}, when nothing good was shown"
            at, turned = each.pose.pose.position, each.pose.pose.orientation
            pose = pose_matrix(np.array([at.x, at.y, at.z]), np.array([turned.x, turned.y, turned.z, turned.w]))
            off_m, off_rad = float(distance_m(pose, VISIT[view])), float(rotation_between_rad(pose, VISIT[view]))
            assert off_m < OFF_M, f"a pose {off_m:.3f} m off"
            assert off_rad < OFF_RAD, f"a pose {np.degrees(off_rad):.2f} degrees off"
        for match in self.matches:
            assert stamp_of(match) in self.camera.stamps, "an answer about an image that was never shown"
        self.matches.clear()
        return len(judged)

    def told(self) -> str:
        """Message of the newest diagnostics."""
        return self.health[-1].status[0].message if self.health else ""

    def close(self) -> None:
        """End everything; the node must end by itself."""
        self.camera.close()
        code = None if self.process is None else self.process.end()
        self.client.__exit__()
        assert code in (None, 0), f"the node ended with {code}"


class ShowingCamera:
    """Shows view after view from a thread of its own while `showing` is set; stamps and truth are kept.

    What a fault changes are attributes, which the thread reads for every image.
    """

    def __init__(self, client: Client) -> None:
        self._client = client
        self.clock: Callable[[], int] = lambda: int(client.node.get_clock().now().nanoseconds)
        self._info = client.advertise("/camera_info", "sensor_msgs/msg/CameraInfo", 10)
        self._image = client.advertise("/image", IMAGE, 10)
        self.shown: dict[int, int] = {}
        """Stamp -> view, of images that may be answered with a pose."""
        self.stamps: set[int] = set()
        """Of all images, also those that must not be."""
        self.rate_hz = RATE_HZ
        self.spoil = as_it_is
        self.offset_ns = 0
        self.zero_stamps = False
        self.showing, self._closed, self._busy = threading.Event(), threading.Event(), threading.Lock()
        self._thread = threading.Thread(target=self._run, name="camera")
        self._thread.start()

    def advertise(self, topic: str, type_name: str) -> None:
        """Publish images there instead."""
        self.stop()
        self._client.node.destroy_publisher(self._image)
        self._image = self._client.node.create_publisher(robot.message_class(type_name), topic, 10)

    def stop(self) -> None:
        """Show nothing more; on return nothing is on its way."""
        self.showing.clear()
        with self._busy:
            pass

    def close(self) -> None:
        self._closed.set()
        self.showing.set()
        self._thread.join(10)

    def _run(self) -> None:
        for view in itertools.cycle(range(len(VIEWS))):
            self.showing.wait()
            if self._closed.is_set():
                return
            with self._busy:
                if self.showing.is_set():
                    self.show(view)
            self._closed.wait(1 / self.rate_hz)

    def show(self, view: int) -> None:
        """One image with its calibration."""
        stamp_ns = 0 if self.zero_stamps else self.clock() + self.offset_ns
        type_name, fields, is_good = self.spoil(view)
        self.stamps.add(stamp_ns)
        if is_good and not self.zero_stamps and not self.offset_ns:
            self.shown[stamp_ns] = view
        self._info.publish(message_from_fields("sensor_msgs/msg/CameraInfo", _info_fields(stamp_ns)))
        self._image.publish(message_from_fields(type_name, {"header": _header(stamp_ns), **fields}))


def _header(stamp_ns: int) -> dict[str, Any]:
    return {"stamp": {"sec": stamp_ns // 10**9, "nanosec": stamp_ns % 10**9}, "frame_id": "camera_optical_frame"}


def _info_fields(stamp_ns: int) -> dict[str, Any]:
    size = {"width": LENS.width, "height": LENS.height}
    return {"header": _header(stamp_ns), **size, "k": LENS.matrix.reshape(9), "distortion_model": "plumb_bob"}


def image_fields(image: Array, encoding: str = "rgb8") -> dict[str, Any]:
    height, width = image.shape[:2]
    step = image.nbytes // height
    return {"height": height, "width": width, "encoding": encoding, "step": step, "data": image}


def as_it_is(view: int) -> tuple[str, dict[str, Any], bool]:
    return IMAGE, image_fields(VIEWS[view]), True


def as_jpeg(view: int) -> tuple[str, dict[str, Any], bool]:
    data = cv2.imencode(".jpg", VIEWS[view][..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 95])[1].tobytes()
    return COMPRESSED, {"format": "jpeg", "data": data}, True
