"""Whether somebody says how the robot moves, and whether a robot can move like that."""

from __future__ import annotations

import numpy as np

from vpr_ros.core.geometry import invert_pose, yaw_of
from vpr_ros.core.records import Array
from vpr_ros.doctor.finding import Finding, fail, ok, skip, warn
from vpr_ros.doctor.read_recording import odometry_topics
from vpr_ros.doctor.recording import Recording
from vpr_ros.doctor.reference_track import Reference
from vpr_ros.sources.bags.message_cdr import deserialize_message
from vpr_ros.sources.bags.scan_bag import ODOMETRY
from vpr_ros.sources.bags.transform_tree import frame_name
from vpr_ros.sources.pose_track import PoseTrack

FASTEST_M_S, FASTEST_RAD_S = 10.0, 4 * np.pi
"""Faster than any robot indoors; what moves so jumps. In the plane: a lift is no jump."""
SMALLEST_JUMP_M, SMALLEST_JUMP_RAD = 0.2, np.radians(10.0)
"""Stamps jitter: two messages a millisecond apart make any speed of a few millimetres."""
SLOWEST_HZ = 5.0
"""Between two messages the motion is taken as even; wheels are read at 10 Hz and more."""
CORRECTION_M = 0.5
"""A localizer that corrects itself by more than this has been wrong by as much before."""


def check_odometry(recording: Recording, reference: Reference | None) -> list[Finding]:
    """What tells it, how often, in which frames, and its jumps."""
    if reference is None:
        todo = "without it poses are not moved on between images and the checks of motion have nothing to compare with"
        return [skip("odometry", "there is neither nav_msgs/Odometry nor TF odom -> base", todo)]
    if not reference.in_map:
        findings = [_motion("odometry", reference.name, reference.track), *_messages(recording)]
    else:
        findings = [skip("odometry", f"there is none; {reference.name} is taken for the robot's motion")]
    return findings + _corrections(recording)


def _motion(check: str, name: str, track: PoseTrack) -> Finding:
    steps_s = np.diff(track.stamps_ns) / 1e9
    moved, turned = _steps(track.poses)
    path = float(moved.sum())
    rate = float(1 / np.median(steps_s))
    numbers = {"rate_hz": rate, "path_m": path}
    jumps = _jumps(moved, turned, steps_s)
    found = f"{name}: {rate:.3g} a second, {path:.1f} m and {np.degrees(turned.sum()):.0f} degrees in all"
    if jumps.any():
        worst = int(np.argmax(moved * jumps))
        told = f"{found}; it jumps {int(jumps.sum())} times, once by {moved[worst]:.2f} m in {steps_s[worst]:.2f} s"
        return fail(
            check, told, "two publishers, a reset, or an estimator fed with poses of the map: mend it first", **numbers
        )
    if rate < SLOWEST_HZ:
        return warn(check, found, f"publish it at {SLOWEST_HZ:g} Hz or more", **numbers)
    return ok(check, found, **numbers)


def _steps(poses: Array) -> tuple[Array, Array]:
    """Metres in the plane, and radians of yaw, from pose to pose."""
    moved = invert_pose(poses[:-1]) @ poses[1:]
    return np.linalg.norm(moved[:, :2, 3], axis=1), np.abs(yaw_of(moved))


def _jumps(moved: Array, turned: Array, steps_s: Array) -> Array:
    far = (moved > SMALLEST_JUMP_M) & (moved > FASTEST_M_S * steps_s)
    return np.asarray(far | ((turned > SMALLEST_JUMP_RAD) & (turned > FASTEST_RAD_S * steps_s)))


def _messages(recording: Recording) -> list[Finding]:
    """Frames and covariance of the first message of each topic."""
    findings = []
    base = frame_name(recording.options.base_frame)
    for topic in odometry_topics(recording.bag):
        first = recording.bag.first(topic)
        assert first is not None
        with recording.bag.blaming(topic):
            message = deserialize_message(ODOMETRY, first.cdr)
        child, tree = frame_name(message.child_frame_id), recording.scan.tree
        if not message.header.frame_id or not child:
            todo = "fill header.frame_id and child_frame_id; it is taken as the base's in a frame that drifts"
            findings.append(warn("odometry", f"{topic} names no frames", todo))
        elif child != base and not (tree.connects(child, base) and tree.is_static(child, base)):
            todo = f"TF must fix it to {base!r}, or name it: --set node.base_frame={child}"
            findings.append(warn("odometry", f"{topic} poses {child!r}, not {base!r}", todo))
        covariance = np.array(message.pose.covariance)
        if not np.isfinite(covariance).all() or (covariance.reshape(6, 6).diagonal() < 0).any():
            findings.append(
                warn("odometry", f"{topic} has a covariance that is none", "filters refuse it: mend the driver")
            )
    return findings


def _corrections(recording: Recording) -> list[Finding]:
    """Jumps of map -> base where odometry has none: poses around them were wrong."""
    tree, options = recording.scan.tree, recording.options
    top, base = frame_name(options.map_frame), frame_name(options.base_frame)
    above = tree.ancestors(base)
    if top not in above[1:]:
        return []
    child = above[above.index(top) - 1]
    edge = tree.edges[child]
    if edge.is_static or len(edge.track.stamps_ns) < 2 or child == base:
        return []
    moved, _ = _steps(edge.track.poses)
    large = moved > CORRECTION_M
    if not large.any():
        return []
    count = int(large.sum())
    found = f"{top} -> {child} corrects itself by over {CORRECTION_M:g} m {count} times, by up to {moved.max():.1f} m"
    return [
        warn(
            "map poses", found, "keyframes before each are off by as much: leave them out with --frames, or drive again"
        )
    ]
