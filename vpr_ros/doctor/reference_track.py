"""Where the base was, as odometry says, or else TF in the map frame: what the camera's own motion is compared with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vpr_ros.doctor.recording import Recording
from vpr_ros.sources.bags.bag_poses import find_odometry
from vpr_ros.sources.bags.scan_bag import ODOMETRY
from vpr_ros.sources.bags.transform_tree import frame_name
from vpr_ros.sources.pose_track import PoseTrack, Stamps, make_track


@dataclass(frozen=True, eq=False)
class Reference:
    """The base's poses at the stamps at which they were said; name: by whom. in_map: they are those of the map."""

    name: str
    track: PoseTrack
    in_map: bool = False


def find_reference(recording: Recording) -> Reference | None:
    """Odometry: a topic before TF; else the map's poses by TF; else None."""
    base = frame_name(recording.options.base_frame)
    scan, tree = recording.scan, recording.scan.tree
    # At the stamps of odometry itself: other poses (a localizer's, once a second) come too rarely to tell motion by.
    rows = [rows for topic, rows in scan.poses.items() if recording.bag.topics[topic].type_name == ODOMETRY]
    stamps = np.unique(np.array([stamp for each in rows for stamp in each.header_ns if stamp > 0], np.int64))
    if not len(stamps):
        stamps = _tf_stamps(recording, tree.ancestors(base)[-1], base)
    found = find_odometry(recording.bag, scan, stamps, recording.options) if len(stamps) else None
    if found is not None and found.known.sum() > 1:
        return Reference(
            found.notes[0].removeprefix("odometry from "), make_track(stamps[found.known], found.poses[found.known])
        )
    top = frame_name(recording.options.map_frame)
    if top not in tree.ancestors(base)[1:]:
        return None
    stamps = _tf_stamps(recording, top, base)
    poses, known = tree.lookup(top, base, stamps, recording.options.max_pose_gap_s)
    return (
        Reference(f"TF {top} -> {base}", make_track(stamps[known], poses[known]), in_map=True)
        if known.sum() > 1
        else None
    )


def _tf_stamps(recording: Recording, top: str, base: str) -> Stamps:
    """When the fastest of the moving hops between them was said."""
    if top == base:
        return np.zeros(0, np.int64)
    hops = [edge.track.stamps_ns for _, edge in recording.scan.tree.moving_hops(top, base)]
    return max(hops, key=len, default=np.zeros(0, np.int64))
