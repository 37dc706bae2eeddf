"""Where the robot is on the map: fixes fused, carried by odometry from one to the next. Knows no rclpy."""

from __future__ import annotations

from vpr_ros.core.carry_pose import OdometryDrift, UncertainPose, carry_pose, fuse_poses, poses_agree
from vpr_ros.core.geometry import invert_pose, planar_pose, yaw_of
from vpr_ros.core.records import Matrix4
from vpr_ros.ros.consumers.agreeing_views import AgreeingViews
from vpr_ros.ros.inputs.odometry_buffer import OdometryBuffer, OdometrySample, began_anew

# What is held never counts for more than so many fixes: those of one corner of a room err alike.
MOST_FIXES = 3.0

FIRST, FUSED, REPLACED = "first", "fused", "replaced"
CONTRADICTED, WITHOUT_ODOMETRY, AHEAD = "contradicted", "without odometry", "ahead of odometry"


class PoseOnMap:
    """From the first fix on. A fix that contradicts changes nothing, until `views` of them in a row agree."""

    def __init__(self, drift: OdometryDrift, views: int, planar: bool) -> None:
        self._drift, self._views_needed, self._planar = drift, views, planar
        self._odometry = OdometryBuffer()
        self._others = AgreeingViews(self._odometry, drift)
        self._held: UncertainPose | None = None
        self._last: OdometrySample | None = None

    @property
    def held(self) -> UncertainPose | None:
        """The base in the map at the newest odometry; None before the first fix."""
        return self._held

    @property
    def newest_ns(self) -> int | None:
        """The stamp of the newest odometry."""
        return None if self._last is None else self._last.stamp_ns

    @property
    def map_from_odom(self) -> Matrix4 | None:
        """What is to be published; None before the first fix."""
        if self._held is None or self._last is None:
            return None
        map_from_base, odom_from_base = self._held.map_from_base, self._last.odom_from_base
        if self._planar:  # each by itself: what odometry says of x, y and yaw then stays what the pose says
            map_from_base, odom_from_base = _flat(map_from_base), _flat(odom_from_base)
        return map_from_base @ invert_pose(odom_from_base)

    def drive(self, sample: OdometrySample) -> bool:
        """The newest odometry. False when everything was forgotten: it went back in time, or began anew elsewhere."""
        continues = self._last is None or not began_anew(self._last, sample)
        if not continues:
            self.forget()
        if self._last is not None and self._held is not None:
            moved = invert_pose(self._last.odom_from_base) @ sample.odom_from_base
            self._held = carry_pose(self._held, moved, sample.stamp_ns, self._drift)
        self._last = sample
        self._odometry.add(sample)
        return continues

    def add(self, fix: UncertainPose) -> str:
        """A fix of any moment that odometry still holds. What became of it: one of the words above."""
        newest = self._odometry.newest()
        if newest is None or fix.stamp_ns > newest.stamp_ns:
            return AHEAD
        moved = self._odometry.moved(fix.stamp_ns, newest.stamp_ns)
        if moved is None:
            return WITHOUT_ODOMETRY
        now = carry_pose(fix, moved, newest.stamp_ns, self._drift)
        if self._held is None:
            self._held = now
            return FIRST
        if poses_agree(self._held, now):
            self._others.clear()
            self._held = fuse_poses(self._held, now, MOST_FIXES)
            return FUSED
        if self._others.add(fix) < self._views_needed:
            return CONTRADICTED
        self._others.clear()
        self._held = now
        return REPLACED

    def let_go(self) -> None:
        """Wait for a first fix again; how the robot moved is still known."""
        self._others.clear()
        self._held = None

    def forget(self) -> None:
        """The same, and the odometry was of another time."""
        self.let_go()
        self._odometry.clear()
        self._last = None


def _flat(pose: Matrix4) -> Matrix4:
    return planar_pose(float(pose[0, 3]), float(pose[1, 3]), float(yaw_of(pose)))
