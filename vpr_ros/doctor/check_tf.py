"""Whether frames join from the map to the camera, each said by one, often enough, and spelled the same everywhere."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np

from vpr_ros.core.geometry import distance_m, pose_matrix, rotation_between_rad
from vpr_ros.core.records import Array
from vpr_ros.doctor.finding import Finding, fail, ok, warn
from vpr_ros.doctor.read_recording import spelled_frame
from vpr_ros.doctor.recording import Recording, SentTransform
from vpr_ros.sources.bags.transform_tree import TransformTree, frame_name

BACK_AND_FORTH_M, BACK_AND_FORTH_RAD = 0.05, np.radians(3.0)
BACK_AND_FORTH_SHARE = 0.05
"""A transform that leaves by 5 cm or 3 degrees and is back where it was at the next message, every twentieth time: no
robot moves like that, two publishers do."""
_NAMED = 8


def check_tf(recording: Recording) -> list[Finding]:
    """From the base to the camera, and from the map or odometry to the base."""
    return [*_camera_chain(recording), *_pose_chain(recording), *_rivals(recording), *_spelling(recording)]


def _camera_chain(recording: Recording) -> list[Finding]:
    camera, tree = recording.camera, recording.scan.tree
    if camera is None or not len(recording.images.stamps_ns):
        return []
    base, frame = frame_name(recording.options.base_frame), camera.frame_id
    if not frame:
        return [fail("tf camera", "images name no frame (header.frame_id is empty)", "set the driver's frame_id")]
    if frame == base:
        return [ok("tf camera", f"images are in the base frame {base!r} itself")]
    if tree.connects(base, frame):
        how = "fixed" if tree.is_static(base, frame) else "moving"
        found = [ok("tf camera", f"{_chain(tree, base, frame)}, {how}")]
        return found + ([] if how == "fixed" else _gaps(recording, base, frame, "tf camera"))
    todo = (
        f"publish where the camera sits (robot_state_publisher, or static_transform_publisher {base} {frame}), or name "
        f"the robot's frame: --set node.base_frame=...; frames there: {_named(tree)}"
    )
    return [fail("tf camera", f"TF does not join {base!r} to the images' frame {frame!r}", todo)]


def _pose_chain(recording: Recording) -> list[Finding]:
    tree, base = recording.scan.tree, frame_name(recording.options.base_frame)
    top = frame_name(recording.options.map_frame)
    above = tree.ancestors(base)
    if top in above[1:]:
        findings = [ok("tf map", _chain(tree, top, base))]
        return findings + _gaps(recording, top, base, "tf map")
    if top in tree.frames:
        todo = f"one node must publish {top} -> {above[-1]} while the robot is localized; frames there: {_named(tree)}"
        return [warn("tf map", f"TF knows {top!r} and does not join it to {base!r}", todo)]
    if len(above) > 1:
        findings = [ok("tf map", f"{_chain(tree, above[-1], base)}; {top!r} is not there: the robot is not localized")]
        return findings + _gaps(recording, above[-1], base, "tf map")
    return []


def _gaps(recording: Recording, top: str, base: str, check: str) -> list[Finding]:
    """Every moving hop, as often as images need it."""
    findings = []
    most_s = recording.options.max_pose_gap_s
    images = recording.images.stamps_ns[recording.images.stamps_ns > 0]
    for child, edge in recording.scan.tree.moving_hops(top, base):
        stamps = edge.track.stamps_ns
        name = f"{edge.parent} -> {child}"
        if len(stamps) < 2:
            findings.append(warn(check, f"{name} is said once only", "publish it all the time, or as static"))
            continue
        steps = np.diff(stamps) / 1e9
        wide = np.flatnonzero(steps > most_s)
        within = [bool(((images > stamps[i]) & (images < stamps[i + 1])).any()) for i in wide]
        numbers = {"rate_hz": float(1 / np.median(steps)), "largest_gap_s": float(steps.max())}
        if any(within):
            longest_s = float(steps[wide][within].max())
            found = f"{name} has {sum(within)} gaps of over {most_s:g} s with images in them, up to {longest_s:.1f} s"
            todo = "images in them get no pose: publish it at 10 Hz or more, or raise map.max_pose_gap_s"
            findings.append(warn(check, found, todo, **numbers))
    return findings


def _rivals(recording: Recording) -> list[Finding]:
    by_child: dict[str, list[SentTransform]] = defaultdict(list)
    for sent in recording.transforms:
        by_child[frame_name(sent.child)].append(sent)
    findings = []
    for child, rows in by_child.items():
        parents = sorted({frame_name(row.parent) for row in rows})
        if len(parents) > 1:
            told = " and ".join(repr(parent) for parent in parents)
            todo = "a frame has one parent: stop one of the publishers, or its publish_tf"
            findings.append(fail("tf tree", f"frame {child!r} has several parents, {told}", todo))
        elif _two_say(rows):
            todo = "find them with `ros2 topic info -v /tf`, and switch publish_tf off in one"
            findings.append(fail("tf tree", f"two publishers disagree on {parents[0]} -> {child}", todo))
    loops = _loops({child: frame_name(rows[-1].parent) for child, rows in by_child.items()})
    if loops:
        findings.append(fail("tf tree", f"frames are their own ancestors: {', '.join(loops)}", "TF is a tree; cut it"))
    return findings or ([ok("tf tree", f"{len(by_child)} transforms, each said by one")] if by_child else [])


def _two_say(rows: Sequence[SentTransform]) -> bool:
    values = np.array([row.values for row in rows], np.float64)
    valid = np.isfinite(values).all(axis=1) & (np.linalg.norm(values[:, 3:], axis=1) > 1e-6)
    if valid.sum() < 2:
        return False
    poses = pose_matrix(values[valid, :3], values[valid, 3:])
    if any(row.is_static for row in rows):
        return bool(_far(np.broadcast_to(poses[:1], poses.shape), poses).any())
    if len(poses) < 10:
        return False
    leaves, returns = _far(poses[:-2], poses[1:-1]) & _far(poses[1:-1], poses[2:]), ~_far(poses[:-2], poses[2:])
    return float((leaves & returns).mean()) > BACK_AND_FORTH_SHARE


def _far(a: Array, b: Array) -> Array:
    return np.asarray((distance_m(a, b) > BACK_AND_FORTH_M) | (rotation_between_rad(a, b) > BACK_AND_FORTH_RAD))


def _loops(parent_of: Mapping[str, str]) -> list[str]:
    found = []
    for child in parent_of:
        seen, frame = set(), child
        while frame in parent_of and frame not in seen:
            seen.add(frame)
            frame = parent_of[frame]
        if frame == child and child in seen:
            found.append(child)
    return sorted(found)


def _spelling(recording: Recording) -> list[Finding]:
    """tf2 refuses to look up frames with a leading slash; we take both for the same."""
    spelled = {frame for sent in recording.transforms for frame in (sent.parent, sent.child)}
    camera = recording.camera
    if camera is not None:
        spelled.add(spelled_frame(recording.bag, camera.image.name))
        spelled |= {info.frame_id for info in recording.infos}
    slashed = sorted(frame for frame in spelled if frame.startswith("/"))
    findings = []
    if slashed:
        todo = "tf2 refuses them: set the driver's frame_id (or frame_prefix) without the slash"
        findings.append(warn("frames", f"frames with a leading slash: {', '.join(slashed)}", todo))
    others = {frame_name(info.frame_id) for info in recording.infos} - {"" if camera is None else camera.frame_id}
    if camera is not None and others:
        told = ", ".join(repr(frame) for frame in sorted(others))
        todo = "the images' frame counts; one driver fills both, so look whether this is the right camera_info"
        findings.append(warn("frames", f"images are in {camera.frame_id!r}, their CameraInfo in {told}", todo))
    return findings


def _chain(tree: TransformTree, top: str, bottom: str) -> str:
    """The frames from one to the other, as people draw them."""
    up, down = tree.ancestors(bottom), tree.ancestors(top)
    common = next(frame for frame in up if frame in down)
    left, right = down[: down.index(common)], up[: up.index(common)]
    return " -> ".join([*left, common, *reversed(right)])


def _named(tree: TransformTree) -> str:
    frames = tree.frames
    return ", ".join(frames[:_NAMED]) + (", ..." if len(frames) > _NAMED else "") or "none"
