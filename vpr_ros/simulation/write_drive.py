"""Frames and odometry of a drive into a rosbag2 bag, with the topics of a robot and the truth beside them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from vpr_ros.core.errors import StorageError
from vpr_ros.core.geometry import invert_pose
from vpr_ros.core.message_fields import header_fields, pose_fields, transform_fields
from vpr_ros.core.records import Array, Intrinsics, Matrix4
from vpr_ros.simulation.drive import Drive, WheelOdometry
from vpr_ros.simulation.simulate_drive import SimulatedFrame
from vpr_ros.sources.bags.write_bag import BagWriter

CAMERA_FRAME = "camera_optical_frame"
JPEG_QUALITY = 90
_IMAGE, _DEPTH = "/camera/image_raw", "/camera/depth/image_raw"


def write_drive(
    path: Path,
    frames: Iterable[SimulatedFrame],
    drive: Drive,
    odometry: WheelOdometry,
    intrinsics: Intrinsics,
    base_from_camera: Matrix4,
    *,
    storage: str = "mcap",
    compressed: bool = False,
    depth: bool = False,
    overwrite: bool = False,
) -> int:
    """Write everything up to the last frame in order of time; returns the number of frames."""
    count = 0
    row = 0
    truth = drive.poses_at(odometry.stamps_ns)
    with BagWriter(path, storage, overwrite=overwrite) as bag:
        start = int(odometry.stamps_ns[0])
        _write_transforms(bag, [("base_link", CAMERA_FRAME, base_from_camera)], start, "/tf_static")
        for frame in frames:
            while row < len(odometry.stamps_ns) and odometry.stamps_ns[row] <= frame.stamp_ns:
                _write_odometry(bag, odometry, truth[row], row)
                row += 1
            _write_frame(bag, frame, intrinsics, compressed=compressed, depth=depth)
            count += 1
    return count


def _write_odometry(bag: BagWriter, odometry: WheelOdometry, map_from_base: Matrix4, row: int) -> None:
    stamp = int(odometry.stamps_ns[row])
    odom_from_base = odometry.odom_from_base[row]
    map_from_odom = map_from_base @ invert_pose(odom_from_base)
    _write_transforms(bag, [("odom", "base_link", odom_from_base), ("map", "odom", map_from_odom)], stamp, "/tf")
    forward, turning = odometry.velocities[row]
    # Variances as a driver would state them: small where the wheels measure, large where they cannot.
    spread = np.diag([1e-3, 1e-3, 1e6, 1e6, 1e6, 3e-3]).ravel()
    message = {
        "header": header_fields(stamp, "odom"),
        "child_frame_id": "base_link",
        "pose": {
            "pose": pose_fields(odom_from_base),
            "covariance": spread,
        },
        "twist": {
            "twist": {
                "linear": {"x": float(forward), "y": 0.0, "z": 0.0},
                "angular": {"x": 0.0, "y": 0.0, "z": float(turning)},
            },
            "covariance": spread,
        },
    }
    bag.write("/odom", "nav_msgs/msg/Odometry", message, stamp)


def _write_transforms(bag: BagWriter, links: list[tuple[str, str, Matrix4]], stamp: int, topic: str) -> None:
    transforms = [
        {
            "header": header_fields(stamp, parent),
            "child_frame_id": child,
            "transform": transform_fields(pose),
        }
        for parent, child, pose in links
    ]
    bag.write(topic, "tf2_msgs/msg/TFMessage", {"transforms": transforms}, stamp)


def _write_frame(
    bag: BagWriter, frame: SimulatedFrame, intrinsics: Intrinsics, *, compressed: bool, depth: bool
) -> None:
    stamp = frame.stamp_ns
    header = header_fields(stamp, CAMERA_FRAME)
    # The truth first: whoever follows the bag has the labels when the image comes.
    pose = pose_fields(frame.map_from_base)
    truth = {"header": header_fields(stamp, "map"), "pose": pose}
    bag.write("/ground_truth/pose", "geometry_msgs/msg/PoseStamped", truth, stamp)
    bag.write("/ground_truth/room", "std_msgs/msg/String", {"data": frame.room}, stamp)
    bag.write("/ground_truth/floor", "std_msgs/msg/String", {"data": frame.floor}, stamp)
    bag.write("/camera/camera_info", "sensor_msgs/msg/CameraInfo", camera_info_fields(intrinsics, header), stamp)
    if depth:
        bag.write(_DEPTH, "sensor_msgs/msg/Image", _depth_fields(frame, header), stamp)
    if compressed:
        fields = {"header": header, "format": "rgb8; jpeg compressed bgr8", "data": _jpeg(frame.image)}
        bag.write(f"{_IMAGE}/compressed", "sensor_msgs/msg/CompressedImage", fields, stamp)
    else:
        bag.write(_IMAGE, "sensor_msgs/msg/Image", _image_fields(frame.image, "rgb8", header), stamp)


def camera_info_fields(intrinsics: Intrinsics, header: dict[str, Any]) -> dict[str, Any]:
    """sensor_msgs/CameraInfo. ROS has no model `none`: plumb_bob with zeros says the same."""
    model, coefficients = intrinsics.distortion_model, list(intrinsics.distortion)
    if model == "none":
        model, coefficients = "plumb_bob", [0.0] * 5
    elif not coefficients:
        coefficients = [0.0] * {"plumb_bob": 5, "rational_polynomial": 8, "equidistant": 4}[model]
    matrix = np.asarray(intrinsics.matrix, dtype=np.float64)
    return {
        "header": header,
        "height": intrinsics.height,
        "width": intrinsics.width,
        "distortion_model": model,
        "d": np.array(coefficients),
        "k": matrix.ravel(),
        "r": np.eye(3).ravel(),
        "p": np.column_stack([matrix, np.zeros(3)]).ravel(),
    }


def _image_fields(image: Array, encoding: str, header: dict[str, Any]) -> dict[str, Any]:
    height, width = image.shape[:2]
    return {
        "header": header,
        "height": height,
        "width": width,
        "encoding": encoding,
        "is_bigendian": 0,
        "step": image.nbytes // height,
        "data": np.frombuffer(image.tobytes(), dtype=np.uint8),
    }


def _depth_fields(frame: SimulatedFrame, header: dict[str, Any]) -> dict[str, Any]:
    millimetres = np.rint(frame.depth_m * 1000)
    # Beyond what 16 bits hold nothing is known, as with a real sensor out of its range.
    fits = np.where(millimetres <= 65535, millimetres, 0).astype("<u2")
    return _image_fields(fits, "16UC1", header)


def _jpeg(image: Array) -> Array:
    done, data = cv2.imencode(".jpg", image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    if not done:
        raise StorageError("an image could not be encoded as JPEG; write raw images instead")
    return np.asarray(data).ravel()
