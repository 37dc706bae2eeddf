from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from rosbags.highlevel import AnyReader

from vpr_ros.core.errors import UsageError
from vpr_ros.core.geometry import planar_pose, quaternion_from_matrix
from vpr_ros.core.records import Intrinsics
from vpr_ros.simulation.camera import intrinsics_from_fov
from vpr_ros.simulation.drive import Drive, drift_odometry
from vpr_ros.simulation.flat_config import CameraConfig, OdometryConfig, base_from_camera
from vpr_ros.simulation.simulate_drive import SimulatedFrame
from vpr_ros.simulation.write_drive import camera_info_fields, write_drive
from vpr_ros.sources.open_source import open_source
from vpr_ros.sources.source import SourceOptions

START = 1_700_000_000 * 10**9
CAMERA = intrinsics_from_fov(32, 24, 80.0, "plumb_bob", (-0.1, 0.01, 0.0, 0.0, 0.0))
MOUNT = base_from_camera(CameraConfig())


def _drive() -> Drive:
    stamps = START + np.arange(0, 201) * 10**7
    return Drive(stamps, np.stack([planar_pose(0.005 * step, 0.0, 0.004 * step) for step in range(201)]))


def _frames() -> list[SimulatedFrame]:
    rng = np.random.default_rng(0)
    drive = _drive()
    stamps = drive.ticks(5.0)
    return [
        SimulatedFrame(
            number,
            int(stamp),
            rng.integers(0, 255, (24, 32, 3), dtype=np.uint8),
            rng.uniform(0.0, 70.0, (24, 32)).astype(np.float32),
            pose,
            "kitchen" if number < 5 else "corridor",
            "ground",
        )
        for number, (stamp, pose) in enumerate(zip(stamps, drive.poses_at(stamps), strict=True))
    ]


def _write(path: Path, **options) -> None:
    odometry = drift_odometry(_drive(), OdometryConfig(), 25.0, (1,))
    assert write_drive(path, _frames(), _drive(), odometry, CAMERA, MOUNT, **options) == 11


@pytest.mark.parametrize("storage", ["mcap", "sqlite3"])
@pytest.mark.parametrize("compressed", [False, True])
def test_bag_has_the_topics_of_a_robot(tmp_path: Path, storage: str, compressed: bool) -> None:
    _write(tmp_path / "bag", storage=storage, compressed=compressed, depth=True)
    with AnyReader([tmp_path / "bag"]) as reader:
        topics = {name: (topic.msgtype, topic.msgcount) for name, topic in reader.topics.items()}
        stamps = [stamp for _, stamp, _ in reader.messages()]
    image = {"/camera/image_raw/compressed": ("sensor_msgs/msg/CompressedImage", 11)}
    assert topics == {
        **(image if compressed else {"/camera/image_raw": ("sensor_msgs/msg/Image", 11)}),
        "/camera/camera_info": ("sensor_msgs/msg/CameraInfo", 11),
        "/camera/depth/image_raw": ("sensor_msgs/msg/Image", 11),
        "/odom": ("nav_msgs/msg/Odometry", 51),
        "/tf": ("tf2_msgs/msg/TFMessage", 51),
        "/tf_static": ("tf2_msgs/msg/TFMessage", 1),
        "/ground_truth/pose": ("geometry_msgs/msg/PoseStamped", 11),
        "/ground_truth/room": ("std_msgs/msg/String", 11),
        "/ground_truth/floor": ("std_msgs/msg/String", 11),
    }
    assert stamps == sorted(stamps)


def test_what_is_written_is_read_back_exactly(tmp_path: Path) -> None:
    _write(tmp_path / "bag", depth=True)
    read = list(open_source(tmp_path / "bag", SourceOptions()).frames())
    assert len(read) == 11
    for frame, truth in zip(read, _frames(), strict=True):
        np.testing.assert_array_equal(frame.image, truth.image)
        assert frame.stamp_ns == truth.stamp_ns
        assert (frame.labels.room, frame.labels.floor) == (truth.room, truth.floor)
        # Through TF: map -> odom -> base_link must give the truth although odom drifts.
        np.testing.assert_allclose(frame.map_from_base, truth.map_from_base, atol=1e-6)
        np.testing.assert_allclose(frame.base_from_camera, MOUNT, atol=1e-9)
        assert np.abs(frame.odom_from_base - truth.map_from_base).max() > 0 or frame.stamp_ns == START
        known = truth.depth_m < 65.5
        np.testing.assert_allclose(frame.depth_m[known], truth.depth_m[known], atol=0.00051)
        assert (frame.depth_m[truth.depth_m > 65.6] == 0).all()
        assert frame.intrinsics.distortion == CAMERA.distortion


def test_truth_is_a_stamped_pose_in_the_map(tmp_path: Path) -> None:
    _write(tmp_path / "bag")
    with AnyReader([tmp_path / "bag"]) as reader:
        chosen = [connection for connection in reader.connections if connection.topic == "/ground_truth/pose"]
        messages = [reader.deserialize(raw, connection.msgtype) for connection, _, raw in reader.messages(chosen)]
    pose = messages[4].pose
    assert messages[4].header.frame_id == "map"
    truth = _frames()[4].map_from_base
    np.testing.assert_allclose([pose.position.x, pose.position.y, pose.position.z], truth[:3, 3], atol=1e-12)
    found = [pose.orientation.x, pose.orientation.y, pose.orientation.z, pose.orientation.w]
    np.testing.assert_allclose(found, quaternion_from_matrix(truth), atol=1e-12)


def test_odometry_is_continuous_with_twist_and_sound_covariance(tmp_path: Path) -> None:
    _write(tmp_path / "bag")
    with AnyReader([tmp_path / "bag"]) as reader:
        chosen = [connection for connection in reader.connections if connection.topic == "/odom"]
        messages = [reader.deserialize(raw, connection.msgtype) for connection, _, raw in reader.messages(chosen)]
    assert messages[20].twist.twist.linear.x == pytest.approx(0.5, abs=0.1)
    assert (messages[0].header.frame_id, messages[0].child_frame_id) == ("odom", "base_link")
    for covariance in (messages[3].pose.covariance, messages[3].twist.covariance):
        assert (np.linalg.eigvalsh(covariance.reshape(6, 6)) > 0).all()


@pytest.mark.parametrize(
    ("camera", "model", "coefficients"),
    [
        (intrinsics_from_fov(32, 24, 80.0), "plumb_bob", [0.0] * 5),
        (intrinsics_from_fov(32, 24, 80.0, "equidistant"), "equidistant", [0.0] * 4),
    ],
)
def test_calibration_says_the_lens_in_ros_words(camera: Intrinsics, model: str, coefficients: list[float]) -> None:
    fields = camera_info_fields(camera, {})
    assert (fields["distortion_model"], fields["d"].tolist()) == (model, coefficients)
    np.testing.assert_array_equal(fields["p"].reshape(3, 4)[:, :3], camera.matrix)


def test_failing_drive_leaves_no_bag(tmp_path: Path) -> None:
    def frames():
        yield _frames()[0]
        raise KeyboardInterrupt

    odometry = drift_odometry(_drive(), OdometryConfig(), 25.0, (1,))
    with pytest.raises(KeyboardInterrupt):
        write_drive(tmp_path / "bag", frames(), _drive(), odometry, CAMERA, MOUNT)
    assert list(tmp_path.iterdir()) == []
    _write(tmp_path / "bag")
    with pytest.raises(UsageError, match="exists"):
        _write(tmp_path / "bag")
