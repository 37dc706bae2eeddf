"""Whether a recording fits a map: its camera, where it is said to be, and where the map says that it is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from vpr_ros.core.geometry import invert_pose
from vpr_ros.core.records import Array, Estimate, Frame, Intrinsics, Matrix4, VerifiedPose
from vpr_ros.doctor.check_calibration import field_of_view_deg
from vpr_ros.doctor.finding import Finding, fail, ok, skip, warn
from vpr_ros.doctor.time_offset import rotation_vectors
from vpr_ros.maps.place_map import PlaceMap
from vpr_ros.sources.bags.transform_tree import frame_name

FRAMES = 30
FEWEST_POSES = 6
FIELD_RATIO = 1.5
"""A view half as wide again shows half as much else: descriptors of it are of another scene."""
FEW_ANSWERED = 0.2
SURE = 3.0
OFF_M, OFF_DEG = 0.05, 1.0
"""Below these a map's own poses err."""
LOST_M = 1.0
"""As in evaluation: an answer that is further off is a false fix."""


@dataclass(frozen=True, eq=False)
class Residual:
    """Where solved poses lie off the truth: robust mean and its deviation, x, y, z in metres and roll, pitch, yaw in
    degrees. scatter_m: how far single poses are from that mean."""

    mean: Array
    deviation: Array
    scatter_m: float


def check_camera(place_map: PlaceMap, intrinsics: Intrinsics | None, base_frame: str, map_frame: str) -> list[Finding]:
    """Field of view, and names of frames."""
    findings = []
    for name, said, held in (("base", base_frame, place_map.base_frame), ("map", map_frame, place_map.map_frame)):
        if frame_name(said) != frame_name(held):
            todo = f"--set node.{name}_frame={held}, or build the map with node.{name}_frame={said}"
            findings.append(fail("map frames", f"the map's {name} frame is {held!r}, here it is {said!r}", todo))
    known = [camera.intrinsics for camera in place_map.cameras if camera.intrinsics is not None]
    if intrinsics is None or not known:
        return findings
    here, there = field_of_view_deg(intrinsics), [field_of_view_deg(each) for each in known]
    ratio = min(max(here / each, each / here) for each in there)
    told = " and ".join(f"{each:.0f}" for each in there)
    found = f"this camera sees {here:.0f} degrees across, the map's {told}"
    if ratio > FIELD_RATIO:
        findings.append(warn("map camera", found, "map with the camera that will localize, or one like it"))
    else:
        findings.append(ok("map camera", found))
    return findings


def check_answers(
    frames: Iterable[Frame], localize: Callable[[Frame], Estimate], solves_poses: bool
) -> tuple[list[Finding], list[tuple[Matrix4, Matrix4]]]:
    """What the map answers; and (where the base was said to be, where it was solved to be) of the frames that have
    both."""
    estimates, pairs = [], []
    for frame in frames:
        estimate = localize(frame)
        estimates.append(estimate)
        if isinstance(estimate.pose, VerifiedPose) and frame.map_from_base is not None:
            pairs.append((frame.map_from_base, estimate.pose.map_from_base))
    if not estimates:
        return [skip("map answers", "there is no frame to ask about")], []
    named = sum(estimate.place_id is not None for estimate in estimates)
    solved = sum(isinstance(estimate.pose, VerifiedPose) for estimate in estimates)
    count = len(estimates)
    found = f"of {count} frames {named} got a place, {solved} a pose"
    if not solves_poses:
        return [warn("map answers", f"of {count} frames {named} got a place", "the map has no points, so no poses")], []
    numbers = {"answered_share": solved / count}
    if solved < FEW_ANSWERED * count:
        todo = "another place, another camera, or its calibration or mounting is wrong (see above); see docs/pose.md"
        return [warn("map answers", found, todo, **numbers)], pairs
    return [ok("map answers", found, **numbers)], pairs


def check_residual(pairs: Sequence[tuple[Matrix4, Matrix4]]) -> list[Finding]:
    """What solved poses have in common that the recording's own poses do not: an error of the mounting, which turns
    with the robot, or of the map frame, which does not."""
    if len(pairs) < FEWEST_POSES:
        return [
            skip(
                "extrinsics",
                f"{len(pairs)} frames have a pose of their own and a solved one, {FEWEST_POSES} are needed",
            )
        ]
    truth, solved = (np.stack(each) for each in zip(*pairs, strict=True))
    at_base, at_map = residual(invert_pose(truth) @ solved), residual(solved @ invert_pose(truth))
    far = float(np.median(np.linalg.norm(truth[:, :3, 3] - solved[:, :3, 3], axis=1)))
    found = f"{len(pairs)} solved poses lie {far:.2f} m (median) from those recorded"
    numbers = {
        "median_m": far,
        **dict(zip(("x_m", "y_m", "z_m", "roll_deg", "pitch_deg", "yaw_deg"), at_base.mean.tolist(), strict=True)),
    }
    if far > LOST_M and at_map.scatter_m < 0.5 * at_base.scatter_m:
        todo = "its poses are in another map's frame: record while localized in the map that VPR's was built in"
        return [warn("extrinsics", f"{found}, always by the same on the map", todo, **numbers)]
    if far > LOST_M:
        return [
            warn(
                "extrinsics", found, "its poses drift or are of another map: nothing is told of the mounting", **numbers
            )
        ]
    limits = np.array([OFF_M] * 3 + [OFF_DEG] * 3)
    wrong = (np.abs(at_base.mean) > limits) & (np.abs(at_base.mean) > SURE * at_base.deviation)
    if not wrong.any():
        return [ok("extrinsics", f"{found}, to no side more than to another", **numbers)]
    words = ", ".join(_words(axis, float(at_base.mean[axis])) for axis in np.flatnonzero(wrong).tolist())
    todo = "the mounting of this camera, or of the map's, is off by that (or stamps are, while driving): measure it"
    return [warn("extrinsics", f"{found}, as the robot sees it {words}", todo, **numbers)]


def residual(offsets: Array) -> Residual:
    """[n, 4, 4] -> what they have in common. The deviation is that of a median of independent ones."""
    rows = np.hstack([offsets[:, :3, 3], np.degrees(rotation_vectors(offsets))])
    middle = np.median(rows, axis=0)
    spread = 1.4826 * np.median(np.abs(rows - middle), axis=0)
    scatter = float(np.median(np.linalg.norm(rows[:, :3] - middle[:3], axis=1)))
    return Residual(middle, 1.2533 * spread / len(rows) ** 0.5, scatter)


def _words(axis: int, value: float) -> str:
    names = (
        ("forward", "back"),
        ("left", "right"),
        ("up", "down"),
        ("roll", "roll"),
        ("pitch", "pitch"),
        ("yaw", "yaw"),
    )
    if axis < 3:
        return f"{abs(value):.2f} m {names[axis][value < 0]}"
    return f"{value:+.1f} degrees of {names[axis][0]}"
