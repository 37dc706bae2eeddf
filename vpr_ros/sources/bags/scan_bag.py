"""One pass over a bag that gathers all but the pixels: stamps, poses, transforms, labels."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from vpr_ros.sources.bags.bag_file import BagFile, BagMessage
from vpr_ros.sources.bags.cdr_header import read_stamped_header
from vpr_ros.sources.bags.message_cdr import deserialize_message
from vpr_ros.sources.bags.transform_tree import TransformTree, TreeBuilder, frame_name
from vpr_ros.sources.pose_track import Stamps

TF_TOPICS = ("/tf", "/tf_static")
TF_MESSAGE = "tf2_msgs/msg/TFMessage"
ODOMETRY = "nav_msgs/msg/Odometry"
POSE_STAMPED = "geometry_msgs/msg/PoseStamped"
POSE_WITH_COVARIANCE = "geometry_msgs/msg/PoseWithCovarianceStamped"
POSE_TYPES = (ODOMETRY, POSE_STAMPED, POSE_WITH_COVARIANCE)
STRING = "std_msgs/msg/String"


@dataclass
class PoseRows:
    """Poses of one topic as they were recorded, in the frames of the first. child_frame: empty where there is none."""

    frame_id: str
    child_frame: str
    in_other_frames: int = 0
    header_ns: list[int] = field(default_factory=list)
    bag_ns: list[int] = field(default_factory=list)
    values: list[tuple[float, ...]] = field(default_factory=list)


@dataclass
class Stamped:
    """Stamps of a topic's messages in the order of recording: by their header, and by the recorder."""

    header_ns: list[int] = field(default_factory=list)
    bag_ns: list[int] = field(default_factory=list)


@dataclass(frozen=True, eq=False)
class BagScan:
    """stamped, poses, texts: by topic. texts: (bag_ns, text) in order. notes: what was odd."""

    stamped: dict[str, Stamped]
    poses: dict[str, PoseRows]
    texts: dict[str, list[tuple[int, str]]]
    tree: TransformTree
    notes: tuple[str, ...]


def scan_bag(bag: BagFile, stamped: Collection[str], poses: Collection[str], texts: Collection[str]) -> BagScan:
    """Read these topics, and TF. Raises SourceError where a message is not what its topic says."""
    gathered_stamps: dict[str, Stamped] = {topic: Stamped() for topic in stamped}
    gathered_poses: dict[str, PoseRows] = {}
    gathered_texts: dict[str, list[tuple[int, str]]] = {topic: [] for topic in texts}
    builder = TreeBuilder()
    tf_topics = [name for name in TF_TOPICS if name in bag.topics and bag.topics[name].type_name == TF_MESSAGE]
    for message in bag.messages({*stamped, *poses, *texts, *tf_topics}):
        with bag.blaming(message.topic):
            if message.topic in gathered_stamps:
                gathered_stamps[message.topic].header_ns.append(read_stamped_header(message.cdr).stamp_ns)
                gathered_stamps[message.topic].bag_ns.append(message.bag_ns)
            elif message.topic in gathered_texts:
                gathered_texts[message.topic].append((message.bag_ns, deserialize_message(STRING, message.cdr).data))
            elif message.topic in tf_topics:
                _add_transforms(builder, message)
            else:
                _add_pose(gathered_poses, message, bag.topics[message.topic].type_name)
    tree, wrong = builder.build()
    notes = (
        (f"{wrong} transforms of TF are no transforms (not finite, no rotation) and were left out",) if wrong else ()
    )
    return BagScan(gathered_stamps, gathered_poses, gathered_texts, tree, notes)


def usable_stamps(stamped: Stamped | PoseRows, what: str) -> tuple[Stamps, npt.NDArray[np.bool_], list[str]]:
    """(stamps to use, which of them are usable, notes). Zero is no stamp; where all are zero the recorder's serve."""
    header_ns = np.array(stamped.header_ns, dtype=np.int64)
    usable = header_ns > 0
    if usable.all():
        return header_ns, usable, []
    if not usable.any():
        note = f"{what}: every header stamp is zero; the times of recording are used instead, which are later"
        return np.array(stamped.bag_ns, dtype=np.int64), ~usable, [note]
    return header_ns, usable, [f"{what}: {int((~usable).sum())} of {len(usable)} header stamps are zero; left out"]


def _add_transforms(builder: TreeBuilder, message: BagMessage) -> None:
    is_static = message.topic == TF_TOPICS[1]
    for each in deserialize_message(TF_MESSAGE, message.cdr).transforms:
        shift, turn = each.transform.translation, each.transform.rotation
        values = (shift.x, shift.y, shift.z, turn.x, turn.y, turn.z, turn.w)
        stamp_ns = stamp_of(each.header) or message.bag_ns
        frames = each.header.frame_id, each.child_frame_id
        builder.add(*frames, stamp_ns, values, is_static=is_static, bag_ns=message.bag_ns)


def _add_pose(gathered: dict[str, PoseRows], message: BagMessage, type_name: str) -> None:
    decoded = deserialize_message(type_name, message.cdr)
    pose = decoded.pose if type_name == POSE_STAMPED else decoded.pose.pose
    frame, child = frame_name(decoded.header.frame_id), frame_name(getattr(decoded, "child_frame_id", ""))
    rows = gathered.setdefault(message.topic, PoseRows(frame, child))
    if (rows.frame_id, rows.child_frame) != (frame, child):
        rows.in_other_frames += 1
        return
    at, turn = pose.position, pose.orientation
    rows.header_ns.append(stamp_of(decoded.header))
    rows.bag_ns.append(message.bag_ns)
    rows.values.append((at.x, at.y, at.z, turn.x, turn.y, turn.z, turn.w))


def stamp_of(header: Any) -> int:
    """The stamp of a decoded header, nanoseconds."""
    return int(header.stamp.sec) * 10**9 + int(header.stamp.nanosec)
