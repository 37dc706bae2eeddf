"""What was scanned from a bag, joined by stamps: one row a frame, ready but for its pixels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vpr_ros.core.errors import SourceError
from vpr_ros.core.records import Labels, Matrix4
from vpr_ros.sources.bags.bag_file import BagFile
from vpr_ros.sources.bags.bag_poses import Poses, find_map_poses, find_odometry
from vpr_ros.sources.bags.bag_topics import CameraTopics
from vpr_ros.sources.bags.pose_clock import clock_offset_s
from vpr_ros.sources.bags.scan_bag import BagScan, usable_stamps
from vpr_ros.sources.bags.transform_tree import frame_name
from vpr_ros.sources.folders.nearest_depth import nearest_depth
from vpr_ros.sources.images.camera_intrinsics import camera_name
from vpr_ros.sources.pose_track import Stamps
from vpr_ros.sources.source import FrameEntry, SourceOptions

ROOM_TOPIC, FLOOR_TOPIC = "/ground_truth/room", "/ground_truth/floor"


@dataclass(frozen=True, eq=False)
class FrameRow:
    """A frame before its pixels: which messages of the image and depth topics it is made of, counted from 0."""

    entry: FrameEntry
    image_index: int
    depth_index: int | None
    base_from_camera: Matrix4 | None
    odom_from_base: Matrix4 | None


def join_frames(
    bag: BagFile, camera: CameraTopics, scan: BagScan, options: SourceOptions
) -> tuple[list[FrameRow], tuple[str, ...]]:
    """One row a usable image, in order of stamps."""
    images = scan.stamped[camera.image.name]
    stamps, usable, notes = usable_stamps(images, camera.image.name)
    order = np.flatnonzero(usable)
    order = order[np.argsort(stamps[order], kind="stable")]
    repeated = np.flatnonzero(np.diff(stamps[order]) == 0) + 1
    if len(repeated):
        notes.append(f"{camera.image.name}: {len(repeated)} images repeat the stamp of another; left out")
        order = np.delete(order, repeated)
    if not len(order):
        raise SourceError(f"{bag.path}: {camera.image.name} holds no images, though the bag says so; it is damaged")
    stamps_ns, bag_ns = stamps[order], np.array(images.bag_ns, dtype=np.int64)[order]
    map_poses = find_map_poses(bag, scan, stamps_ns, options, clock_offset_s(stamps_ns, bag_ns))
    odometry = find_odometry(bag, scan, stamps_ns, options)
    mount = _find_mount(scan, camera, stamps_ns, options)
    depth = _match_depth(scan, camera, stamps_ns, notes)
    rooms, floors = _labels_at(scan, ROOM_TOPIC, bag_ns), _labels_at(scan, FLOOR_TOPIC, bag_ns)
    if map_poses is None:
        notes.append("no poses, as asked: a map of this bag knows places and rooms, but no poses")
    for source in (map_poses, odometry, mount):
        notes += source.notes if source is not None else ()
    name = camera_name(camera.image.name)
    rows = []
    for number, (index, stamp) in enumerate(zip(order.tolist(), stamps_ns.tolist(), strict=True)):
        labels = Labels(room=rooms[number], floor=floors[number])
        entry = FrameEntry(number, stamp, f"{camera.image.name}@{stamp}", name, _pose(map_poses, number), labels)
        rows.append(FrameRow(entry, index, depth[number], _pose(mount, number), _pose(odometry, number)))
    return rows, tuple(notes)


def _pose(poses: Poses | None, number: int) -> Matrix4 | None:
    return poses.poses[number] if poses is not None and poses.known[number] else None


def _find_mount(scan: BagScan, camera: CameraTopics, stamps_ns: Stamps, options: SourceOptions) -> Poses | None:
    """base_from_camera at the stamps, from TF."""
    base, frame = frame_name(options.base_frame), camera.frame_id
    if base != frame and not scan.tree.connects(base, frame):
        note = f"where the camera sits is unknown: TF does not join {base!r} to the images' frame {frame!r}"
        return Poses(np.tile(np.eye(4), (len(stamps_ns), 1, 1)), np.zeros(len(stamps_ns), dtype=bool), (note,))
    poses, known = scan.tree.lookup(base, frame, stamps_ns, options.max_pose_gap_s)
    return Poses(poses, known, ())


def _match_depth(scan: BagScan, camera: CameraTopics, stamps_ns: Stamps, notes: list[str]) -> list[int | None]:
    """The index of the depth message nearest in time to each image, None where none is near."""
    if camera.depth is None or not scan.stamped[camera.depth.name].header_ns:
        return [None] * len(stamps_ns)
    stamps, usable, depth_notes = usable_stamps(scan.stamped[camera.depth.name], camera.depth.name)
    indices = np.flatnonzero(usable)
    indices = indices[np.argsort(stamps[indices], kind="stable")]
    nearest, near = nearest_depth(stamps[indices], stamps_ns)
    if not near.all():
        depth_notes.append(f"{int((~near).sum())} of {len(near)} frames have no depth within 20 ms")
    notes += depth_notes
    return [int(index) if there else None for index, there in zip(indices[nearest], near, strict=True)]


def _labels_at(scan: BagScan, topic: str, bag_ns: Stamps) -> list[str | None]:
    """The latest text at or before each image was recorded."""
    texts = scan.texts.get(topic, [])
    starts = np.array([stamp for stamp, _ in texts], dtype=np.int64)
    latest = np.searchsorted(starts, bag_ns, side="right") - 1
    return [texts[index][1] if index >= 0 else None for index in latest.tolist()]
